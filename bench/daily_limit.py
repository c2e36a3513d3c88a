"""What the daily limit costs: four workers at once, and the reservation alone.

One worker: see mail_queue.py. Usage: daily_limit.py [--mails 1000] [--rounds 5]
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import mail_queue

WORKERS = 4
MOST = 1.05
RESERVATIONS = 2000
RESERVE = """
import time
from datetime import datetime
counter = env["mail.send.counter"]
limits = env["ir.mail_server"].search([], limit=1)._get_send_limits()
with counter._open_ledger() as ledger:
    begin = time.perf_counter()
    for _number in range({count}):
        grant = ledger.reserve(datetime(2026, 1, 1), 1, limits)
        ledger.settle(grant, kept=1)
    seconds = time.perf_counter() - begin
rate = round({count} / seconds)
print("{count} reservations in", round(seconds, 2), "s:", rate, "per second")
"""


class Crew:
    """Four processes on one database; each queues mails and sends its own."""

    def __init__(self, odoo, databases, name, port, mails):
        from devenv.database import MINIMAL

        self.name = name
        self.seconds = []
        self.database = f"bench_{name}_{WORKERS}"
        databases.copy_of(MINIMAL, self.database)
        if name != mail_queue.BASELINE:
            words = ("-d", self.database, "-i", mail_queue.ADDON, "--stop-after-init")
            if odoo.call(*words, "--log-level=warn"):
                raise SystemExit(f"the addon can't be installed in {self.database}")
        command = [odoo.python, "-P", mail_queue.__file__, "--own", "--worker"]
        command += [self.database, name, str(port), "--mails", str(mails)]
        self.workers = []
        for _number in range(WORKERS):
            worker = subprocess.Popen(
                command,
                env=odoo.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.workers.append(worker)
            self._read(worker)  # the first prepares the database for the others

    def run(self, counts):
        begin = time.perf_counter()
        for worker in self.workers:
            worker.stdin.write("\n")
            worker.stdin.flush()
        self._read_all()
        if counts:
            self.seconds.append(time.perf_counter() - begin)

    def close(self):
        for worker in self.workers:
            worker.stdin.close()
            worker.wait()

    def _read_all(self):
        for worker in self.workers:
            self._read(worker)

    def _read(self, worker):
        if not worker.stdout.readline():
            raise SystemExit(f"a worker of {self.name} has ended")


def compare(mails, rounds):
    sys.path[:0] = [str(mail_queue.ROOT / "dev"), str(mail_queue.ROOT / "tests")]
    from devenv.database import Databases
    from devenv.odoo import Odoo
    from smtp_sink import SmtpSink

    odoo = Odoo()
    databases = Databases(odoo)
    names = (mail_queue.BASELINE, "limit")
    with SmtpSink() as sink:
        crews = []
        for name in names:
            crews.append(Crew(odoo, databases, name, sink.port, mails // WORKERS))
        for number in range(rounds + 1):
            for crew in crews:
                sink.deliveries.clear()
                crew.run(counts=number > 0)
                if len(sink.deliveries) != mails // WORKERS * WORKERS:
                    raise SystemExit(f"{crew.name}: mails are missing")
        for crew in crews:
            crew.close()
    reserve(odoo, crews[1].database)
    for crew in crews:
        databases.drop(crew.database)
    return report(crews, mails)


def reserve(odoo, database):
    words = ("shell", "-d", database, "--no-http", "--log-level=warn")
    subprocess.run(
        odoo.command(*words),
        env=odoo.environment(),
        input=RESERVE.format(count=RESERVATIONS),
        text=True,
        check=True,
    )


def report(crews, mails):
    print(f"{mails} mails, {WORKERS} workers; {len(crews[0].seconds)} runs each")
    baseline, limit = (statistics.median(crew.seconds) for crew in crews)
    for crew in crews:
        runs = ", ".join(f"{seconds:.2f}" for seconds in crew.seconds)
        print(f"{crew.name:10} median {statistics.median(crew.seconds):.2f} s; {runs}")
    verdict = "ok" if limit / baseline <= MOST else "TOO SLOW"
    print(f"ratio {limit / baseline:.3f}, at most {MOST}: {verdict}")
    return limit / baseline > MOST


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    return int(compare(options.mails, options.rounds))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
