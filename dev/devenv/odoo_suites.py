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
    # Odoo's tests with pages are in the other position.
    Databases(odoo).copy_of(WIDE, DATABASE, baked="post_install" in positions)
    if not install(odoo, DATABASE):
        return suite.Outcome(failed=1)
    wanted = [*read_words(tags), *leave_out(EXCEPTIONS)]
    with step(f"running Odoo's own tests ({tags.stem}: {', '.join(positions)})"):
        return run_loaded(odoo, f"odoo-{tags.stem}", DATABASE, wanted, positions)


def install(odoo: Odoo, database: str) -> bool:
    """Install the addon beside what a database has; tells whether that worked."""
    with step(f"installing {ADDON} beside the modules of {database}"):
        words = ("-d", database, "-i", ADDON, "--stop-after-init", "--log-level=warn")
        return not odoo.call(*words)


def run_loaded(
    odoo: Odoo, name: str, database: str, tags: list[str], positions: tuple[str, ...]
) -> suite.Outcome:
    """Run tests on a database once all of its modules are loaded.

    :param name: of the run, and of its log.
    """
    command = (
        odoo.python, "-P", DRIVER, database, ",".join(tags), ",".join(positions),
        free_port(),
    )  # fmt: skip
    return suite.run(odoo, name, *command, may_skip=True)


def leave_out(exceptions: Path) -> list[str]:
    """The tags that leave out the tests that a file of exceptions names."""
    return [f"-{name}" for name in read_words(exceptions)]


def read_words(path: Path) -> list[str]:
    """What stands in a file, one a line, without the comments."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]
