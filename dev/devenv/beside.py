# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The addon among other modules that change how mails leave: Odoo's and OCA's."""

from . import suite
from .database import Databases
from .odoo import Odoo
from .odoo_suites import install, leave_out, read_words, run_loaded
from .python_env import install_into, python
from .state import ADDON, ROOT, cache_folder, digest_of, make_once, step

DATABASE = "test_beside"
PINNED = ROOT / "dev" / "requirements-beside.txt"
# What is installed, and below it the tests that are run: tags, each with a slash.
LIST = ROOT / "dev" / "suites" / "beside.txt"
EXCEPTIONS = ROOT / "dev" / "suites" / "beside-exceptions.txt"
OURS = f"/{ADDON}"


def environment() -> Odoo:
    """Odoo with the modules of the Odoo Community Association that are pinned."""
    target = cache_folder() / f"beside-{digest_of(PINNED)}"
    interpreter = python()
    with step("fetching modules of the Odoo Community Association"):
        make_once(target, lambda draft: install_into(draft, interpreter, PINNED))
    return Odoo(packages=target)


def make_database(odoo: Odoo) -> None:
    """Make the database anew, with all modules of the list and without the addon."""
    modules, _tags = read_list()
    Databases(odoo).copy_of(modules, DATABASE)


def read_list() -> tuple[tuple[str, ...], list[str]]:
    """Return the modules that are installed, and the tags of the tests that are run."""
    words = read_words(LIST)
    modules = tuple(word for word in words if "/" not in word)
    return modules, [word for word in words if "/" in word]


def own_tags(tags: str) -> str:
    """The tags of the addon's own tests, without the exceptions.

    :param tags: of all of them.
    """
    return ",".join([tags, *_exceptions(ours=True)])


def run_theirs(odoo: Odoo, tags: str | None, plain: bool) -> suite.Outcome:
    """Run the tests of the other modules.

    :param tags: None: those of the list.
    :param plain: without the addon: what fails there is no fault of it.
    """
    make_database(odoo)
    if not plain and not install(odoo, DATABASE):
        return suite.Outcome(failed=1)
    _modules, wanted = read_list()
    wanted = tags.split(",") if tags else [*wanted, *_exceptions(ours=False)]
    name = "beside-plain" if plain else "beside-theirs"
    with step(f"running the tests of other modules ({name})"):
        both = ("at_install", "post_install")
        return run_loaded(odoo, name, DATABASE, wanted, both)


def _exceptions(ours: bool) -> list[str]:
    found = leave_out(EXCEPTIONS)
    return [one for one in found if one.startswith(f"-{OURS}:") == ours]
