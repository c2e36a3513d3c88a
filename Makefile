# Everything happens in dev/; each target is one command of it.
ARGS =

.PHONY: help bench clean demo hidden-calls lifecycle lint pot pytest repeat run setup test test-odoo
.PHONY: screenshots test-dev test-processes test-strangers unit wheel

help:  ## show the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

setup:  ## make the environment: Odoo, Python packages, PostgreSQL, a template database
	@dev/run setup

run:  ## set up, play the demo, serve the web client until Ctrl-C
	@dev/run run

demo:  ## set up, play the demo in the terminal, exit
	@dev/run demo

test:  ## lint and run every test; what CI runs
	@dev/run test

lint:  ## ruff, pylint-odoo, the OCA checks
	@dev/run lint

hidden-calls:  ## count calls between files that imports don't show; ARGS=-v lists them
	@dev/run hidden-calls $(ARGS)

lifecycle:  ## upgrade from an old version, uninstall, reinstall; ARGS=optional picks one life
	@dev/run lifecycle $(ARGS)

wheel:  ## build the wheel, install it beside Odoo, load the addon from it
	@dev/run wheel

pot:  ## export the texts to translate, and merge them into the translations
	@dev/run pot

unit:  ## the addon's own tests; ARGS=/mail_deliverability:TestClass.test_method picks some
	@dev/run unit $(ARGS)

repeat:  ## the addon's own tests, ten times; ARGS="3 --busy" with one processor busy
	@dev/run repeat $(ARGS)

pytest:  ## pytest on a kept database; ARGS="-k sender", ARGS=--fresh
	@dev/run pytest $(ARGS)

test-odoo:  ## Odoo's own mail tests with the addon installed, the wide list (minutes)
	@dev/run test-odoo

test-dev:  ## the development environment itself; ARGS=tests.test_postgres picks some
	@dev/run test-dev $(ARGS)

test-processes:  ## the daily limit with eight processes; ARGS=TestQueueProcesses.test_x
	@dev/run test-processes $(ARGS)

test-strangers:  ## strangers at a server with two workers, while employees work
	@dev/run test-strangers $(ARGS)

screenshots:  ## pictures of the guided setup, into static/description
	@dev/run screenshots

bench:  ## the benchmarks; ARGS=mail_queue picks one
	@dev/run bench $(ARGS)

pin:  ## pin the newest Python packages that dev/requirements*.in allow, with hashes
	@dev/run pin

clean:  ## stop this checkout's PostgreSQL and remove its databases
	@dev/run drop
