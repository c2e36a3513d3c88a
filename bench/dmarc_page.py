# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Opening a domain's DMARC reports beside General Settings, with a year of data.

What the server does for each page: the calls of the web client, on a database of its
own with a year of reports on 50 domains, 100,000 rows. The two take turns. A page that
is opened again needs no views any more: that is what is compared.

Usage: dmarc_page.py [--rounds 15]
"""

import argparse
import sys
from pathlib import Path

from _database import run_in_database

SCRIPT = Path(__file__).with_name("_dmarc_page_shell.py")
DATABASE = "bench_dmarc_page"
MOST = 3.0  # times the time of General Settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    return run_in_database(DATABASE, SCRIPT, ROUNDS=str(rounds), MOST=str(MOST))


if __name__ == "__main__":
    sys.exit(main())
