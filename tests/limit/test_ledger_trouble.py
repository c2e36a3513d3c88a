# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The counts can't be had: mails leave as without the addon, and are counted later."""

from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import date
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time
from psycopg2.pool import PoolError

from odoo import fields, sql_db
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.limit import own_transactions, queue_cron
from ...models.limit.ledger import Ledger
from ...models.limit.ledger_sql import Uncounted, keep_uncounted
from ...models.tools import apart
from .test_mail_mail import LimitCase

DAY = date(2099, 3, 10)
RESET_LOGGER = "odoo.addons.mail_deliverability.models.limit.mail_reset_attempt"
LEDGER_LOGGER = "odoo.addons.mail_deliverability.models.limit.ledger"


@tagged("post_install", "-at_install")
class TestLedgerTrouble(LimitCase):
    """The ledger has connections of its own here, as outside of tests.

    What it really writes is removed at the end.
    """

    def setUp(self):
        super().setUp()
        # A day that no other test has really counted for.
        self.enterContext(freeze_time(f"{DAY} 12:00", tick=True))
        self.set_limit(1000)

    def forget_counts(self):
        """That would hold a lock. There are none on this day."""

    def registry_enter_test_mode(self, **options):
        """Not here: another connection is what these tests are about."""

    @contextmanager
    def apart(self):
        """Let the ledger count in transactions of its own, as where no test runs."""
        quick = patch.object(own_transactions, "LOCK_TIMEOUT", "30ms")
        try:
            with quick, patch.object(own_transactions, "is_test", return_value=False):
                yield
        finally:
            with self.env.registry.cursor() as cr:
                for table in ("mail_send_counter", "mail_send_uncounted"):
                    query = SQL("DELETE FROM %s WHERE day = %s", SQL(table), DAY)
                    cr.execute(query)

    @contextmanager
    def locked(self):
        """As while a module is updated, or somebody looks at the table by hand."""
        with self.env.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '5s'")
            cr.execute("LOCK TABLE mail_send_counter IN EXCLUSIVE MODE")
            yield
            cr.rollback()

    @contextmanager
    def pool_exhausted(self):
        with ExitStack() as stack:
            stack.enter_context(patch.object(sql_db._Pool, "_maxconn", 3))
            with self.assertRaises(PoolError):
                while True:
                    stack.enter_context(self.env.registry.cursor())
            yield

    @contextmanager
    def connection_refused(self):
        """As where PostgreSQL has no connection left."""
        refusing = sql_db.db_connect("no_such_database")
        with patch.object(self.env.registry, "_db", refusing):
            yield

    @contextmanager
    def trouble(self, kind):
        """Let one of the troubles last; what is to be seen of it is one line."""
        self.sink.deliveries.clear()
        with (
            self.subTest(kind.__name__),
            self.assertLogs(LEDGER_LOGGER, "WARNING") as logs,
            mute_logger("odoo.sql_db"),
            self.apart(),
            kind(),
        ):
            yield
        self.assertEqual(len(logs.output), 1, logs.output)

    def each_trouble(self):
        return (self.locked, self.pool_exhausted, self.connection_refused)

    def uncounted(self):
        self.env["mail.send.uncounted"].invalidate_model()
        notes = self.env["mail.send.uncounted"].search([("server_id", "=", 0)])
        return sum(note.counts["sent"] for note in notes)

    def check_counted_later(self, expected):
        """Once the counts can be had, the next who counts adds what is missing."""
        self.assertEqual(len(self.sink.deliveries), expected)
        self.assertEqual((self.used(), self.uncounted()), (expected, expected))
        self.assertEqual(self.used(self.server.id), expected)
        expected += 1
        with self.undone():
            self.make_mails(1, first=90).send()
            self.assertEqual((self.used(), self.uncounted()), (expected, 0))
            self.assertEqual(
                (self.used(self.server.id), self.in_flight()), (expected, 0)
            )

    @contextmanager
    def undone(self):
        """Undo what is done here, and give back what it has locked."""
        with closing(self.env.cr.savepoint()):
            yield
        self.env["mail.send.uncounted"].search([]).unlink()

    def test_without_a_limit(self):
        for kind in self.each_trouble():
            self.set_limit(0)
            mails = self.make_mails(3)
            with self.trouble(kind):
                mails.send()
            self.assertEqual(set(mails.mapped("state")), {"sent"})
            self.check_counted_later(3)

    def test_somebody_waits(self):
        for kind in self.each_trouble():
            for send_class in ("code", "account", "public"):
                mails = self.make_mails(2, send_class=send_class)
                with self.subTest(send_class), self.trouble(kind):
                    mails.send()
                self.assertEqual(set(mails.mapped("state")), {"sent"})
                self.check_counted_later(2)

    def test_the_caller_wants_an_error(self):
        for kind in self.each_trouble():
            mails = self.make_mails(2)
            with self.trouble(kind):
                mails.send(raise_exception=True)
            self.assertEqual(set(mails.mapped("state")), {"sent"})
            self.check_counted_later(2)

    def test_nobody_waits(self):
        """They stay in the queue as they are, and go when it is over."""
        for kind in self.each_trouble():
            mails = self.make_mails(3)
            before = mails.read(["state", "scheduled_date", "failure_reason"])
            with self.trouble(kind):
                self.process()
            self.assertEqual(
                mails.read(["state", "scheduled_date", "failure_reason"]), before
            )
            self.assertFalse(any(mails.mapped("waiting_kind")))
            self.assertEqual((len(self.sink.deliveries), self.used()), (0, 0))
            with self.undone():
                self.process()
                self.assertEqual(set(mails.mapped("state")), {"sent"})
            mails.unlink()

    def test_a_message_that_is_no_mail(self):
        for kind in self.each_trouble():
            message = self.env["ir.mail_server"]._build_email__(
                "me@acme.example", ["direct@customer.example"], "Subject", "Body"
            )
            with self.trouble(kind):
                self.env["ir.mail_server"].send_email(message)
            self.check_counted_later(1)

    def test_what_smtp_refuses_is_not_counted(self):
        self.sink.data_reply = "554 5.7.1 no"
        self.addCleanup(setattr, self.sink, "data_reply", "")
        self.set_limit(0)
        with (
            self.trouble(self.locked),
            mute_logger(
                "odoo.addons.mail.models.mail_mail",
                "odoo.addons.base.models.ir_mail_server",
            ),
        ):
            self.make_mails(1).send()
        self.assertEqual((self.used(), self.uncounted()), (0, 0))

    def test_beside_it(self):
        """What is told or counted beside the mails holds nobody up either."""
        attempts = self.env["mail.reset.attempt"]
        quick = patch.object(apart, "LOCK_TIMEOUT", "30ms")
        for kind in (self.all_locked, self.pool_exhausted, self.connection_refused):
            with (
                self.subTest(kind.__name__),
                quick,
                patch.object(apart, "is_test", return_value=False),
                kind(),
                mute_logger("odoo.sql_db", queue_cron.__name__, RESET_LOGGER),
            ):
                self.assertEqual(attempts._ask("somebody"), 0)
                user = self.env.ref("base.user_admin")
                self.assertGreater(attempts._count_urgent(user), 1000)
                queue_cron.wake_queue_for_alarms(self.env)

    @contextmanager
    def all_locked(self):
        with self.env.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '5s'")
            cr.execute("LOCK TABLE mail_reset_attempt, ir_cron_trigger")
            yield
            cr.rollback()

    def test_the_sender_undoes_it(self):
        self.set_limit(0)
        with self.trouble(self.locked), closing(self.env.cr.savepoint()):
            self.make_mails(1).send()
            self.assertEqual(self.uncounted(), 1)
        self.assertEqual(self.uncounted(), 0)

    def test_the_transaction_of_the_sender_has_failed(self):
        """What came of its mails can't be kept there, and nothing is raised."""
        ledger = Ledger(self.env, 0)
        limits = self.env["ir.mail_server"]._get_send_limits()
        promised = ledger.promise(fields.Datetime.now(), 1, limits)
        with closing(self.env.cr.savepoint(flush=False)), mute_logger("odoo.sql_db"):
            with suppress(psycopg2.ProgrammingError):
                self.env.cr.execute("SELECT no_such_column")
            with self.assertLogs(LEDGER_LOGGER, "WARNING"):
                ledger.settle(promised, 1)

    def test_the_outcome_is_written_later(self):
        """The counts are locked when the batch has reserved already."""
        self.sink.refused_recipients = {"to1@customer.example"}
        self.addCleanup(setattr, self.sink, "refused_recipients", set())
        # As others see it: what is reserved ahead holds.
        key = "mail_deliverability.daily_limit"
        self.env["ir.config_parameter"].search([("key", "=", key)]).unlink()
        mails = self.make_mails(4)
        with self.apart():
            self.send_and_lock(mails)
            notes = self.env["mail.send.uncounted"].search([])
            rows = [
                Uncounted(
                    note.day,
                    note.row_id,
                    note.server_id,
                    note.server_name,
                    note.reset_hour,
                    note.counts,
                )
                for note in notes
            ]
            with self.env.registry.cursor() as cr:
                # As if the sender had committed.
                cr.execute(keep_uncounted(rows))
            self.assertEqual(self.count_outside(), [(4, 4), (4, 4)])
            with self.env.registry.cursor() as cr:
                self.env(cr=cr)["mail.send.counter"]._count_uncounted()
            self.assertEqual(self.count_outside(), [(3, 0), (3, 0)])

    def send_and_lock(self, mails):
        with (
            ExitStack() as stack,
            self.assertLogs(LEDGER_LOGGER, "WARNING") as logs,
            mute_logger(
                "odoo.sql_db",
                "odoo.addons.mail.models.mail_mail",
                "odoo.addons.base.models.ir_mail_server",
            ),
        ):
            lock = stack.enter_context
            begins = iter([self.locked])

            def sent(_ids):
                for locked in begins:
                    lock(locked())

            mails.send(post_send_callback=sent)
        self.assertEqual(len(logs.output), 1, logs.output)
        self.assertEqual(len(self.sink.deliveries), 3)

    def count_outside(self):
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT sent, in_flight FROM mail_send_counter WHERE day = %s "
                "ORDER BY server_id",
                [DAY],
            )
            return cr.fetchall()

    def test_a_connection_that_was_lost(self):
        """PostgreSQL was restarted: another one is opened, and all is counted."""
        plain, lost = Ledger.reserve, []

        def reserve(ledger, *args):
            if (cr := ledger.transactions._cr) and not lost:
                lost.append(cr.connection.get_backend_pid())
                self.env.cr.execute("SELECT pg_terminate_backend(%s, 5000)", lost)
            return plain(ledger, *args)

        mails = self.make_mails(2) | self.make_mails(2, first=2, send_class="bulk")
        with self.apart(), mute_logger("odoo.sql_db"):
            with patch.object(Ledger, "reserve", reserve):
                mails.send()
            self.assertEqual(self.count_outside(), [(4, 0), (4, 0)])
        self.assertTrue(lost)
        self.assertEqual(set(mails.mapped("state")), {"sent"})
