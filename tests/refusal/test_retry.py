# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a server refuses for now, and what it refuses for all."""

import base64
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server as OdooServer

from ...models.refusal.mail_server_pause import CONF_SERVER
from ...models.refusal.smtp_trouble import read_connection_error
from ...models.sender.batch import Batch
from ...models.tools.carrier import carry
from ...models.tools.moments import format_moment
from ..limit.test_mail_mail import MAIL_LOGGER, LimitCase
from ..scripted_sink import CONNECT, CUT, END, MAIL, RCPT, ScriptedSink

LATER = "450 4.2.1 The user you are trying to contact is receiving mail too quickly"
UNKNOWN = "550 5.1.1 No such user here"
THROTTLED = "421 4.7.0 Too many messages, try again later"


class RetryCase(LimitCase):
    """An outgoing server that refuses as it is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sink = cls.enterClassContext(ScriptedSink())

    def setUp(self):
        super().setUp()
        self.sink.forget()
        self.set_limit(200)
        self.env["mail.server.pause"].search([]).unlink()

    def after(self, **time):
        """Return a context in which so much more time has passed."""
        now = fields.Datetime.now() + timedelta(**time)
        return freeze_time(now, tick=True)

    def make_note(self, partners, **values):
        """Make a mail of the chatter, with notifications as Odoo makes them."""
        author = self.env["res.partner"].create(
            {"name": "A", "email": "a@acme.example"}
        )
        record = self.env["res.partner"].create({"name": "Document"})
        message = record.message_post(
            body="Note",
            author_id=author.id,
            email_from="a@acme.example",
            partner_ids=partners.ids,
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            mail_auto_delete=values.pop("auto_delete", True),
            force_send=False,
        )
        return (
            message.mail_ids
            if "mail_ids" in message
            else self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        )

    def statuses(self, message):
        rows = self.env["mail.notification"].search(
            [("mail_message_id", "=", message.id)]
        )
        return {
            one.res_partner_id.email.split("@")[0]: one.notification_status
            for one in rows
        }


@tagged("post_install", "-at_install")
class TestRetry(RetryCase):
    def test_once_more_and_once(self):
        mail = self.make_mails(1)
        self.sink.script[RCPT, "to0@customer.example"] = LATER
        self.process()
        self.assertEqual((mail.state, mail.waiting_kind), ("outgoing", "retry"))
        self.assertIn("receiving mail too quickly", mail.postponed_reason)
        self.assertEqual((self.used(), self.in_flight()), (0, 0))
        wait = mail.scheduled_date - fields.Datetime.now()
        self.assertTrue(timedelta(minutes=4) < wait < timedelta(minutes=8), wait)
        self.sink.script.clear()
        self.process()
        self.assertEqual(mail.state, "outgoing")  # it is not due yet
        with self.after(minutes=8):
            self.process()
        self.assertEqual(mail.state, "sent")
        self.assertEqual(self.recipients(), ["to0"])

    def test_others_go_on(self):
        mails = self.make_mails(3)
        self.sink.script[RCPT, "to1@customer.example"] = LATER
        self.process()
        self.assertEqual(mails.mapped("state"), ["sent", "outgoing", "sent"])
        self.assertFalse(self.server.paused_until)

    def test_an_address_that_gets_too_many(self):
        mails = self.make_mails(3, email_to="to@customer.example")
        other = self.make_mails(1)
        self.sink.script[RCPT, "to@customer.example"] = LATER
        self.process()
        self.assertEqual(mails.mapped("waiting_kind"), ["retry"] * 3)
        self.assertEqual(other.state, "sent")
        self.assertEqual(self.sink.count()[RCPT, "to@customer.example"], 1)

    def test_it_is_given_up(self):
        mail = self.make_mails(1)
        self.sink.script[RCPT, "to0@customer.example"] = LATER
        self.process()
        hours = 0
        while mail.state == "outgoing" and hours < 200:
            hours += 6.7
            with self.after(hours=hours), mute_logger(MAIL_LOGGER):
                self.process()
        self.assertEqual(mail.state, "exception")
        self.assertIn("too quickly", mail.failure_reason)
        self.assertTrue(96 <= hours <= 108, hours)

    def test_never(self):
        self.set_limit(0, "retry_hours")
        mail = self.make_mails(1)
        self.sink.script[RCPT, "to0@customer.example"] = LATER
        self.process()
        self.assertEqual((mail.state, mail.waiting_kind), ("exception", False))

    def test_never_and_each_is_tried(self):
        self.set_limit(0, "retry_hours")
        self.make_mails(2, email_to="to@customer.example")
        self.sink.script[RCPT, "to@customer.example"] = LATER
        self.process()
        self.assertEqual(self.sink.count()[RCPT, "to@customer.example"], 2)

    def test_who_has_it_is_split_off(self):
        partners = self.make_partners(3)
        mail = self.make_note(partners)
        message = mail.mail_message_id
        self.sink.script[RCPT, "p1@customer.example"] = LATER
        self.process()
        self.assertEqual(self.recipients(), ["p0", "p2"])
        self.assertEqual(mail.recipient_ids, partners[1])
        self.assertEqual(mail.waiting_kind, "retry")
        expected = {"p0": "sent", "p1": "ready", "p2": "sent"}
        self.assertEqual(self.statuses(message), expected)
        self.sink.script.clear()
        with self.after(minutes=8):
            self.process()
        self.assertEqual(self.recipients(), ["p0", "p1", "p2"])
        self.assertEqual(set(self.statuses(message).values()), {"sent"})
        self.assertFalse(mail.exists())  # auto_delete, as Odoo does

    def test_one_of_them_is_refused_for_good(self):
        partners = self.make_partners(3)
        mail = self.make_note(partners)
        message = mail.mail_message_id
        self.sink.script[RCPT, "p0@customer.example"] = UNKNOWN
        self.process()
        self.assertEqual(self.recipients(), ["p1", "p2"])
        self.assertEqual((mail.state, mail.recipient_ids), ("exception", partners[0]))
        expected = {"p0": "exception", "p1": "sent", "p2": "sent"}
        self.assertEqual(self.statuses(message), expected)
        refusal = self.env["mail.refusal"].search([("mail_mail_id", "=", mail.id)])
        self.assertEqual(refusal.mapped("category"), ["mailbox_unknown"])
        failed = message.notification_ids.filtered("refusal_category")
        self.assertEqual(failed.res_partner_id, partners[0])
        self.assertIn("no such address", failed.format_failure_reason())

    def test_what_was_refused_cannot_be_noted(self):
        partners = self.make_partners(2)
        mail = self.make_note(partners)
        self.sink.script[RCPT, "p1@customer.example"] = LATER
        refusals = type(self.env["mail.refusal"])
        with (
            patch.object(refusals, "_note", side_effect=KeyError("text")),
            self.assertLogs("odoo.addons.mail_deliverability", "ERROR"),
        ):
            self.process()
        self.assertEqual(self.recipients(), ["p0"])
        self.assertEqual(
            (mail.waiting_kind, mail.recipient_ids), ("retry", partners[1])
        )

    def test_another_message_fails_in_odoo(self):
        """Who was refused before is not taken for served."""
        partners = self.make_partners(3)
        message = self.make_note(partners).mail_message_id
        self.sink.script[RCPT, "p0@customer.example"] = LATER
        servers = type(self.env["ir.mail_server"])
        prepare = servers._prepare_email_message__

        def fail(self, message, session):
            if "p1@" in message["To"]:
                raise UserError("no")
            return prepare(self, message, session)

        with patch.object(servers, "_prepare_email_message__", fail):
            self.process()
        expected = {"p0": "ready", "p1": "exception", "p2": "sent"}
        self.assertEqual(self.statuses(message), expected)
        self.assertEqual(self.recipients(), ["p2"])

    def test_another_message_can_not_be_built(self):
        build = OdooServer._build_email__
        for error in (ValueError("no"), UserError("no"), AssertionError("no")):

            def fail(self, email_from, email_to, *args, error=error, **kwargs):
                if "p1@" in email_to[0]:
                    raise error
                return build(self, email_from, email_to, *args, **kwargs)

            self.sink.deliveries.clear()
            message = self.make_note(self.make_partners(3)).mail_message_id
            self.sink.script[RCPT, "p0@customer.example"] = LATER
            with patch.object(OdooServer, "_build_email__", fail):
                self.process()
            expected = {"p0": "ready", "p1": "exception", "p2": "sent"}
            with self.subTest(type(error).__name__):
                self.assertEqual(self.statuses(message), expected)
                self.assertEqual(self.recipients(), ["p2"])
                failed = message.notification_ids.filtered("failure_reason")
                self.assertEqual(failed.failure_reason, "no")

    def test_nobody_to_send_one_message_to(self):
        """As in Odoo: the mail is sent, and says nothing of a failure."""
        partner = self.env["res.partner"].create(
            {"name": "There", "email": "there@customer.example"}
        )
        for email_to in (" ", "buggy", "raoul@example¢¡.com"):
            with self.subTest(email_to), mute_logger(MAIL_LOGGER):
                mail = self._make_mail(
                    "a@acme.example", email_to=email_to, recipient_ids=partner.ids
                )
                mail.send()
                self.assertEqual(mail.state, "sent")
                self.assertFalse(mail.failure_reason)
                self.assertFalse(mail.failure_type)

    def test_one_address_of_a_message(self):
        to = "A <a@customer.example>, b@customer.example"
        mail = self.make_mails(1, email_to=to, email_cc="c@customer.example")
        self.sink.script[RCPT, "b@customer.example"] = LATER
        self.process()
        self.assertEqual(mail.state, "sent")
        self.assertEqual(self.recipients(), ["a", "c"])
        other = self.env["mail.mail"].search([("waiting_kind", "=", "retry")])
        self.assertEqual(
            (other.email_to, other.email_cc), ("b@customer.example", False)
        )
        self.sink.script.clear()
        with self.after(minutes=8):
            self.process()
        self.assertEqual(self.recipients(), ["a", "b", "c"])

    def test_author_is_told_after_hours(self):
        mail = self.make_note(self.make_partners(1))
        message = mail.mail_message_id
        self.sink.script[RCPT, "p0@customer.example"] = LATER
        self.process()
        for hours, status in ((1, "ready"), (5, "exception")):
            with self.after(hours=hours):
                self.process()
            self.assertEqual(self.statuses(message), {"p0": status})
            self.assertEqual(mail.state, "outgoing")
        notification = message.notification_ids
        self.assertIn("Not delivered yet", notification.failure_reason)
        # Who reads that must not send it again.
        told = notification._tell_refusal(self.env.user)
        self.assertIn("too many emails in a short time", told["sentence"])
        self.assertFalse(told["act"])
        self.sink.script.clear()
        with self.after(hours=12):
            self.process()
        self.assertEqual(self.statuses(message), {"p0": "sent"})

    def test_author_is_told_after_four_hours(self):
        mail = self.make_note(self.make_partners(1))
        message, begin = mail.mail_message_id, fields.Datetime.now()
        self.sink.script[RCPT, "p0@customer.example"] = LATER
        self.process()
        passed = timedelta()
        while self.statuses(message) == {"p0": "ready"} and passed < timedelta(hours=9):
            passed = mail.scheduled_date - begin + timedelta(seconds=30)
            with freeze_time(begin + passed, tick=True):
                self.process()
        self.assertTrue(timedelta(hours=4) <= passed < timedelta(hours=4.2), passed)
        with self.after(hours=8):
            self.process()
        self.assertEqual(self.statuses(message), {"p0": "exception"})

    def test_ignored(self):
        """Nobody wants it any more: it is not tried again."""
        mail = self.make_note(self.make_partners(2))
        message = mail.mail_message_id
        for number in range(2):
            self.sink.script[RCPT, f"p{number}@customer.example"] = LATER
        for hours in (0, 5):
            with self.after(hours=hours):
                self.process()
        self.assertEqual(set(self.statuses(message).values()), {"exception"})
        message.notification_ids.author_id = self.env.user.partner_id
        self.env.flush_all()
        self.env["res.partner"].notify_cancel_by_type("email")
        self.assertEqual(set(self.statuses(message).values()), {"canceled"})
        self.assertEqual((mail.state, mail.waiting_kind), ("cancel", False))
        self.sink.script.clear()
        with self.after(hours=50):
            self.process()
        self.assertEqual(self.recipients(), [])

    def test_many_are_ignored(self):
        """No question for each of their mails."""
        mails = self.make_mails(60)
        notifications = self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": mail.mail_message_id.id,
                    "mail_mail_id": mail.id,
                    "mail_email_address": mail.email_to,
                    "notification_type": "email",
                    "notification_status": "exception",
                }
                for mail in mails
            ]
        )
        mails.state = "exception"
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        notifications.notification_status = "canceled"
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 30)

    def test_one_of_them_is_ignored(self):
        partners = self.make_partners(3)
        mail = self.make_note(partners)
        message = mail.mail_message_id
        for partner in partners[:2]:
            self.sink.script[RCPT, partner.email] = LATER
        self.process()
        mine = message.notification_ids.filtered(
            lambda one: one.res_partner_id == partners[0]
        )
        mine.notification_status = "canceled"
        self.assertEqual((mail.state, mail.recipient_ids), ("outgoing", partners[1]))
        self.sink.script.clear()
        with self.after(hours=50):
            self.process()
        self.assertEqual(self.recipients(), ["p1", "p2"])
        expected = {"p0": "canceled", "p1": "sent", "p2": "sent"}
        self.assertEqual(self.statuses(message), expected)

    def test_an_address_is_ignored(self):
        to = "A <a@customer.example>, b@customer.example"
        mail = self.make_mails(1, email_to=to)
        self.sink.script[RCPT, "a@customer.example"] = LATER
        self.sink.script[RCPT, "b@customer.example"] = LATER
        self.process()
        notifications = self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": mail.mail_message_id.id,
                    "mail_mail_id": mail.id,
                    "mail_email_address": f"{name}@customer.example",
                    "notification_type": "email",
                }
                for name in ("a", "b")
            ]
        )
        notifications[0].notification_status = "canceled"
        self.assertEqual(
            (mail.state, mail.email_to), ("outgoing", "b@customer.example")
        )
        notifications[1].notification_status = "canceled"
        self.assertEqual(mail.state, "cancel")

    def test_it_is_canceled_and_sent_after_all(self):
        mail = self.make_note(self.make_partners(1), auto_delete=False)
        message = mail.mail_message_id
        self.sink.script[RCPT, "p0@customer.example"] = LATER
        self.process()
        mail.cancel()
        self.assertEqual(self.statuses(message), {"p0": "canceled"})
        self.sink.script.clear()
        with self.after(hours=50):
            self.process()
            self.assertEqual(self.recipients(), [])
            mail.mark_outgoing()
            self.assertEqual(self.statuses(message), {"p0": "ready"})
            self.process()
        self.assertEqual(self.statuses(message), {"p0": "sent"})

    def test_time_that_it_waits_for_the_limit_does_not_count(self):
        mail = self.make_mails(1)
        self.sink.script[RCPT, "to0@customer.example"] = LATER
        self.process()
        since = mail.retry_since
        self.set_limit(5)
        self.make_mails(5, first=1)
        self.process()
        with self.after(minutes=10):
            self.process()
            self.assertEqual(mail.waiting_kind, "limit")
        with self.next_day():
            self.process()
        self.assertEqual(mail.waiting_kind, "retry")
        self.assertEqual(mail.retry_attempt, 2)
        self.assertGreater(mail.retry_since - since, timedelta(hours=10))

    def test_who_waits_is_told_at_once(self):
        mail = self.make_mails(1, send_class="account")
        self.sink.script[RCPT, "to0@customer.example"] = LATER
        with mute_logger(MAIL_LOGGER):
            self.process()
        self.assertEqual((mail.state, mail.waiting_kind), ("exception", False))
        mail = self.make_mails(1)
        with mute_logger(MAIL_LOGGER), self.assertRaises(Exception) as caught:
            mail.send(raise_exception=True)
        self.assertIn("Delivery", str(caught.exception))

    def test_cut_after_the_final_dot(self):
        mail = self.make_mails(1)
        others = self.make_mails(2, first=1)
        self.sink.script[END] = CUT
        self.process()
        self.assertEqual((mail.state, mail.waiting_kind), ("exception", False))
        self.assertTrue(mail.may_have_arrived)
        self.sink.script.clear()
        with self.after(minutes=3):
            self.process()
        self.assertEqual(others.mapped("state"), ["sent", "sent"])
        mail.action_send_again()
        self.assertEqual((mail.state, mail.may_have_arrived), ("sent", False))

    def test_the_author_learns_that_it_may_have_arrived(self):
        message = self.make_note(self.make_partners(1)).mail_message_id
        self.sink.script[END] = CUT
        self.process()
        notification = message.notification_ids
        self.assertEqual(notification.notification_status, "exception")
        told = notification._tell_refusal(self.env.user)
        self.assertIn("May have arrived", told["sentence"])
        self.assertEqual(notification.format_failure_reason(), told["sentence"])

    def test_cut_before_it(self):
        mails = self.make_mails(3)
        self.sink.script[RCPT] = CUT
        self.process()
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 3)
        self.assertEqual(mails.mapped("waiting_kind"), ["retry", "server", "server"])
        self.sink.script.clear()
        with self.after(minutes=2):
            self.process()
        self.assertEqual(mails.mapped("state"), ["outgoing", "sent", "sent"])
        with self.after(minutes=10):
            self.process()
        self.assertEqual(self.recipients(), ["to0", "to1", "to2"])


@tagged("post_install", "-at_install")
class TestPause(RetryCase):
    def alarms(self):
        alarms = self.env["mail.activity"].search(
            [("alarm_subject", "=like", "server_pause:%")]
        )
        return alarms.filtered(
            lambda one: one.user_id == self.env.ref("base.user_admin")
        )

    def test_a_server_that_is_down(self):
        self.server.smtp_port = 1
        mails = self.make_mails(3)
        self.process()
        self.assertEqual(mails.mapped("waiting_kind"), ["server"] * 3)
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 3)
        self.assertTrue(self.server.paused_until)
        self.process()
        self.assertEqual(len(self.alarms()), 1)
        self.assertIn(self.server.name, self.alarms().summary)
        new = self.make_mails(1, first=3)
        new.send()
        self.assertEqual(new.waiting_kind, "server")
        self.assertEqual(self.server.pause_attempt, 1)
        with self.after(minutes=2):
            self.process()
        self.assertEqual(self.server.pause_attempt, 2)
        self.server.smtp_port = self.sink.port
        self.assertFalse(self.server.paused_until)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 4)
        self.assertFalse(self.alarms())

    def test_a_server_that_has_too_many_connections(self):
        """Where some may be ours, none waits longer than these last."""
        self.sink.script[CONNECT] = "421 4.7.0 Too many concurrent SMTP connections"
        for connections, minutes in ((1, [1, 5, 15]), (4, [1, 1, 1])):
            with self.subTest(connections), self.after():
                self.server.connections = connections
                self.env.flush_all()
                self.assertEqual(self.pause_again_and_again(), minutes)

    def pause_again_and_again(self):
        self.env["mail.server.pause"].search([]).unlink()
        self.env["mail.mail"].search([]).unlink()
        self.make_mails(1)
        found = []
        for hours in range(1, 4):
            with self.after(hours=hours):
                self.process()
                pause = self.env["mail.server.pause"].search([])
                left = pause.paused_until - fields.Datetime.now()
                found.append(round(left / timedelta(minutes=1)))
        return found

    def test_a_successful_test(self):
        mails = self.make_mails(3)
        self.server.smtp_port = 1
        self.process()
        self.env.cr.execute(
            "UPDATE ir_mail_server SET smtp_port = %s", [self.sink.port]
        )
        self.env.invalidate_all()
        self.server.test_smtp_connection()
        self.assertEqual(mails.mapped("waiting_kind"), [False] * 3)
        self.process()
        self.assertEqual(mails.mapped("state"), ["sent"] * 3)

    def test_throttled(self):
        mails = self.make_mails(10)
        self.sink.script[RCPT, "to4@customer.example"] = THROTTLED
        self.process()
        self.assertEqual(len(self.sink.deliveries), 4)
        self.assertEqual(mails.mapped("state"), ["sent"] * 4 + ["outgoing"] * 6)
        self.assertEqual(mails[4:].mapped("waiting_kind"), ["server"] * 6)
        asked = len(self.sink.asked)
        self.process()
        self.assertEqual(len(self.sink.asked), asked)
        # Others try it before the one that was refused.
        with self.after(minutes=2):
            self.process()
        self.assertEqual(len(self.sink.deliveries), 9)
        self.sink.script.clear()
        with self.after(minutes=60):
            self.process()
        self.assertEqual(set(mails.mapped("state")), {"sent"})

    def test_it_is_given_up_where_others_go(self):
        bad, hours, number = self.make_mails(1), 0, 1
        self.sink.script[RCPT, "to0@customer.example"] = THROTTLED
        self.process()
        while bad.state == "outgoing" and hours < 200:
            hours += 3.1
            with self.after(hours=hours), mute_logger(MAIL_LOGGER):
                self.make_mails(1, first=number)
                self.process()
            number += 1
        self.assertEqual(bad.state, "exception")
        self.assertTrue(90 <= hours <= 110, hours)

    def test_it_is_given_up_where_none_goes(self):
        """Whether the server answers or not; and where nothing is tried again."""
        for words, port, hours in (
            (THROTTLED, self.sink.port, 96),
            (THROTTLED, self.sink.port, 0),
            ("", 1, 96),
            ("", 1, 0),
            ("", 1, 24),
        ):
            with self.subTest(words=words, hours=hours):
                self.sink.script[MAIL] = words or None
                self.server.smtp_port = port
                self.set_limit(hours, "retry_hours")
                most = hours or 96
                self.assert_given_up(self.make_mails(2), most)

    def assert_given_up(self, mails, most):
        """The server is tried until the end, and then the mails fail.

        :param int most: hours.
        """
        self.process()
        end = fields.Datetime.now() + timedelta(hours=most)
        self.assertEqual(set(mails.mapped("waiting_kind")), {"server"})
        said = f"given up after {format_moment(self.env, end)}"
        self.assertIn(said[:-2], mails[0].postponed_reason)
        for hours in (1, most / 2, most - 1):
            with self.after(hours=hours):
                self.process()
            self.assertEqual(mails.mapped("state"), ["outgoing"] * 2, hours)
        for hours in (most + 1, most + 3, most + 12):
            with self.after(hours=hours), mute_logger(MAIL_LOGGER):
                self.process()
        self.assertEqual(mails.mapped("state"), ["exception"] * 2)
        self.assertIn(self.server.name, mails[0].failure_reason)
        self.assertTrue(self.server.paused_until)
        self.assertTrue(self.alarms())
        self.env["mail.server.pause"].search([]).unlink()
        mails.unlink()

    def test_a_server_that_works_meanwhile(self):
        """What has waited for it before does not count."""
        mail = self.make_mails(1)
        for hours, port in ((0, 1), (90, self.sink.port), (91, 1), (100, 1)):
            # One that has a date of its own is not sent when the server works.
            mail.requested_date = fields.Datetime.now() + timedelta(hours=90.5)
            self.server.smtp_port = port
            with self.after(hours=hours):
                self.process()
        self.assertEqual((mail.state, mail.waiting_kind), ("outgoing", "server"))

    def test_bodies_are_not_read(self):
        """A mailing that waits for a server has thousands of them."""
        self.server.smtp_port = 1
        mails = self.make_mails(3)
        body = mails._fields["body_html"]
        self.env.flush_all()
        self.env.invalidate_all()
        self.process()
        self.assertEqual(mails.mapped("waiting_kind"), ["server"] * 3)
        self.env["mail.server.pause"].search([]).unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(mails._release_from_servers())
        self.env.flush_all()
        self.assertFalse(any(self.env.cache.contains(one, body) for one in mails))
        self.assertEqual(mails.mapped("waiting_kind"), [False] * 3)

    def test_settings_that_cannot_be_read(self):
        self.server.write(
            {
                "smtp_authentication": "certificate",
                "smtp_encryption": "starttls",
                "smtp_ssl_certificate": base64.b64encode(b"none"),
                "smtp_ssl_private_key": base64.b64encode(b"none"),
            }
        )
        self._make_server("globex.example", name="Other")
        mine = self.make_mails(1)
        theirs = self._make_mail("me@globex.example", email_to="to@customer.example")
        self.process()
        self.assertEqual((mine.waiting_kind, theirs.state), ("server", "sent"))

    def test_a_token_is_no_other_setting(self):
        """Odoo writes the tokens that it is given while it connects."""
        self.server.smtp_port = 1
        self.make_mails(1)
        self.process()
        sends = carry(self.server, Batch())
        sends.write({"smtp_user": "token"})
        self.assertTrue(self.server.paused_until)
        self.server.write({"smtp_user": "me"})
        self.assertFalse(self.server.paused_until)

    def test_who_waits_makes_no_pause_longer(self):
        self.make_mails(1)
        self.sink.script[MAIL] = THROTTLED
        self.process()
        for number in range(3):
            code = self.make_mails(1, first=1 + number, send_class="code")
            with mute_logger(MAIL_LOGGER):
                code.send()
            self.assertEqual(code.state, "exception")
        self.assertEqual(self.server.pause_attempt, 1)

    def test_a_transport_without_sessions(self):
        """Another addon's may have none, and send all the same."""
        mails = self.make_mails(2)
        servers = type(self.env["ir.mail_server"])
        sends = []
        with (
            patch.object(servers, "_connect__", lambda *args, **kwargs: None),
            patch.object(
                servers,
                "send_email",
                lambda _self, message, *args, **kwargs: (
                    sends.append(message["To"]) or message["Message-Id"]
                ),
            ),
        ):
            self.process()
        self.assertEqual((len(sends), mails.mapped("state")), (2, ["sent"] * 2))

    def test_other_servers_go_on(self):
        self.server.smtp_port = 1
        other = self._make_server("globex.example", name="Other")
        mine = self.make_mails(1)
        theirs = self._make_mail("me@globex.example", email_to="to@customer.example")
        self.process()
        self.assertEqual((mine.state, theirs.state), ("outgoing", "sent"))
        self.assertFalse(other.paused_until)

    def test_doubts(self):
        """One receiver that is down is no trouble of ours; three in a row are."""
        for domains, paused in ((["a"] * 4, False), (["a", "b", "c", "d"], True)):
            mails = self.env["mail.mail"]
            for number, domain in enumerate(domains):
                to = f"to{number}@{domain}.example"
                mails |= self._make_mail("me@acme.example", email_to=to)
                self.sink.script[RCPT, to] = "451 4.3.0 Temporary lookup failure"
            self.process()
            with self.subTest(domains):
                self.assertEqual(bool(self.server.paused_until), paused)
                last = "server" if paused else "retry"
                self.assertEqual(mails[3].waiting_kind, last)

    def test_the_limit_of_the_account(self):
        self.sink.script[END] = ["550 5.4.5 Daily user sending limit exceeded."]
        mail = self.make_mails(1)
        self.process()
        reset = self.env["mail.send.counter"]._get_next_reset()
        self.assertEqual((mail.waiting_kind, mail.waiting_until), ("server", reset))

    def test_the_limit_that_fits_is_proposed(self):
        self.make_mails(3)
        self.process()
        self.sink.script[END] = ["550 5.4.5 Daily user sending limit exceeded."]
        self.make_mails(1, first=3)
        self.process()
        self.process()
        self.assertIn("A daily limit of 3 recipients", self.alarms().note)

    def test_one_worker_tries_it(self):
        pauses = self.env["mail.server.pause"]
        self.server.smtp_port = 1
        self.make_mails(1)
        self.process()
        self.assertFalse(pauses._claim(self.server.id))
        with self.after(minutes=2):
            claims = [pauses._claim(self.server.id) for _worker in range(2)]
            self.assertEqual(claims, [True, False])
            # What comes meanwhile waits for what the other one finds out.
            late = self.make_mails(1, first=1)
            late.send()
            self.assertEqual(late.waiting_kind, "server")
        # A worker that was killed keeps it so for minutes only.
        with self.after(minutes=6):
            self.assertTrue(pauses._claim(self.server.id))

    def test_the_owner_of_a_personal_server_is_told(self):
        user = new_test_user(self.env, "owner", email="owner@acme.example")
        server = self._make_server(
            "owner@acme.example", owner_user_id=user.id, smtp_port=1
        )
        # Only its owner's emails may use it.
        mails = self.env["mail.mail"].with_user(user).sudo()
        mail = mails.create(
            {
                "email_from": "owner@acme.example",
                "email_to": "to@customer.example",
                "mail_server_id": server.id,
            }
        )
        mail.send()
        self.assertEqual((mail.state, mail.waiting_kind), ("outgoing", "server"))
        self.process()
        alarms = self.env["mail.activity"].search(
            [("alarm_subject", "=like", "server_pause:%")]
        )
        self.assertEqual(alarms.user_id, user)
        # What he may open, and can do.
        self.assertIn(f'"/odoo/my-preferences/{user.id}"', alarms.note)
        self.assertEqual(alarms.note.count("href="), 1)
        self.assertIn("connect your account again", alarms.note)
        user.group_ids += self.env.ref("base.group_system")
        alarms.unlink()
        self.process()
        alarms = alarms.search([("alarm_subject", "=like", "server_pause:%")])
        self.assertIn(f'"/odoo/ir.mail_server/{server.id}"', alarms.note)

    def test_a_server_that_is_deleted(self):
        self.server.smtp_port = 1
        mail = self.make_mails(1)
        self.process()
        self.process()
        self.assertTrue(self.alarms())
        self.server.unlink()
        self._make_server("acme.example")
        self.process()
        self.assertEqual(mail.state, "sent")
        self.assertFalse(self.alarms())

    def test_send_now_tries_it(self):
        self.server.smtp_port = 1
        mails = self.make_mails(2)
        self.process()
        answer = mails[0].action_send_now()
        self.assertEqual(answer["params"]["type"], "warning")
        self.assertIn(self.server.name, answer["params"]["message"])
        self.assertEqual(self.server.pause_attempt, 2)

    def test_the_banner(self):
        self.server.smtp_port = 1
        self.make_mails(2)
        self.process()
        summary = self.env["mail.mail"].get_waiting_summary([])
        self.assertEqual(summary["count"], 0)
        [held] = summary["held"]
        self.assertEqual((held["kind"], held["count"]), ("server", 2))
        self.assertEqual(held["server"], self.server.name)

    def test_who_waits_tries_it(self):
        self.server.smtp_port = 1
        waiting, account = self.make_mails(1), self.make_mails(1, first=1)
        account.send_class = "account"
        self.process()
        self.assertEqual((waiting.state, account.state), ("outgoing", "exception"))
        self.assertIn("refused", account.failure_reason)
        self.env.cr.execute(
            "UPDATE ir_mail_server SET smtp_port = %s", [self.sink.port]
        )
        self.env.invalidate_all()
        code = self.make_mails(1, first=2, send_class="code")
        code.send(raise_exception=True)
        self.assertEqual(code.state, "sent")
        self.assertFalse(self.server.paused_until)
        self.process()
        self.assertEqual(waiting.state, "sent")

    def test_the_session_is_of_a_record(self):
        """Odoo finds none for the mails, and one for their session."""
        mails = type(self.env["mail.mail"])
        for port in (1, self.sink.port):
            self._configure(smtp_port=1 if port != 1 else self.sink.port)
            self.server.smtp_port = port
            mail = self.make_mails(1)
            with patch.object(
                mails, "_filter_mail_mail_servers", lambda _self, found: found.browse()
            ):
                self.env["mail.server.pause"]._pause(CONF_SERVER, self.make_trouble())
                self.process()
            paused = self.env["mail.server.pause"].search([]).mapped("server_id")
            with self.subTest(port=port):
                if port == 1:
                    self.assertEqual(mail.waiting_server_id, self.server.id)
                    self.assertEqual(sorted(paused), [CONF_SERVER, self.server.id])
                else:
                    self.assertEqual(mail.state, "sent")
                    self.assertEqual(paused, [CONF_SERVER])

    def make_trouble(self):
        return read_connection_error(OSError("gone"), "")

    def test_odoo_conf_is_given_up(self):
        self.server.active = False
        self._configure(smtp_port=1)
        mail = self.make_mails(1)
        for _time in range(2):
            self.process()
        self.assertTrue(self.alarms())
        self._make_server("acme.example")
        self.process()
        self.assertEqual(mail.state, "sent")
        self.assertFalse(self.alarms())

    def test_odoo_conf(self):
        self.server.active = False
        self._configure(smtp_port=1)
        mail = self.make_mails(1)
        self.process()
        self.assertEqual(mail.waiting_kind, "server")
        self._configure()
        with self.after(minutes=2):
            self.process()
        self.assertEqual(mail.state, "sent")
