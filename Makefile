# Everything happens in dev/; each target is one command of it.
ARGS =

.PHONY: help run test demo pytest unit setup clean

help:  ## show the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

setup:  ## make the environment: Odoo, Python packages, PostgreSQL, a template database
	@dev/run setup

unit:  ## the addon's own tests; ARGS=/mail_deliverability:TestClass.test_method picks some
	@dev/run unit $(ARGS)

pytest:  ## pytest on a kept database; ARGS="-k sender", ARGS=--fresh
	@dev/run pytest $(ARGS)

clean:  ## stop this checkout's PostgreSQL and remove its databases
	@dev/run drop
