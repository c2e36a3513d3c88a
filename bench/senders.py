# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The audit of sender addresses, its page beside the list of users, and the composer.

With 200 users, 5,000 partners and 100,000 messages of the last 90 days, on a database
of its own. DNS is not asked. The audit runs in the background; what people wait for is
its page, which takes turns with Odoo's list of users, and the line above what they
write: the composer is opened with and without it, in turns as well.

Usage: senders.py [--rounds 15]
"""

import argparse
import sys
from pathlib import Path

from _database import run_in_database

SCRIPT = Path(__file__).with_name("_senders_shell.py")
DATABASE = "bench_senders"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    return run_in_database(DATABASE, SCRIPT, ROUNDS=str(rounds))


if __name__ == "__main__":
    sys.exit(main())
