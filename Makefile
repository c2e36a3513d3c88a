# The commands of dev/devenv/commands.py, each a target; a test compares the two lists.
COMMANDS = help run publish demo test lint unit pytest repeat test-odoo test-beside \
	wheel lifecycle test-processes test-strangers test-mta test-hostile test-dev \
	hidden-calls licence-lines days bench screenshots journey pot pin setup clean
ARGS =

.PHONY: $(COMMANDS)
$(COMMANDS):
	@dev/run $@ $(ARGS)
