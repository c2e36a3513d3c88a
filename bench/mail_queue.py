# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A thousand mails, queued and sent to a sink: Odoo alone beside Odoo with the addon.

Each configuration has its database and its worker process; they take turns, and each
run is compared with its neighbour, so that whatever else the machine does slows all of
them alike.

Usage: mail_queue.py [--mails 1000] [--rounds 7] [CONFIGURATION ...]
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDON = "mail_deliverability"
BASELINE = "odoo"
AUTHORS = 20  # half of them colleagues, half customers who have written


# ------------------------------------------------------------
# What is compared: a name, the most it may take, and how it is configured
# ------------------------------------------------------------


def configure_sender(env):
    """The sender's rules alone: no limit, no key."""
    env["ir.config_parameter"].set_param("mail_deliverability.daily_limit", "0")
    # The mails of a round are made at once, and are not to be paced.
    env["ir.config_parameter"].set_param("mail_deliverability.bulk_recipients", "0")


def configure_limit(env):
    """A daily limit that is never reached: each mail is locked and reserved for."""
    configure_sender(env)
    env["ir.config_parameter"].set_param("mail_deliverability.daily_limit", "10000000")
    env["ir.mail_server"].search([]).daily_limit = 10_000_000


def configure_signing(env):
    """A key of RSA-2048 that signs every mail."""
    configure_sender(env)
    domain = env.company.alias_domain_id.id
    values = {"alias_domain_id": domain, "selector": "bench", "algorithm": "rsa-2048"}
    env["mail.dkim.key"].create(values).action_activate_unchecked()


# name -> (times the baseline's time that it may take, function(env) or None)
CONFIGURATIONS = {
    BASELINE: (None, None),
    "sender": (1.05, configure_sender),
    "limit": (1.05, configure_limit),
    "signing": (1.10, configure_signing),
}


# ------------------------------------------------------------
# The worker: sends when it is told to, and says how long it took
# ------------------------------------------------------------


def work(database: str, name: str, port: int, mails: int, own: bool) -> None:
    import odoo.http  # noqa: F401  the first import, as Odoo's server does it
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-d", database, "--log-level=warn"], setup_logging=True)
    registry = Registry(database)
    with registry.cursor() as cr:
        prepare(api.Environment(cr, SUPERUSER_ID, {}), name, port)
    print("ready", flush=True)
    for _line in sys.stdin:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            print(*send(env, mails, own), flush=True)


def prepare(env, name: str, port: int) -> None:
    domains = env["mail.alias.domain"]
    if domains.search_count([("name", "=", "acme.example")]):
        return  # another worker was first
    env.company.alias_domain_id = domains.create(
        {"name": "acme.example", "default_from": "notifications"}
    )
    env["ir.mail_server"].create(
        {
            "name": "sink",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
            "from_filter": "acme.example",
        }
    )
    configure = CONFIGURATIONS[name][1]
    if configure:
        configure(env)
    env["mail.mail"].search([]).unlink()


def send(env, mails: int, own: bool) -> tuple[float, float]:
    """Queue mails and send them all; then remove them.

    :param own: leave alone what other workers have queued.
    :return: the seconds that it took, and those of the worker's processor time.
    """
    domains = ["acme.example", "customer.example"]
    begin, begin_processor = time.perf_counter(), time.process_time()
    queue = env["mail.mail"].create(
        [
            {
                "email_from": f'"Author {n % AUTHORS}" '
                f"<a{n % AUTHORS}@{domains[n % 2]}>",
                "email_to": f"recipient{n}@recipient.example",
                "subject": f"Message {n}",
                "body_html": "<p>Some words of a message.</p>" * 20,
            }
            for n in range(mails)
        ]
    )
    env.cr.commit()
    env["mail.mail"].process_email_queue(queue.ids if own else ())
    env.cr.commit()
    seconds = time.perf_counter() - begin, time.process_time() - begin_processor
    unsent = queue.filtered(lambda mail: mail.state != "sent")
    if unsent:
        reason = unsent[0].failure_reason or unsent[0].state
        raise SystemExit(f"{len(unsent)} mails were not sent: {reason}")
    queue.unlink()
    env.cr.commit()
    return seconds


# ------------------------------------------------------------
# The comparison
# ------------------------------------------------------------


class Crew:
    """One configuration's database, and the processes that send from it.

    :ivar runs: (seconds, seconds of processor time) of each run that counts.
    """

    def __init__(self, odoo, databases, name: str, port: int, mails: int, workers: int):
        from devenv.database import MINIMAL

        self.name = name
        self.runs: list[tuple[float, float]] = []
        self.mails = mails // workers * workers
        self.database = f"bench_{name}"
        databases.copy_of(MINIMAL, self.database)
        if name != BASELINE:
            words = ("-d", self.database, "-i", ADDON, "--stop-after-init")
            if odoo.call(*words, "--log-level=warn"):
                raise SystemExit(f"the addon can't be installed in {self.database}")
        command = [odoo.python, "-P", __file__, "--worker", self.database, name]
        command += [str(port), "--mails", str(mails // workers)]
        command += ["--own"] if workers > 1 else []
        # One after the other: the first prepares the database.
        self.workers = [self._start(odoo, command) for _number in range(workers)]

    def run(self, counts: bool) -> None:
        """Let all of them send once, and keep the times if this run counts."""
        begin = time.perf_counter()
        for worker in self.workers:
            worker.stdin.write("\n")
            worker.stdin.flush()
        answers = [self._read(worker).split() for worker in self.workers]
        seconds = time.perf_counter() - begin
        if len(self.workers) == 1:
            seconds = float(answers[0][0])  # without what removes the mails again
        if counts:
            self.runs.append((seconds, sum(float(answer[1]) for answer in answers)))

    def close(self) -> None:
        for worker in self.workers:
            worker.stdin.close()
            worker.wait()

    def _start(self, odoo, command) -> subprocess.Popen:
        worker = subprocess.Popen(
            command, env=odoo.environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._read(worker)
        return worker

    def _read(self, worker) -> str:
        line = worker.stdout.readline()
        if not line:
            raise SystemExit(f"a worker of {self.name} has ended")
        return line


def compare(names: list[str], mails: int, rounds: int, workers: int = 1) -> int:
    """Let configurations send in turn, the first of them the baseline.

    :param int workers: processes that share the mails.
    :return: how many took longer than they may.
    """
    sys.path[:0] = [str(ROOT / "dev"), str(ROOT / "tests")]
    from devenv.database import Databases
    from devenv.odoo import Odoo
    from smtp_sink import SmtpSink

    odoo = Odoo()
    databases = Databases(odoo)
    crews = []
    with SmtpSink() as sink:
        try:
            for name in names:
                crews.append(Crew(odoo, databases, name, sink.port, mails, workers))
            take_turns(crews, sink, rounds)
        finally:
            for crew in crews:
                crew.close()
                databases.drop(crew.database)
    return report(crews, mails)


def take_turns(crews: list[Crew], sink, rounds: int) -> None:
    """Let each crew send once a round; every other round goes the other way."""
    for number in range(rounds + 1):
        for crew in crews if number % 2 else reversed(crews):
            sink.deliveries.clear()
            crew.run(counts=number > 0)  # the first round warms caches
            if len(sink.deliveries) != crew.mails:
                raise SystemExit(f"{crew.name}: mails are missing")


def report(crews: list[Crew], mails: int) -> int:
    """Print the medians and ratios; return how many are above their limit."""
    count = len(crews[0].workers)
    print(f"{mails} mails, queued and sent by {count}; {len(crews[0].runs)} runs each")
    missed = 0
    for crew in crews:
        median, processor = map(statistics.median, zip(*crew.runs, strict=True))
        runs = ", ".join(f"{seconds:.2f}" for seconds, _processor in crew.runs)
        line = f"{crew.name:10} median {median:6.2f} s ({mails / median:4.0f}/s)"
        most = CONFIGURATIONS[crew.name][0]
        if most:
            ratio, processor_ratio = compare_runs(crew.runs, crews[0].runs)
            missed += ratio > most
            verdict = "ok" if ratio <= most else "TOO SLOW"
            line += f"  ratio {ratio:.3f}, at most {most}: {verdict}"
            line += f" (processor {processor_ratio:.3f})"
        print(f"{line}\n           processor {processor:.2f} s; runs {runs}")
    return missed


def compare_runs(runs, baseline) -> list[float]:
    """Return the medians of the ratios round by round, of both times.

    Runs of one round are neighbours in time: a machine that becomes slower meanwhile
    makes both of them slower.
    """
    return [
        statistics.median(
            own[kind] / other[kind] for own, other in zip(runs, baseline, strict=True)
        )
        for kind in (0, 1)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configurations", nargs="*", metavar="CONFIGURATION")
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--own", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        database, name, port = options.worker
        work(database, name, int(port), options.mails, options.own)
        return 0
    names = [n for n in options.configurations or CONFIGURATIONS if n != BASELINE]
    return bool(compare([BASELINE, *names], options.mails, options.rounds))


if __name__ == "__main__":
    sys.exit(main())
