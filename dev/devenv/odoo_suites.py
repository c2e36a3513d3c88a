# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's own mail tests, with the addon installed and its overrides active.

Odoo runs at_install tests of mail before an addon that depends on mail is loaded. Here
the whole registry is loaded first (dev/suites/full_registry.py), then they are run.
"""

from pathlib import Path

from . import suite
from .database import WIDE, Databases
from .odoo import Odoo, free_port
from .state import ADDON, ROOT, step

DATABASE = "test_odoo"
DRIVER = ROOT / "dev" / "suites" / "full_registry.py"
SHORT = ROOT / "dev" / "suites" / "short.txt"
WIDE_LIST = ROOT / "dev" / "suites" / "wide.txt"
EXCEPTIONS = ROOT / "dev" / "suites" / "exceptions.txt"


def run(odoo: Odoo, tags: Path, positions: tuple[str, ...]) -> suite.Outcome:
    """Run the suites that a file of tags names.

    :param positions: "at_install", "post_install" or both.
    """
    Databases(odoo).copy_of(WIDE, DATABASE)
    with step(f"installing {ADDON} beside Odoo's test modules"):
        install = ("-d", DATABASE, "-i", ADDON, "--stop-after-init", "--log-level=warn")
        if odoo.call(*install):
            return suite.Outcome(failed=1)
    wanted = [*_words(tags), *(f"-{name}" for name in _words(EXCEPTIONS))]
    with step(f"running Odoo's own tests ({tags.stem}: {', '.join(positions)})"):
        command = (
            odoo.python, "-P", DRIVER, DATABASE, ",".join(wanted),
            ",".join(positions), free_port(),
        )  # fmt: skip
        return suite.run(odoo, f"odoo-{tags.stem}", *command, may_skip=True)


def _words(path: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]
