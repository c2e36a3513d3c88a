# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Opening the overview beside opening General Settings, with a year of data.

What the server does for each page: the calls of the web client, on a database of its
own with 365 days of 5 servers and 20 domains that were checked. The two take turns.
A page that is opened again needs no views any more: that is what is compared.

Usage: overview.py [--rounds 15]
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = Path(__file__).with_name("_overview_shell.py")
ADDON = "mail_deliverability"
DATABASE = "bench_overview"
MOST = 2.0  # times the time of General Settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    from devenv.database import MINIMAL, Databases
    from devenv.odoo import Odoo

    odoo = Odoo()
    databases = Databases(odoo)
    databases.copy_of(MINIMAL, DATABASE)
    words = ("-d", DATABASE, "-i", ADDON, "--stop-after-init")
    if odoo.call(*words, "--log-level=warn"):
        raise SystemExit(f"the addon can't be installed in {DATABASE}")
    try:
        more = {"ROUNDS": str(options.rounds), "MOST": str(MOST)}
        more["BENCH"] = str(SCRIPT.parent)
        return odoo.shell(DATABASE, SCRIPT, **more)
    finally:
        databases.drop(DATABASE)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "dev"))
    sys.exit(main())
