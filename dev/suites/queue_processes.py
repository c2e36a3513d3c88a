# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The daily limit with real processes: each a worker with connections of its own.

Run by dev/devenv on a database of its own, since it commits:
``python queue_processes.py DATABASE``; RESTART_POSTGRES is a command that does so.
"""

import contextlib
import os
import random
import shlex
import signal
import subprocess
import time
import unittest
from datetime import UTC, datetime, timedelta

import harness
import psycopg2
from freezegun import freeze_time
from harness import PATIENCE, Sink

import odoo.modules.registry
from odoo import sql_db

WORKERS = 8
RECIPIENTS = 2000
LIMIT = 500
LIMIT_KEY = "mail_deliverability.daily_limit"
# No test sees a reset that it doesn't expect.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, tzinfo=None)
COMMON = {
    "email_from": "me@acme.example",
    "subject": "Subject",
    "body_html": "<p>Body</p>",
}


def environment():
    return harness.environment(DATABASE)


class Workers:
    """Processes that work off the queue until nothing is due.

    :param day: how many days after today it is.
    :param count: of processes.
    """

    def __init__(self, day=0, count=WORKERS):
        self.now = NOON + timedelta(days=day)
        self._count = count
        self.killed = 0
        self._pids = set()

    def __enter__(self):
        # A child must not share the parent's connections.
        sql_db.close_all()
        for _number in range(self._count):
            self._fork()
        return self

    def __exit__(self, *_exception):
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._pids:
            self._reap()
            if time.monotonic() > deadline:
                raise TimeoutError("the workers do not end")
            time.sleep(0.02)

    def kill_some(self, sink: Sink, step: int) -> None:
        """Kill a worker whenever some more mails have left, and start another.

        :param step: how many more; the machine may be fast or slow.
        """
        chance = random.Random(1)
        mark = step
        while self._pids:
            self._reap()
            if self._pids and sink.count() >= mark:
                mark += step
                self._kill(chance.choice(sorted(self._pids)))
            time.sleep(0.005)

    def _kill(self, victim: int) -> None:
        os.kill(victim, signal.SIGKILL)
        _pid, status = os.waitpid(victim, 0)
        self._pids.discard(victim)
        if os.WIFSIGNALED(status):
            self.killed += 1
            self._fork()

    def _reap(self) -> None:
        for pid in list(self._pids):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._pids.discard(pid)

    def _fork(self) -> None:
        pid = os.fork()
        if pid:
            self._pids.add(pid)
            return
        code = 1
        try:
            with freeze_time(self.now, tick=True):
                work()
            code = 0
        finally:
            os._exit(code)


def work() -> None:
    """Work off the queue as the cron does, and start again where the cron would."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with environment() as env:
                mails = env["mail.mail"]
                if not mails.search_count(mails._get_due_domain(), limit=1):
                    return
                mails.process_email_queue()
        except psycopg2.Error:
            # PostgreSQL is away, or another worker was first: the next run goes on.
            time.sleep(0.1)


class TestQueueProcesses(unittest.TestCase):
    def setUp(self):
        self.sink = self.enterContext(Sink())
        with environment() as env:
            env["mail.mail"].search([]).unlink()
            env["mail.send.counter"].search([]).unlink()
            set_param = env["ir.config_parameter"].set_param
            set_param(LIMIT_KEY, str(LIMIT))
            set_param("mail_deliverability.bulk_recipients", "0")
            set_param("mail_deliverability.sender_policy", "filter")
            env["ir.mail_server"].search([]).active = False
            env["ir.mail_server"].create(
                {"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": self.sink.port}
            )

    def queue(self, recipients):
        """Queue mails to single addresses, and to ten partners each."""
        with environment() as env:
            partners = env["res.partner"].create(
                [
                    {"name": "P", "email": f"to{n}@x.example"}
                    for n in range(recipients // 2)
                ]
            )
            env["mail.mail"].create(
                [
                    {**COMMON, "recipient_ids": partners[first : first + 10].ids}
                    for first in range(0, len(partners), 10)
                ]
            )
            self.queue_singles(env, recipients - len(partners), len(partners))

    def queue_singles(self, env, count, first=0, name="to"):
        env["mail.mail"].create(
            [
                {**COMMON, "email_to": f"{name}{n}@x.example"}
                for n in range(first, first + count)
            ]
        )

    def counted(self):
        """Return what is counted, and how much of it is unconfirmed, on all days."""
        with environment() as env:
            rows = env["mail.send.counter"].search([("server_id", "=", 0)])
            return sum(rows.mapped("sent")), sum(rows.mapped("in_flight"))

    def outgoing(self):
        with environment() as env:
            return env["mail.mail"].search_count([("state", "=", "outgoing")])

    def let_go(self):
        """Let mails be as if made today: what has waited leaves room for others."""
        with environment() as env:
            env["mail.server.pause"].search([]).unlink()
            env["mail.mail"].search([("waiting_kind", "!=", False)])._stop_waiting()

    def run_queue_again(self, day=0):
        """Let the scheduled action run once more, when all workers have ended.

        What a worker has reserved, and gives back at its end, may have kept others'
        last mails waiting; until late in the day these would leave room for others.
        """
        self.let_go()
        now = NOON + timedelta(days=day, hours=1)
        with freeze_time(now, tick=True), environment() as env:
            env["mail.mail"].process_email_queue()

    def send_the_rest(self, first_day=1):
        day = first_day
        while self.outgoing():
            self.assertLess(day, 20, "mails are left over")
            with Workers(day) as workers:
                workers.wait()
            day += 1

    def test_exactly_the_limit_each_day(self):
        self.queue(RECIPIENTS)
        for day in range(RECIPIENTS // LIMIT):
            self.let_go()
            with Workers(day) as workers:
                workers.wait()
            self.run_queue_again(day)
            got = self.sink.recipients()
            self.assertEqual(sum(got.values()), LIMIT * (day + 1))
            self.assertEqual(max(got.values()), 1)
            self.assertEqual(self.counted(), (LIMIT * (day + 1), 0))
        self.assertEqual(len(got), RECIPIENTS)
        self.assertEqual(self.outgoing(), 0)

    def test_killed_at_random(self):
        self.queue(700)
        # A mail of ten, and what was reserved ahead.
        killed = self.kill_some(ahead=30)
        got = self.sink.recipients()
        self.assertEqual(len(got), 700, "lost")
        # A mail of ten that was accepted when its worker died goes once more.
        self.assertLessEqual(sum(got.values()) - 700, 10 * killed)

    def test_killed_with_four_connections_each(self):
        """Four workers of four sessions: exact, nothing is lost, each gets it once."""
        with environment() as env:
            env["ir.mail_server"].search([]).connections = 4
            self.queue_singles(env, 1000)
        # What each session had in flight and ahead.
        killed = self.kill_some(ahead=4 * 30, count=4)
        got = self.sink.recipients()
        self.assertEqual(len(got), 1000, "lost")
        self.assertLessEqual(sum(got.values()) - 1000, 4 * killed)

    def kill_some(self, ahead, **options):
        """Kill workers at random, then send the rest; the limit holds meanwhile.

        :param int ahead: recipients that a killed worker may have counted for nothing.
        :param options: of :class:`Workers`.
        :return: how many workers were killed.
        """
        with Workers(**options) as workers:
            workers.kill_some(self.sink, LIMIT // 20)
        self.assertGreater(workers.killed, 5)
        sent = sum(self.sink.recipients().values())
        counted, unconfirmed = self.counted()
        self.assertLessEqual(sent, LIMIT)
        self.assertLessEqual(counted, LIMIT)
        # What was in flight counts, since it may have left; it is shown.
        self.assertLessEqual(counted - sent, unconfirmed)
        self.assertLessEqual(unconfirmed, ahead * workers.killed)
        self.send_the_rest()
        return workers.killed

    def test_exact_with_four_connections_each(self):
        with environment() as env:
            env["ir.mail_server"].search([]).connections = 4
        self.queue(RECIPIENTS)
        for day in range(2):
            self.let_go()
            with Workers(day, count=4) as workers:
                workers.wait()
            self.run_queue_again(day)
            got = self.sink.recipients()
            self.assertEqual(sum(got.values()), LIMIT * (day + 1))
            self.assertEqual(max(got.values()), 1)
            self.assertEqual(self.counted(), (LIMIT * (day + 1), 0))

    def test_killed_while_some_are_refused_for_now(self):
        """Each gets it once: of a mail to several only those who have not had it."""
        with environment() as env:
            emails = [f"{to}{n}@x.example" for n in range(50) for to in ("to", "busy")]
            partners = env["res.partner"].create(
                [{"name": "P", "email": email} for email in emails]
            )
            env["mail.mail"].create(
                [
                    {**COMMON, "recipient_ids": partners[first : first + 10].ids}
                    for first in range(0, len(partners), 10)
                ]
            )
            self.queue_singles(env, 300, 100)
            self.queue_singles(env, 200, 100, name="busy")
        with Workers() as workers:
            workers.kill_some(self.sink, 20)
        self.assertGreater(workers.killed, 5)
        got = self.sink.recipients()
        counted, unconfirmed = self.counted()
        # At once only what was in flight as its worker died.
        early = sum(to.startswith("busy") for to in got)
        self.assertLessEqual(early, 10 * workers.killed)
        self.assertLessEqual(counted, LIMIT)
        self.assertLessEqual(counted - sum(got.values()), unconfirmed)
        self.send_the_rest()
        got = self.sink.recipients()
        self.assertEqual(len(got), 600, "lost")
        self.assertLessEqual(sum(got.values()) - 600, 10 * workers.killed)
        with environment() as env:
            states = set(env["mail.mail"].search([]).mapped("state"))
        self.assertEqual(states, {"sent"})

    def test_postgres_restarted(self):
        self.restart_postgres(WORKERS, connections=1)

    def test_postgres_restarted_with_four_connections_each(self):
        self.restart_postgres(3, connections=4)

    def restart_postgres(self, count, connections):
        """Restart it while mails leave: what each session had in flight goes again.

        :param count: of workers.
        :param connections: of each to the SMTP server.
        """
        with environment() as env:
            env["ir.mail_server"].search([]).connections = connections
        self.queue(700)
        with Workers(count=count) as workers:
            self.sink.wait_for(LIMIT // 5)
            subprocess.run(shlex.split(os.environ["RESTART_POSTGRES"]), check=True)
            workers.wait()
        got = self.sink.recipients()
        counted, unconfirmed = self.counted()
        self.assertLessEqual(sum(got.values()), LIMIT)
        self.assertLessEqual(counted, LIMIT)
        self.assertLessEqual(counted - sum(got.values()), unconfirmed)
        self.send_the_rest()
        got = self.sink.recipients()
        self.assertEqual(len(got), 700, "lost")
        self.assertLessEqual(sum(got.values()) - 700, 10 * count * connections)

    def test_the_limit_is_changed_while_they_send(self):
        """Each worker follows with its next mail, whatever it has reserved ahead."""
        for before, after in (("0", 150), ("10000", 150)):
            with self.subTest(before=before), environment() as env:
                env["mail.mail"].search([]).unlink()
                env["mail.send.counter"].search([]).unlink()
                env["ir.config_parameter"].set_param(LIMIT_KEY, before)
                self.queue_singles(env, 400)
            done = self.sink.count()
            with Workers() as workers:
                self.sink.wait_for(done + 100)
                set_by_sql(LIMIT_KEY, str(after))
                at_once = self.sink.count() - done
                workers.wait()
            self.run_queue_again()
            sent = self.sink.count() - done
            self.assertEqual(self.counted(), (sent, 0))
            self.assertGreaterEqual(sent, after)
            self.assertLessEqual(sent, max(after, at_once) + WORKERS)
            self.assertEqual(self.outgoing(), 400 - sent)

    def test_what_others_did_undoes_nothing(self):
        """Without commits: a mail that another has taken is left out, no more."""
        for limit, taken, left in ((LIMIT, 1, 2), (1, 2, 1)):
            with self.subTest(limit=limit), environment() as env:
                mails = env["mail.mail"]
                mails.search([]).unlink()
                env["mail.send.counter"].search([]).unlink()
                env["ir.config_parameter"].set_param(LIMIT_KEY, str(limit))
                self.queue_singles(env, 3)
                env.cr.commit()
                waiting = mails.search([("state", "=", "outgoing")], order="id")
                with environment() as other:
                    other["mail.mail"].browse(waiting[taken].id).state = "cancel"
                before = self.sink.recipients().total()
                waiting.send()
                env.cr.commit()
                self.assertEqual(self.sink.recipients().total() - before, left)
                self.assertEqual(waiting.mapped("state").count("sent"), left)
                self.assertEqual(waiting[taken].state, "cancel")

    def test_a_savepoint_that_is_undone_wakes_the_queue(self):
        """As Odoo's password reset does it: the alarm is due all the same."""
        with environment() as env:
            env["ir.config_parameter"].set_param(LIMIT_KEY, "1")
            env["ir.cron.trigger"].search([]).unlink()
            self.queue_singles(env, 1)
            env.cr.commit()
            with contextlib.closing(env.cr.savepoint()):
                env["mail.mail"].search([("state", "=", "outgoing")]).send()
            env.cr.commit()
            cron = env.ref("mail.ir_cron_mail_scheduler_action")
            woken = env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
            self.assertTrue(woken)

    def test_reservations_side_by_side(self):
        """Each asks for 1 to 5 recipients at a time, till nothing is left."""
        sql_db.close_all()
        pids = []
        for seed in range(WORKERS):
            if pid := os.fork():
                pids.append(pid)
                continue
            try:
                reserve_all(seed)
            finally:
                os._exit(0)
        for pid in pids:
            os.waitpid(pid, 0)
        self.assertEqual(self.counted(), (LIMIT, 0))


def set_by_sql(key, value):
    """Change a parameter past all caches."""
    with contextlib.closing(sql_db.db_connect(DATABASE).cursor()) as cr:
        cr.execute(
            "UPDATE ir_config_parameter SET value = %s WHERE key = %s", [value, key]
        )
        cr.commit()


def reserve_all(seed):
    chance = random.Random(seed)
    with environment() as env, env["mail.send.counter"]._open_ledger() as ledger:
        limits = env["ir.mail_server"]._get_send_limits()
        while True:
            want = chance.randint(1, 5)
            reservation = ledger.reserve(NOON, want, limits)
            if not reservation.granted:
                return
            ledger.settle(reservation, kept=reservation.granted - chance.randint(0, 1))


if __name__ == "__main__":
    DATABASE = harness.begin()
    odoo.modules.registry.Registry(DATABASE)
    harness.run_tests()
