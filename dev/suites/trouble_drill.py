# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Trouble in the middle of sending: no mail is lost, fails by us, or goes twice.

Run by dev/devenv on a database of its own, since it commits:
``python trouble_drill.py DATABASE TestAlone``, or ``TestPairs``. RESTART_POSTGRES is a
command that does so, PORT is free.
"""

import os
import re
import tempfile
import unittest
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import drill
import harness
from drill import FIRST, LIMIT, LIMIT_KEY, Drill
from freezegun import freeze_time
from harness import Sink
from troubles import PAIRS, TROUBLES
from verdict import Verdict, find_unexplained

import odoo.modules.registry
from odoo import sql_db

# No test sees a reset that it doesn't expect.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, tzinfo=None)


def environment():
    return harness.environment(DATABASE)


class TestTroubles(unittest.TestCase):
    """What a test of the drill is made of."""

    @classmethod
    def setUpClass(cls):
        cls.clock = cls.enterClassContext(freeze_time(NOON, tick=True))

    def prepare(self, limit=LIMIT, pool=0, batch=10):
        """Empty the database, and start a server for its mails.

        :param batch: how many mails a run of the queue takes at most.
        """
        self.clock.move_to(NOON)
        sink = self.enterContext(Sink(PORT))
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.empty("mail.mail", "ir.mail_server")
        self.empty("mail.send.counter")  # where servers leave their counts
        with environment() as env:
            set_param = env["ir.config_parameter"].set_param
            set_param(LIMIT_KEY, str(limit))
            set_param("mail_deliverability.bulk_recipients", "0")
            set_param("mail_deliverability.sender_policy", "filter")
            set_param("mail.mail.queue.batch.size", str(batch))
            server = env["ir.mail_server"].create(
                {"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": sink.port}
            )
            self.server = server.id
        made = Drill(DATABASE, sink, folder, limit, pool)
        self.addCleanup(made.kill_all)
        return made

    def empty(self, *models):
        with environment() as env:
            for name in models:
                env[name].with_context(active_test=False).search([]).unlink()

    def queue(self, name, people, several, bulk):
        with environment() as env:
            return drill.queue(env, name, people, several, bulk)

    def suffer(self, *kinds):
        """Let mails of all classes leave while these troubles come and go."""
        practice = self.prepare(pool=max(kind.pool for kind in kinds))
        queued = self.queue("to", people=24, several=3, bulk=8)
        troubles = [kind(practice) for kind in kinds]
        practice.start()
        practice.suffer(troubles)
        later = self.queue("later", people=2, several=1, bulk=1)
        practice.stop()
        with environment() as env:
            problems = list(find_unexplained(env))
        practice.finish(self.clock)
        with environment() as env:
            verdict = Verdict(env, practice, troubles, queued, later)
            problems += verdict.find_problems()
        if problems:
            logged = [text for _pid, text in practice.notes.read("log")]
            alike = {re.sub(r"\d+", "", text): text for text in logged}
            self.fail("\n".join([*dict.fromkeys(problems), *alike.values()]))


class TestAlone(TestTroubles):
    """Each trouble alone."""


class TestPairs(TestTroubles):
    """Each combination of two."""


class TestMeanwhile(TestTroubles):
    """What administrators and others do while a batch runs in another process."""

    def run_batch(self, practice, change):
        """Let one worker run, and change something while a message is on its way.

        :return: how many mails had left by then.
        """
        practice.start(workers=1, waits=False)
        practice.sink.wait_for(FIRST)
        with practice.sink.hold(1):
            left = practice.sink.count()
            change()
        practice.stop()
        return left

    def get_count(self):
        """Return what is counted today, and how much of it is unconfirmed."""
        with environment() as env:
            rows = env["mail.send.counter"].search([])
            return {row.server_id: (row.sent, row.in_flight) for row in rows}

    def change_server(self, server_id, **values):
        with environment() as env:
            env["ir.mail_server"].browse(server_id).write(values)
        sql_db.close_all()

    def test_limit_lowered(self):
        """The next mail waits, though more was reserved ahead."""
        practice = self.prepare(limit=2000, batch=100)
        self.queue("to", people=40, several=0, bulk=0)
        left = self.run_batch(
            practice, lambda: practice.set_limit(practice.sink.count())
        )
        self.assertEqual(practice.sink.count(), left)
        self.assertEqual(self.get_count()[0], (left, 0))

    def test_limit_removed(self):
        practice = self.prepare(limit=10, batch=100)
        self.queue("to", people=9, several=3, bulk=0)
        self.run_batch(practice, lambda: practice.set_limit(0))
        self.assertEqual(practice.sink.count(), 18)
        self.assertEqual(self.get_count()[0], (18, 0))

    def test_limit_of_server_lowered(self):
        practice = self.prepare(limit=0, batch=100)
        self.queue("to", people=40, several=0, bulk=0)
        left = self.run_batch(
            practice,
            lambda: self.change_server(self.server, daily_limit=practice.sink.count()),
        )
        self.assertEqual(practice.sink.count(), left)
        self.assertEqual(set(self.get_count().values()), {(left, 0)})

    def test_count_handed_over(self):
        """An account is another server's from now on: nothing stays unconfirmed."""
        practice = self.prepare(limit=2000, batch=100)
        with environment() as env:
            old = env["ir.mail_server"].search([])
            new = old.copy({"name": "second", "sequence": 99})
        self.queue("to", people=30, several=0, bulk=0)
        left = self.run_batch(
            practice, lambda: self.change_server(old.id, smtp_host="localhost")
        )
        counts = self.get_count()
        self.assertEqual(counts.pop(0), (30, 0))
        self.assertGreaterEqual(counts[new.id][0], left)
        self.assertEqual(sum(sent for sent, _unconfirmed in counts.values()), 30)
        self.assertEqual({unconfirmed for _sent, unconfirmed in counts.values()}, {0})

    def test_deadlocked_row(self):
        """PostgreSQL ends one worker's transaction: its mail goes with the next run."""
        practice = self.prepare(limit=2000, batch=100)
        queued = self.queue("to", people=20, several=0, bulk=0)
        with closing(practice.connect()) as other:
            other.autocommit = False
            with other.cursor() as cr:
                # It is never the one that is chosen.
                cr.execute("SET deadlock_timeout = '1h'")
                notified = self.notify(max(queued))
                cr.execute(LOCK_NOTIFICATION, [notified])
                practice.start(workers=2, waits=False)
                practice.sink.wait_for(len(queued) - 1)
                cr.execute(LOCK_MAIL, [max(queued)])
            other.rollback()
        practice.stop()
        got = practice.sink.recipients()
        self.assertEqual((len(got), got.total()), (20, 20))
        self.assertEqual(self.get_count()[0], (20, 0))

    def notify(self, mail_id):
        """Let a mail have a notification; returns its id."""
        with environment() as env:
            mail = env["mail.mail"].browse(mail_id)
            mail.is_notification = True
            values = {
                "mail_message_id": mail.mail_message_id.id,
                "mail_mail_id": mail.id,
                "res_partner_id": env.user.partner_id.id,
                "notification_type": "email",
                "notification_status": "ready",
            }
            return env["mail.notification"].create(values).id


LOCK_NOTIFICATION = "SELECT FROM mail_notification WHERE id = %s FOR UPDATE"
LOCK_MAIL = "SELECT FROM mail_mail WHERE id = %s FOR UPDATE"


def add_test(case, *kinds):
    name = "_".join(kind.__name__ for kind in kinds)
    setattr(case, f"test_{name}", lambda self: self.suffer(*kinds))


for _kind in TROUBLES:
    add_test(TestAlone, _kind)
for _pair in PAIRS:
    add_test(TestPairs, *_pair)


if __name__ == "__main__":
    DATABASE = harness.begin()
    PORT = int(os.environ["PORT"])
    odoo.modules.registry.Registry(DATABASE)
    harness.run_tests()
