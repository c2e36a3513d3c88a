# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import smtplib
from contextlib import suppress
from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.mail.models.mail_mail import MailMail as OdooMail

from ...models.limit import queue_cron
from ...models.limit.budget import Budget, DailyLimitError
from ...models.limit.ledger import Ledger
from ...models.limit.mail_mail import CLASS_FIELDS
from ...models.limit.send_class import Limit
from ...models.tools.moments import format_moment
from ..clock import at_noon
from ..common import SmtpCase

MAIL_LOGGER = "odoo.addons.mail.models.mail_mail"


class LimitCase(SmtpCase):
    """Mails leave to the sink within a daily limit of five recipients."""

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(at_noon())
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.server = self._make_server("acme.example", name="Relay")
        self.env["mail.mail"].search([]).unlink()
        self.forget_counts()
        self.set_limit(5)
        # A test is one transaction, and what it makes is not one act.
        self.set_limit(0, "bulk_recipients")

    def forget_counts(self):
        """Forget what tests with connections of their own have counted."""
        self.env["mail.send.counter"].search([]).unlink()

    def set_limit(self, limit, name="daily_limit"):
        key = f"mail_deliverability.{name}"
        self.env["ir.config_parameter"].set_param(key, str(limit))
        self.env.flush_all()

    def make_mails(self, count, first=0, **values):
        """Make mails; who makes them decides their class, so that it is set after."""
        classes = {name: values.pop(name) for name in CLASS_FIELDS if name in values}
        mails = self.env["mail.mail"]
        for number in range(first, first + count):
            to = f"to{number}@customer.example"
            mails |= self._make_mail("me@acme.example", **{"email_to": to, **values})
        if classes:
            mails.write(classes)
        return mails

    def make_partners(self, count):
        return self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@customer.example"} for n in range(count)]
        )

    def process(self):
        self.env["mail.mail"].process_email_queue()

    def used(self, server_id=0):
        return self.env["mail.send.counter"]._get_used().get(server_id, 0)

    def in_flight(self):
        self.env["mail.send.counter"].invalidate_model()
        counters = self.env["mail.send.counter"].search([("server_id", "=", 0)])
        return sum(counters.mapped("in_flight"))

    def next_day(self, passed=timedelta(hours=23, minutes=59)):
        """Return a context of the next day, by default late, when nothing is kept free.

        :param timedelta passed: since the reset.
        """
        reset = self.env["mail.send.counter"]._get_next_reset()
        return freeze_time(reset + passed, tick=True)

    def recipients(self):
        return sorted(to.split("@")[0] for to in self.sink.recipients())


@tagged("post_install", "-at_install")
class TestMailMail(SmtpCase):
    def test_message_id(self):
        """What is the same is not written again; the message keeps its date."""
        mail = self._make_mail("me@acme.example", email_to="to@customer.example").sudo()
        message, before = mail.mail_message_id, datetime(2020, 1, 1)
        for given, written in ((mail.message_id, False), ("<1@acme.example>", True)):
            self.env.flush_all()
            self.cr.execute("UPDATE mail_message SET write_date = %s", [before])
            self.env.invalidate_all()
            mail.write({"state": "sent", "message_id": given})
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(given):
                self.assertEqual((mail.state, message.message_id), ("sent", given))
                self.assertEqual(message.write_date != before, written)

    def test_message_id_of_a_message_that_the_user_must_not_write(self):
        mail = self._make_mail("me@acme.example", email_to="to@customer.example")
        user = new_test_user(self.env, "somebody", groups="base.group_system")
        mail.mail_message_id.write({"message_type": "user_notification"})
        with self.assertRaises(AccessError):
            mail.with_user(user).write({"message_id": mail.message_id})


@tagged("post_install", "-at_install")
class TestDailyLimit(LimitCase):
    def test_what_does_not_fit_waits(self):
        mails = self.make_mails(7)
        self.process()
        self.assertEqual(self.recipients(), ["to0", "to1", "to2", "to3", "to4"])
        self.assertEqual(self.used(), 5)
        self.assertEqual(self.in_flight(), 0)
        self.assertEqual(mails.mapped("state"), ["sent"] * 5 + ["outgoing"] * 2)
        reset = self.env["mail.send.counter"]._get_next_reset()
        self.assertEqual(set(mails[5:].mapped("scheduled_date")), {reset})
        self.assertIn("5 recipients", mails[5].postponed_reason)
        self.assertIn(format_moment(self.env, reset), mails[5].postponed_reason)
        self.assertFalse(any(mails[:5].mapped("postponed_reason")))

    def test_the_queue_wakes_at_the_reset(self):
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        self.make_mails(9)
        self.process()
        reset = self.env["mail.send.counter"]._get_next_reset()
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", cron.id), ("call_at", "=", reset)]
        )
        self.assertEqual(len(triggers), 1)

    def test_the_rest_goes_after_the_reset(self):
        mails = self.make_mails(12)
        self.process()
        with self.next_day():
            self.process()
            self.assertEqual(len(self.sink.deliveries), 10)
            with self.next_day():
                self.process()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual(self.recipients(), sorted(f"to{n}" for n in range(12)))

    def test_postponed_mails_are_not_sent_twice_or_early(self):
        self.make_mails(7)
        for _run in range(3):
            self.process()
        self.assertEqual(len(self.sink.deliveries), 5)

    def test_a_send_around_ours_that_returns_nothing(self):
        """Another module's, as Odoo's own: the queue goes on, and says who waits."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        mails = self.env.registry["mail.mail"]
        plain = mails.send
        self.set_limit(6)
        self.env["ir.config_parameter"].set_param("mail.mail.queue.batch.size", "4")
        queue = self.make_mails(9)
        self.env["ir.cron.trigger"].search([]).unlink()
        with patch.object(mails, "send", lambda *args, **kw: [plain(*args, **kw)][1:]):
            self.process()
            self.assertTrue(
                self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
            )
            self.process()
        self.assertEqual(queue.mapped("state"), ["sent"] * 6 + ["outgoing"] * 3)
        self.assertTrue(all(queue[6:].mapped("postponed_reason")))

    def test_oldest_first_beyond_one_batch(self):
        self.env["ir.config_parameter"].set_param("mail.mail.queue.batch.size", "3")
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        self.make_mails(4)
        self.process()
        self.assertEqual(self.recipients(), ["to0", "to1", "to2"])
        now = fields.Datetime.now()
        again = [("cron_id", "=", cron.id), ("call_at", "<=", now)]
        self.assertTrue(self.env["ir.cron.trigger"].search_count(again))
        self.process()
        self.assertEqual(self.recipients(), ["to0", "to1", "to2", "to3"])

    def test_a_filter_only_narrows(self):
        """As in Odoo, it comes in the context of whoever runs the queue."""
        mails = self.make_mails(3)
        mails[2].scheduled_date = fields.Datetime.now() + timedelta(days=1)
        queue = self.env["mail.mail"].with_context(
            filters=["|", ("id", "in", mails[1:].ids), ("state", "=", "sent")]
        )
        queue.process_email_queue()
        self.assertEqual(self.recipients(), ["to1"])
        self.process()
        self.assertEqual(self.recipients(), ["to0", "to1"])

    def test_oldest_first_whoever_writes(self):
        for number in range(8):
            author = "b" if number == 1 else "a"
            to = f"to{number}@customer.example"
            self._make_mail(f"{author}@acme.example", email_to=to)
        for limit, server_limit in ((5, 0), (0, 5)):
            self.set_limit(limit)
            self.server.daily_limit = server_limit
            self.process()
            mails = self.env["mail.mail"].search([], order="id")
            with self.subTest(limit=limit, server_limit=server_limit):
                self.assertEqual(self.recipients(), [f"to{n}" for n in range(5)])
                self.assertEqual(mails.mapped("state"), ["sent"] * 5 + ["outgoing"] * 3)
                self.assertTrue(all(mails[5:].mapped("postponed_reason")))

    def test_a_date_that_somebody_gives_to_a_waiting_mail(self):
        self.make_mails(5)
        mail = self.make_mails(1, first=5)
        self.process()
        self.assertTrue(mail.postponed_reason)
        later = fields.Datetime.now() + timedelta(days=7)
        mail.scheduled_date = later
        self.assertFalse(mail.postponed_reason)
        self.set_limit(5, "daily_limit_reset_hour")
        self.set_limit(10)
        self.process()
        self.assertEqual((mail.state, mail.scheduled_date), ("outgoing", later))

    def test_what_is_released_waits_no_more(self):
        mails = self.make_mails(6)
        self.process()
        self.set_limit(10)
        self.assertFalse(any(mails.mapped("postponed_reason")))

    def test_a_batch_is_allowed_once(self):
        """Each commit makes Odoo read the server anew: once a batch is enough."""
        asked = []

        def asks(mails, servers):
            asked.append(len(mails))
            return servers

        self.make_mails(4)
        with patch.object(OdooMail, "_filter_mail_mail_servers", asks):
            self.process()
        self.assertEqual(len(self.sink.deliveries), 4)
        # For each mail where Odoo makes batches, then for all, and for the batch.
        self.assertEqual(asked, [1, 1, 1, 1, 4, 4])

    def test_nothing_but_true_asks_for_a_commit(self):
        """A commit within a test raises."""
        self.make_mails(1).send(auto_commit=[1])
        self.assertEqual(len(self.sink.deliveries), 1)

    def test_no_limit(self):
        self.set_limit(0)
        self.make_mails(7)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 7)
        self.assertEqual(self.used(), 7)
        self.assertEqual(self.in_flight(), 0)

    def test_who_has_sent_how_much(self):
        """Also where nothing is bounded, and where a sent mail is deleted."""
        partner, author = self.make_partners(2)
        tallies = self.env["mail.send.tally"]
        for limit in (0, 100):
            tallies.search([]).sudo().unlink()
            self.set_limit(limit)
            self.make_mails(3, auto_delete=True, author_id=author.id)
            nobody = {"author_id": False}
            self.make_mails(2, model="res.partner", res_id=partner.id, **nobody)
            self.process()
            rows = tallies.search([], order="sent desc")
            with self.subTest(limit=limit):
                self.assertEqual(
                    [(row.model, row.user_id, row.author_id, row.sent) for row in rows],
                    [
                        ("", self.env.uid, author.id, 3),
                        ("res.partner", self.env.uid, 0, 2),
                    ],
                )

    def test_who_has_sent_is_not_noted(self):
        """The mails have left: no error undoes what says so."""
        mails = self.make_mails(2)
        self.env.cr.execute("ALTER TABLE mail_send_tally RENAME TO elsewhere")
        logger = "odoo.addons.mail_deliverability.models.limit.mail_send_tally"
        with mute_logger("odoo.sql_db"), self.assertLogs(logger, "WARNING"):
            mails.send()
        self.assertEqual(mails.mapped("state"), ["sent"] * 2)
        self.assertEqual((self.used(), self.in_flight()), (2, 0))

    def test_default_is_200(self):
        key = "mail_deliverability.daily_limit"
        self.env["ir.config_parameter"].search([("key", "=", key)]).unlink()
        self.assertEqual(self.env["ir.mail_server"]._get_daily_limit(), 200)
        self.set_limit(0)
        self.assertEqual(self.env["ir.mail_server"]._get_daily_limit(), 0)

    def test_raising_the_limit_releases(self):
        mails = self.make_mails(9)
        self.process()
        self.set_limit(7)
        self.assertEqual(len(mails.filtered("scheduled_date")), 2)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 7)
        self.set_limit(0)
        self.process()
        self.assertEqual(self.recipients(), [f"to{n}" for n in range(9)])

    def test_what_is_sent_again_does_not_wait_for_the_reset(self):
        mail = self.make_mails(6)[5]
        self.process()
        for state in ("cancel", "exception"):
            with self.subTest(state=state):
                self.assertTrue(mail.scheduled_date)
                mail.state = state
                self.assertFalse(mail.scheduled_date)
                self.assertFalse(mail.postponed_reason)
                mail.mark_outgoing()
                self.process()
        self.set_limit(6)
        mail.state = "exception"
        mail.action_retry()
        self.process()
        self.assertEqual(mail.state, "sent")

    def test_a_date_that_somebody_chose_stays(self):
        mail = self.make_mails(1, scheduled_date="2099-01-01 10:00:00")
        mail.cancel()
        self.assertTrue(mail.scheduled_date)

    def test_what_waits_moves_with_the_reset_hour(self):
        mails = self.make_mails(7)
        self.process()
        for hour in (7, 19, 0):
            with self.subTest(hour=hour):
                self.set_limit(hour, "daily_limit_reset_hour")
                self.process()
                reset = self.env["mail.send.counter"]._get_next_reset()
                self.assertEqual(set(mails[5:].mapped("scheduled_date")), {reset})
                self.assertIn(format_moment(self.env, reset), mails[5].postponed_reason)
        self.assertEqual(len(self.sink.deliveries), 5)

    def test_reserved_ahead_where_the_limit_is_far(self):
        """Fewer transactions, and nothing is left over in the count."""
        self.set_limit(10000)
        ledger = "odoo.addons.mail_deliverability.models.limit.ledger.Ledger"
        calls = []
        plain = Ledger.reserve

        def reserve(*arguments):
            calls.append(arguments)
            return plain(*arguments)

        self.make_mails(12)
        self.make_mails(2, first=12, send_class="bulk")
        with patch(f"{ledger}.reserve", reserve):
            self.process()
        self.assertEqual(len(self.sink.deliveries), 14)
        # For each class, one look before the connection, and one reservation.
        self.assertEqual(len(calls), 4)
        self.assertEqual((self.used(), self.in_flight()), (14, 0))

    def test_nothing_is_reserved_ahead_on_another_day(self):
        self.set_limit(10000)
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            limits = self.env["ir.mail_server"]._get_send_limits()
            budget = Budget(ledger, limits, spare=20)
            today = budget.reserve(1).day
            budget.settle(1, kept=1)
            with self.next_day():
                self.assertGreater(budget.reserve(1).day, today)
                budget.settle(1, kept=1)
                budget.close()
        self.assertEqual(self.used(), 1)

    def test_lowering_the_limit(self):
        self.make_mails(4)
        self.process()
        self.set_limit(3)
        self.make_mails(1, first=4)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 4)

    def test_absurd_limits_are_refused(self):
        cases = [
            ("daily_limit", "-1"), ("daily_limit", "many"), ("daily_limit", "1e9"),
            ("daily_limit", "99999999999"), ("daily_limit_reserve", "101"),
            ("daily_limit_reserve", "-5"), ("daily_limit_reset_hour", "24"),
            ("daily_limit_reset_hour", "-1"), ("daily_limit_reset_hour", "noon"),
        ]  # fmt: skip
        for name, value in cases:
            with self.subTest(name=name, value=value):
                with self.assertRaisesRegex(UserError, f"mail_deliverability.{name}"):
                    self.set_limit(value, name)
        for value in (-1, 10**9):
            with self.subTest(server_limit=value), self.assertRaises(UserError):
                self.server.daily_limit = value

    def test_whoever_crosses_a_limit_wakes_the_queue_for_the_alarm(self):
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        alarms = [("alarm_subject", "=", "daily_limit:0:80")]
        triggers.unlink()
        self.make_mails(4).send()
        now = fields.Datetime.now()
        due = [("cron_id", "=", cron.id), ("call_at", "<=", now)]
        self.assertTrue(self.env["ir.cron.trigger"].search_count(due))
        self.assertFalse(self.env["mail.activity"].search_count(alarms))
        self.process()
        self.assertTrue(self.env["mail.activity"].search_count(alarms))

    def test_a_queue_that_is_not_woken_undoes_no_mail(self):
        """It has left by then: an error would let it go once more."""
        mails = self.make_mails(4)
        failure = patch.object(
            queue_cron, "get_queue_cron", side_effect=psycopg2.OperationalError("gone")
        )
        with failure, self.assertLogs("odoo.addons.mail_deliverability", "ERROR"):
            mails.send()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual(self.used(), 4)

    def test_an_alarm_that_fails_holds_no_mail_up(self):
        mail = self.make_mails(1)
        for error in (UserError("no"), ValueError("no")):
            counter = type(self.env["mail.send.counter"])
            with (
                self.subTest(error=error),
                patch.object(counter, "_check_alarms", side_effect=error),
                self.assertLogs("odoo.addons.mail_deliverability", "ERROR"),
            ):
                self.process()
        self.assertEqual(mail.state, "sent")

    def _open_alarms(self):
        self.process()
        mine = [("alarm_subject", "=like", "daily_limit:%")]
        found = self.env["mail.activity"].search(mine).mapped("alarm_subject")
        return {subject.removeprefix("daily_limit:") for subject in found}

    def test_alarms_of_a_limit_that_is_gone(self):
        server_id = self.server.id
        self.set_limit(0)
        for away in (
            lambda: self.server.write({"daily_limit": 0}),
            lambda: self.server.write({"active": False}),
            lambda: self.server.unlink(),
        ):
            self.server.write({"daily_limit": 2, "active": True})
            self.make_mails(2)
            self.env["mail.send.counter"].search([]).unlink()
            self.process()
            self.assertEqual(self._open_alarms(), {f"{server_id}:100"})
            self.env["mail.mail"].search([]).unlink()
            away()
            self.assertEqual(self._open_alarms(), set())

    def test_the_alarm_of_no_limit(self):
        alarms = self.env["mail.deliverability.alarm"]
        alarms._raise_alarm("daily_limit:none", lambda env: ("No limit", ""))
        self.set_limit(0)
        self.assertEqual(self._open_alarms(), {"none"})
        self.set_limit(5)
        self.assertEqual(self._open_alarms(), set())

    def test_a_limit_that_is_raised_and_reached_again(self):
        self.make_mails(7)
        self.process()
        self.assertEqual(self._open_alarms(), {"0:100"})
        self.set_limit(6)
        self.process()
        self.assertEqual(self._open_alarms(), {"0:100"})

    def test_the_alarm_names_a_deleted_author(self):
        self.make_mails(4)
        self.process()
        self.env["mail.send.tally"].search([]).sudo().author_id = 2**31 - 1
        self.process()
        alarms = [("alarm_subject", "=", "daily_limit:0:80")]
        note = self.env["mail.activity"].search(alarms, limit=1).note
        self.assertIn("Unknown", note)

    def test_alarms_at_80_and_100_percent(self):
        def alarms():
            self.process()
            domain = [("alarm_subject", "=like", "daily_limit:0:%")]
            return set(self.env["mail.activity"].search(domain).mapped("alarm_subject"))

        self.make_mails(3)
        self.process()
        self.assertEqual(alarms(), set())
        self.make_mails(1)
        self.process()
        self.assertEqual(alarms(), {"daily_limit:0:80"})
        self.make_mails(3)
        self.process()
        self.assertEqual(alarms(), {"daily_limit:0:100"})
        note = (
            self.env["mail.activity"]
            .search([("alarm_subject", "=", "daily_limit:0:100")], limit=1)
            .note
        )
        self.assertIn("2 emails wait.", " ".join(note.striptags().split()))
        with self.next_day():
            self.env["mail.send.counter"]._check_alarms()
            self.assertEqual(alarms(), set())


@tagged("post_install", "-at_install")
class TestSplit(LimitCase):
    def test_partners_are_split(self):
        partners = self.make_partners(8)
        mail = self._make_mail(
            "me@acme.example", email_to=False, recipient_ids=partners.ids
        )
        self.process()
        self.assertEqual(self.recipients(), ["p0", "p1", "p2", "p3", "p4"])
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.recipient_ids, partners[5:])
        with self.next_day():
            self.process()
        self.assertEqual(mail.state, "sent")
        self.assertEqual(self.recipients(), [f"p{n}" for n in range(8)])

    def test_a_message_is_never_split(self):
        self.make_mails(3)
        partners = self.make_partners(2)
        mail = self._make_mail(
            "me@acme.example",
            email_to="a@customer.example, b@customer.example",
            email_cc="c@customer.example",
            recipient_ids=partners.ids,
        )
        self.process()
        self.assertEqual(self.recipients(), ["p0", "p1", "to0", "to1", "to2"])
        self.assertFalse(mail.recipient_ids)
        with self.next_day():
            self.process()
        self.assertEqual(self.recipients()[:3], ["a", "b", "c"])
        self.assertEqual(self._last().rcpt_tos[2], "c@customer.example")
        self.assertEqual(len(self.sink.recipients()), 8)

    def test_notifications_follow_their_half(self):
        partners = self.make_partners(7)
        record = self.env["res.partner"].create({"name": "Thread"})
        message = record.message_post(
            body="Hello", partner_ids=partners.ids, message_type="comment",
            email_from="me@acme.example",
        )  # fmt: skip
        self.env.flush_all()
        sent = message.notification_ids.filtered(
            lambda one: one.notification_status == "sent"
        )
        waiting = message.notification_ids - sent
        self.assertEqual((len(sent), len(waiting)), (5, 2))
        self.assertEqual(set(waiting.mapped("notification_status")), {"ready"})
        self.assertTrue(waiting.mail_mail_id.postponed_reason)
        with self.next_day():
            self.process()
        self.assertEqual(
            set(message.notification_ids.mapped("notification_status")), {"sent"}
        )
        self.assertEqual(self.recipients(), [f"p{n}" for n in range(7)])

    def test_auto_delete_keeps_what_another_half_needs(self):
        partners = self.make_partners(8)
        mail = self._make_mail(
            "me@acme.example", email_to=False, recipient_ids=partners.ids,
            auto_delete=True,
        )  # fmt: skip
        message = mail.mail_message_id
        self.process()
        self.assertTrue(mail.exists())
        self.assertTrue(message.exists())
        with self.next_day():
            self.process()
        self.assertEqual(self.recipients(), [f"p{n}" for n in range(8)])
        self.assertFalse(mail.exists())
        self.assertFalse(message.exists())

    def test_more_recipients_than_the_limit_in_one_message(self):
        many = ", ".join(f"x{n}@customer.example" for n in range(6))
        mail = self._make_mail("me@acme.example", email_to=many)
        self.process()
        self.assertEqual(mail.state, "exception")
        self.assertIn("6 recipients", mail.failure_reason)
        self.assertFalse(self.sink.deliveries)
        self.assertEqual(self.used(), 0)

    def test_the_rest_goes_where_one_message_is_too_big(self):
        many = ", ".join(f"x{n}@customer.example" for n in range(6))
        partner = self.make_partners(1)
        mail = self._make_mail(
            "me@acme.example", email_to=many, recipient_ids=partner.ids
        )
        message = mail.mail_message_id
        self.process()
        self.assertEqual(self.recipients(), ["p0"])
        halves = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(set(halves.mapped("state")), {"sent", "exception"})

    def test_headers_and_options_are_the_same_in_both_halves(self):
        partners = self.make_partners(7)
        self._make_mail(
            "me@acme.example", email_to=False, recipient_ids=partners.ids,
            headers="{'X-Test': 'yes'}", reply_to="reply@acme.example",
        )  # fmt: skip
        self.process()
        with self.next_day():
            self.process()
        self.assertEqual(len(self.sink.deliveries), 7)
        seen = {
            (d.message["X-Test"], d.message["Reply-To"], d.message["Message-Id"])
            for d in self.sink.deliveries
        }
        self.assertEqual(len(seen), 1)


@tagged("post_install", "-at_install")
class TestSomebodyWaits(LimitCase):
    def setUp(self):
        super().setUp()
        self.make_mails(5)
        self.process()

    def test_raise_exception(self):
        mail = self.make_mails(1, first=9)
        with self.assertRaisesRegex(DailyLimitError, "Daily limit") as caught:
            mail.send(raise_exception=True)
        self.assertIsInstance(caught.exception, MailDeliveryException)
        self.assertIsInstance(caught.exception, UserError)
        # The caller undoes what it has done, or tries again.
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(len(self.sink.deliveries), 5)

    def test_what_the_reason_says(self):
        self.set_limit(7)
        cases = [
            (3, "Recipients: 3; left of the daily limit until .*: 2 "),
            (7, "Recipients: 7; left of the daily limit until .*: 2 "),
            (8, "8 recipients, more than the 7 that can be reached on one day"),
        ]
        for count, reason in cases:
            message = self.env["ir.mail_server"]._build_email__(
                "me@acme.example", [f"d{n}@x.example" for n in range(count)], "S", "B"
            )
            partners = self.make_partners(count).ids
            mail = self._make_mail("a@b.c", email_to=False, recipient_ids=partners)
            with self.subTest(count=count):
                with self.assertRaisesRegex(DailyLimitError, reason):
                    self.env["ir.mail_server"].send_email(message)
                with self.assertRaisesRegex(DailyLimitError, reason):
                    mail.send(raise_exception=True)

    def test_all_or_nothing(self):
        self.set_limit(6)
        partners = self.make_partners(2)
        mail = self._make_mail(
            "me@acme.example", email_to=False, recipient_ids=partners.ids
        )
        with self.assertRaises(DailyLimitError):
            mail.send(raise_exception=True)
        self.assertEqual((len(self.sink.deliveries), self.used()), (5, 5))

    def test_without_raise_exception_it_waits(self):
        mail = self.make_mails(1, first=9)
        mail.send()
        self.assertEqual(mail.state, "outgoing")
        self.assertTrue(mail.postponed_reason)

    def test_send_email(self):
        message = self.env["ir.mail_server"]._build_email__(
            "me@acme.example", ["direct@customer.example"], "Subject", "Body"
        )
        with self.assertRaisesRegex(DailyLimitError, "Daily limit"):
            self.env["ir.mail_server"].send_email(message)
        self.set_limit(6)
        self.env["ir.mail_server"].send_email(message)
        self.assertEqual(self._last().rcpt_tos, ("direct@customer.example",))
        self.assertEqual((self.used(), self.in_flight()), (6, 0))

    def test_the_web_client_shows_the_text(self):
        self.assertEqual(
            DailyLimitError.context["exception_class"], "odoo.exceptions.UserError"
        )


@tagged("post_install", "-at_install")
class TestServerLimit(LimitCase):
    def test_server_limit(self):
        self.server.daily_limit = 2
        other = self._make_server("globex.example", smtp_user="other")
        mails = self.make_mails(3)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 2)
        self.assertIn("Relay", mails[2].postponed_reason)
        self.assertEqual(self.server.sent_today, 2)
        with patch.object(type(other), "_smtp_login__", lambda *_: None):
            self._make_mail("me@globex.example")
            self.process()
        self.assertEqual((len(self.sink.deliveries), other.sent_today), (3, 1))
        self.server.daily_limit = 0
        self.process()
        self.assertEqual(len(self.sink.deliveries), 4)

    def test_same_host_and_login_share_one_count(self):
        twin = self._make_server("globex.example", smtp_host=self.server.smtp_host)
        self.server.daily_limit = 2
        self.make_mails(1)
        for number in range(3):
            self._make_mail("me@globex.example", email_to=f"g{number}@x.example")
        self.process()
        self.assertEqual(len(self.sink.deliveries), 2)
        self.assertEqual((self.server.sent_today, twin.sent_today), (2, 2))

    def test_a_server_in_use_holds_the_count(self):
        """Not an older one that is archived; and the history has the other's name."""
        twin = self._make_server("acme.example", name="Twin", sequence=99)
        for archived, active in ((self.server, twin), (twin, self.server)):
            with self.subTest(active=active.name):
                active.active = True
                archived.active = False
                self.env.cr.postcommit.run()
                self.make_mails(1)
                self.process()
                self.env.invalidate_all()
                rows = self.env["mail.send.counter"].search([("server_id", "!=", 0)])
                self.assertEqual(rows.mapped("server_id"), active.ids)
                self.assertEqual(rows.mapped("server_name"), [active.name])
                servers = self.server | twin
                self.assertEqual(servers.mapped("sent_today"), [rows.sent] * 2)
        self.assertEqual(rows.sent, 2)

    def test_the_count_survives_its_server(self):
        twin = self._make_server("globex.example")
        self.make_mails(2)
        self.process()
        self.env.cr.postcommit.clear()
        self.server.unlink()
        self.env.cr.postcommit.run()
        twin.invalidate_recordset()
        self.assertEqual(twin.sent_today, 2)

    def test_an_account_keeps_its_count(self):
        """Whichever of its servers is edited."""
        hosts = {"a": "a.invalid", "b": "b.invalid", "c": "c.invalid"}
        cases = [
            # hosts, the first one's new host, counts of the servers afterwards
            ("a", "b", [4]),
            ("aa", "b", [0, 4]),
            ("ab", "b", [9, 9]),
            ("aab", "b", [5, 4, 5]),
            ("aa", "a", [4, 4]),
            ("ba", "c", [4, 5]),
        ]
        for before, after, counts in cases:
            with self.subTest(before=before, after=after):
                servers = self.env["ir.mail_server"].concat(
                    *(self._make_server(smtp_host=hosts[host]) for host in before)
                )
                self.book(servers[0], 4)
                if before[-1] != before[0]:
                    self.book(servers[-1], 5)
                self.env.cr.postcommit.clear()
                servers[0].smtp_host = hosts[after]
                self.env.cr.postcommit.run()
                servers.invalidate_recordset()
                self.assertEqual(servers.mapped("sent_today"), counts)
                servers.unlink()

    def test_what_is_in_flight_is_handed_over(self):
        twin = self._make_server("globex.example", smtp_host=self.server.smtp_host)
        self.book(self.server, 4)
        self.book(twin, 3)
        self.env["mail.send.counter"]._hand_over({self.server.id: twin.id})
        self.env.cr.postcommit.run()
        counters = self.env["mail.send.counter"].search([("server_id", "!=", 0)])
        self.assertEqual(
            [(one.server_id, one.sent, one.in_flight) for one in counters],
            [(twin.id, 7, 7)],
        )

    def book(self, server, count):
        limit = Limit(server.id, server.name, 0, 0)
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            ledger.reserve(fields.Datetime.now(), count, (limit,))

    def test_server_of_odoo_conf(self):
        self.server.active = False
        self._configure()
        self.make_mails(6)
        self.process()
        self.assertEqual((len(self.sink.deliveries), self.used()), (5, 5))


@tagged("post_install", "-at_install")
class TestMassMailing(LimitCase):
    def setUp(self):
        super().setUp()
        self.set_limit(10)
        self.set_limit(20, "daily_limit_reserve")

    def test_a_part_is_left_free(self):
        bulk = self.make_mails(9, send_class="bulk")
        with self.next_day():
            self.process()
            self.assertEqual(len(self.sink.deliveries), 8)
            self.assertIn("mass mailings", bulk[8].postponed_reason)
            self.make_mails(3, first=20)
            self.process()
        self.assertEqual(self.recipients()[-2:], ["to6", "to7"])
        self.assertEqual(len(self.sink.deliveries), 10)

    @mute_logger(MAIL_LOGGER)
    def test_who_waits_for_one_is_told_of_the_pace(self):
        mails = self.make_mails(5, send_class="bulk")
        mails[:4].send()  # at noon, all that the pace lets go
        with self.assertRaisesRegex(DailyLimitError, "spread over.* 1:45\\sPM UTC"):
            mails[4].send(raise_exception=True)

    def test_mass_mailings_do_not_hold_others_up(self):
        self.make_mails(12, send_class="bulk")
        self.make_mails(1, first=20)
        with self.next_day():
            self.process()
        self.assertEqual(len(self.sink.deliveries), 8)
        self.assertIn("to20", self.recipients())


@tagged("post_install", "-at_install")
class TestOutcomes(LimitCase):
    """A failure before the server took the message gives its room back."""

    def setUp(self):
        super().setUp()
        self.mail = self.make_mails(1)

    def tearDown(self):
        self.sink.refused_senders.clear()
        self.sink.refused_recipients.clear()
        self.sink.data_reply = ""
        self.sink.hang = 0
        self.sink.close_after_data = False
        super().tearDown()

    @mute_logger(MAIL_LOGGER)
    def test_sender_refused(self):
        self.sink.refused_senders.add(self.domain.bounce_email)
        self.process()
        self.assertEqual(self.mail.state, "exception")
        self.assertEqual((self.used(), self.in_flight()), (0, 0))

    @mute_logger(MAIL_LOGGER)
    def test_message_refused(self):
        self.sink.data_reply = "554 5.7.1 no"
        self.process()
        self.assertEqual((self.used(), self.in_flight()), (0, 0))

    def test_part_of_the_recipients_refused(self):
        self.sink.refused_recipients.add("b@customer.example")
        self.mail.email_to = "a@customer.example, b@customer.example"
        self.process()
        self.assertEqual(self.sink.recipients(), ["a@customer.example"])
        self.assertEqual((self.used(), self.in_flight()), (1, 0))

    @mute_logger(MAIL_LOGGER)
    def test_nobody_listens(self):
        self.server.smtp_port = 1
        self.process()
        self.assertEqual((self.used(), self.in_flight()), (0, 0))

    @mute_logger(MAIL_LOGGER)
    def test_closed_after_data(self):
        """The server may have taken it: it counts, and is shown as unconfirmed."""
        self.sink.close_after_data = True
        self.process()
        self.assertEqual((self.used(), self.in_flight()), (1, 1))

    @mute_logger(MAIL_LOGGER)
    def test_hanging_after_data(self):
        self.sink.hang = 3
        with patch("odoo.addons.base.models.ir_mail_server.SMTP_TIMEOUT", 0.5):
            self.process()
        self.assertEqual((self.used(), self.in_flight()), (1, 1))

    def test_no_valid_recipient(self):
        self.mail.email_to = "nobody"
        with mute_logger(MAIL_LOGGER):
            self.process()
        self.assertEqual(self.mail.state, "exception")
        self.assertEqual((self.used(), self.in_flight()), (0, 0))


class ForeignSession:
    """Another addon's session in place of ``smtplib.SMTP``, as an API's client.

    :param answer: what its ``send_message`` returns.
    """

    from_filter = "acme.example"
    smtp_from = "me@acme.example"

    def __init__(self, answer):
        self.answer = answer

    def send_message(self, *_arguments):
        return self.answer


class WrappingSmtp(smtplib.SMTP):
    """A session whose errors another addon makes its own of."""

    from_filter = "acme.example"
    smtp_from = "me@acme.example"

    def send_message(self, *arguments):
        try:
            return super().send_message(*arguments)
        except smtplib.SMTPException as error:
            raise ValueError("it has failed") from error


@tagged("post_install", "-at_install")
class TestForeignSessions(LimitCase):
    """What other addons do to a session, as they may: what has left counts."""

    def tearDown(self):
        self.sink.data_reply = ""
        self.sink.close_after_data = False
        super().tearDown()

    def send(self, session):
        servers = self.env["ir.mail_server"]
        message = servers._build_email__(
            "me@acme.example", ["to@customer.example"], "Subject", "Body"
        )
        return servers.send_email(message, smtp_session=session)

    def assert_failing(self, session):
        """Send, and see it fail; assertRaises would undo what is counted."""
        with suppress(MailDeliveryException):
            self.send(session)
            self.fail("it was sent")

    def test_answers(self):
        """Only a dict can be smtplib's; nothing is raised for a message that left."""
        self.set_limit(1000)
        for answer in (None, {}, True, 250, "250 OK", ["x"], object()):
            before = self.used()
            with self.subTest(answer=answer):
                self.assertTrue(self.send(ForeignSession(answer)))
                self.assertEqual((self.used() - before, self.in_flight()), (1, 0))

    @mute_logger("odoo.addons.base.models.ir_mail_server")
    def test_errors(self):
        for options, expected in (
            ({"close_after_data": True}, (1, 1)),
            ({"data_reply": "554 5.7.1 no"}, (0, 0)),
        ):
            self.env["mail.send.counter"].search([]).unlink()
            with self.subTest(options), patch.multiple(self.sink, **options):
                session = WrappingSmtp(self.sink.host, self.sink.port)
                self.addCleanup(session.close)
                self.assert_failing(session)
                self.assertEqual((self.used(), self.in_flight()), expected)

    def test_an_error_of_something_earlier(self):
        """A message that failed early gives its room back, whatever went before."""
        session = WrappingSmtp(self.sink.host, self.sink.port)
        self.addCleanup(session.close)
        self.sink.close_after_data = True
        try:
            self.send(session)
        except MailDeliveryException:
            self.assert_failing(session)  # it is closed
        self.assertEqual((self.used(), self.in_flight()), (1, 1))


@tagged("post_install", "-at_install")
class TestAccess(LimitCase):
    def test_only_administrators(self):
        for group in ("base.group_user", "base.group_portal", "base.group_public"):
            user = new_test_user(self.env, group, groups=group)
            for model in ("mail.send.counter", "mail.send.tally"):
                with self.subTest(model=model, group=group):
                    records = self.env[model].with_user(user)
                    self.assertFalse(records.has_access("read"))

    def test_nobody_edits_the_history(self):
        admin = self.env.ref("base.user_admin")
        for model in ("mail.send.counter", "mail.send.tally"):
            records = self.env[model].with_user(admin)
            self.assertTrue(records.has_access("read"))
            for operation in ("write", "create", "unlink"):
                self.assertFalse(records.has_access(operation))

    def test_day(self):
        self.assertEqual(
            self.env["mail.send.counter"]._get_day(datetime(2026, 1, 1, 1)),
            fields.Date.to_date("2026-01-01"),
        )


@tagged("-standard", "with_mass_mailing")
class TestMailing(LimitCase):
    """With mass_mailing installed: run beside Odoo's own suites, see dev/suites."""

    def setUp(self):
        super().setUp()
        self.partners = self.make_partners(7)
        self.mailing = self.env["mailing.mailing"].create(
            {
                "name": "News",
                "subject": "News",
                "body_html": "<p>News</p>",
                "email_from": "me@acme.example",
                "reply_to": "me@acme.example",
                "keep_archives": True,
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", self.partners.ids)]),
            }
        )

    def trace_states(self):
        traces = self.mailing.mailing_trace_ids
        return sorted(traces.mapped("trace_status"))

    def test_a_newsletter_leaves_a_part_free(self):
        self.set_limit(40, "daily_limit_reserve")
        with self.next_day():
            self.mailing.action_send_mail()
            mails = self.env["mail.mail"].search([("mailing_id", "=", self.mailing.id)])
            self.assertEqual(set(mails.mapped("send_class")), {"bulk"})
            self.process()
            self.assertEqual(len(self.sink.deliveries), 3)
            self.assertEqual(self.trace_states().count("sent"), 3)
            self.make_mails(2)
            self.process()
            self.assertEqual(len(self.sink.deliveries), 5)
            with self.next_day():
                self.process()
                with self.next_day():
                    self.process()
        self.assertEqual(self.trace_states(), ["sent"] * 7)
        self.assertEqual(len(set(self.sink.recipients())), 9)

    def test_traces_tell_how_much_was_sent(self):
        mail = self.make_mails(1, mailing_id=self.mailing.id)
        yesterday = fields.Datetime.now() - timedelta(days=1)
        common = {"model": "res.partner", "res_id": self.partners[0].id}
        traces = [
            {**common, "mass_mailing_id": self.mailing.id, "sent_datetime": yesterday}
            for _number in range(300)
        ]
        traces[0]["mail_mail_id"] = mail.id  # not deleted: it counts as a mail
        self.env["mailing.trace"].create(traces)
        self.env.flush_all()
        self.assertEqual(self.env["mail.send.counter"]._get_busiest_day(), 299)

    def test_mails_from_before_the_installation(self):
        before = self._make_mail("me@acme.example", mailing_id=self.mailing.id)
        other = self.make_mails(1)
        (before | other).send_class = False
        self.env["mail.mail"]._mark_bulk()
        self.assertEqual((before.send_class, other.send_class), ("bulk", False))

    def test_traces_follow_their_half(self):
        mail = self._make_mail(
            "me@acme.example",
            email_to=False,
            recipient_ids=self.partners.ids,
            mailing_id=self.mailing.id,
        )
        self.env["mailing.trace"].create(
            [
                {
                    "email": partner.email,
                    "mail_mail_id": mail.id,
                    "mass_mailing_id": self.mailing.id,
                    "model": "res.partner",
                    "res_id": partner.id,
                    "trace_status": "outgoing",
                }
                for partner in self.partners
            ]
        )
        self.process()
        self.assertEqual(self.trace_states(), ["outgoing"] * 2 + ["sent"] * 5)
        self.assertEqual(
            set(mail.mailing_trace_ids.mapped("res_id")), set(self.partners[5:].ids)
        )
        with self.next_day():
            self.process()
        self.assertEqual(self.trace_states(), ["sent"] * 7)

    def test_a_newsletter_of_another_company(self):
        """The job runs in company 1, by one server; SPF has to count for From."""
        user = new_test_user(
            self.env, "news", company_id=self.company_2.id, email="u@globex.example"
        )
        self.server.from_filter = "acme.example, globex.example"
        values = {"user_id": user.id, "email_from": "News <news@globex.example>"}
        self.mailing.write(values)
        self.set_limit(100)
        self.mailing.action_send_mail()
        self.process()
        found = [
            (one.message["From"], one.mail_from)
            for one in self.sink.deliveries
            if one.message["Subject"] == "News"
        ]
        expected = (values["email_from"], "bounce@globex.example")
        self.assertEqual(found, [expected] * 7)

    def test_somebody_waits_for_a_test(self):
        self.make_mails(5)
        self.process()
        wizard = self.env["mailing.mailing.test"].create(
            {"email_to": "me@customer.example", "mass_mailing_id": self.mailing.id}
        )
        wizard.send_mail_test()
        self.assertFalse(self.sink.deliveries[5:])
        self.assertIn("aily limit", str(self.mailing.message_ids[:1].body))
