# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A database of its own for a benchmark, with the addon, gone afterwards."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDON = "mail_deliverability"


def run_in_database(name: str, script: Path, **variables: str) -> int:
    """Run a script in Odoo's shell on a new database.

    :param name: of the database.
    :param variables: what the script reads from its environment, besides ``BENCH``, the
        folder of what it imports.
    :return: its exit status.
    """
    sys.path.insert(0, str(ROOT / "dev"))
    from devenv.database import MINIMAL, Databases
    from devenv.odoo import Odoo

    odoo = Odoo()
    databases = Databases(odoo)
    databases.copy_of(MINIMAL, name)
    words = ("-d", name, "-i", ADDON, "--stop-after-init")
    if odoo.call(*words, "--log-level=warn"):
        raise SystemExit(f"the addon can't be installed in {name}")
    try:
        return odoo.shell(name, script, BENCH=str(script.parent), **variables)
    finally:
        databases.drop(name)
