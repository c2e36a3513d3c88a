# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the daily limit costs: four workers at once, and the reservation alone.

One worker: see mail_queue.py. Usage: daily_limit.py [--mails 1000] [--rounds 7]
"""

import argparse
import subprocess
import sys
from pathlib import Path

import mail_queue

WORKERS = 4
DATABASE = "bench_reservations"
RESERVATIONS = 2000
RESERVE = """
import time
from datetime import datetime
counter = env["mail.send.counter"]
server = env["ir.mail_server"].create(
    {{"name": "sink", "smtp_host": "127.0.0.1", "daily_limit": 10000}}
)
limits = server._get_send_limits()
with counter._open_ledger() as ledger:
    begin = time.perf_counter()
    for _number in range({count}):
        reservation = ledger.reserve(datetime(2026, 1, 1), 1, limits)
        ledger.settle(reservation, kept=1)
    seconds = time.perf_counter() - begin
rate = round({count} / seconds)
print("{count} reservations in", round(seconds, 2), "s:", rate, "per second")
"""


def reserve() -> None:
    """Print how many reservations one process makes a second."""
    from devenv.database import MINIMAL, Databases
    from devenv.odoo import Odoo

    odoo = Odoo()
    databases = Databases(odoo)
    databases.copy_of(MINIMAL, DATABASE)
    words = ("-d", DATABASE, "-i", mail_queue.ADDON, "--stop-after-init")
    odoo.call(*words, "--log-level=warn")
    words = ("shell", "-d", DATABASE, "--no-http", "--log-level=warn")
    subprocess.run(
        odoo.command(*words),
        env=odoo.environment(),
        input=RESERVE.format(count=RESERVATIONS),
        text=True,
        check=True,
    )
    databases.drop(DATABASE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    names = ["limit"]
    missed = mail_queue.compare(names, options.mails, options.rounds, WORKERS)
    reserve()
    return bool(missed)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
