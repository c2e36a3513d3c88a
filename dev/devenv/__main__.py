# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The commands behind the Makefile and dev/odoo."""

import argparse
import os
import signal
import sys

from . import commands
from .state import SetupError, cache_folder, ensure_cache_folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev", description=__doc__)
    known = {one.name: one.run for one in commands.COMMANDS} | commands.INTERNAL
    parser.add_argument("command", choices=sorted(known))
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    # Whoever ends this by a signal wants what it has started to end, too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        ensure_cache_folder()
        keep_bytecode()
        return known[chosen.command](chosen.arguments)
    except SetupError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def keep_bytecode() -> None:
    """Let the programs that are started keep what Python compiles, outside of sources.

    Odoo is started thirty times by `make test`, and compiling it takes three seconds.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(cache_folder() / "bytecode")


sys.exit(main())
