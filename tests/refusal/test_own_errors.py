# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What goes wrong in the addon itself: nothing is lost, and nothing leaves twice."""

from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server as OdooServer

from ...models.refusal import ir_mail_server_attempt
from ...models.refusal.mail_mail_pause import FOR_SERVER
from ...models.tools import apart
from ..limit.test_mail_mail import MAIL_LOGGER
from ..scripted_sink import RCPT
from .test_retry import LATER, THROTTLED, UNKNOWN, RetryCase

ADDON = "odoo.addons.mail_deliverability"
LOCKED = psycopg2.errors.LockNotAvailable("canceling statement due to lock timeout")
ERRORS = (KeyError("text"), LOCKED)


@tagged("post_install", "-at_install")
class TestOwnErrors(RetryCase):
    def broken(self, model, method, error, times=1000, after=0):
        """Return a context in which a method raises so many times, then works."""
        kind = type(self.env[model])
        plain, calls = getattr(kind, method), []

        def call(*args, **kwargs):
            calls.append(args)
            if after < len(calls) <= after + times:
                raise error
            return plain(*args, **kwargs)

        return patch.object(kind, method, call)

    # ------------------------------------------------------------ before SMTP

    def test_what_waits_can_not_be_written(self):
        """It stays in the queue; the mails of other servers go."""
        methods = ("_wait", "_wait_for_server", "_hold_for_connection")
        self._make_server("globex.example", name="Other")
        for number, method in enumerate(methods):
            error = ERRORS[number % 2]
            self.server.smtp_port = 1
            mine = self.make_mails(2, first=number * 2)
            to = f"other{number}@customer.example"
            theirs = self._make_mail("me@globex.example", email_to=to)
            with (
                self.broken("mail.mail", method, error),
                self.assertLogs(ADDON, "ERROR"),
            ):
                self.process()
            with self.subTest(method):
                self.assertEqual(theirs.state, "sent")
                self.assertEqual(mine.mapped("state"), ["outgoing"] * 2)
                self.assertEqual(mine.mapped("waiting_kind"), [False] * 2)
            self.process()
            self.assertEqual(mine.mapped("waiting_kind"), [FOR_SERVER] * 2)
            self.server.smtp_port = self.sink.port
            self.process()
            self.assertEqual(mine.mapped("state"), ["sent"] * 2)
        got = self.recipients()
        self.assertEqual(len(got), len(set(got)))

    @mute_logger(MAIL_LOGGER)
    def test_an_error_of_another_addon_before_smtp(self):
        """No server's trouble: its mails fail, as in Odoo, and others go."""
        self._make_server("globex.example", name="Other")

        def connect(servers, *args, mail_server_id=None, **kwargs):
            if mail_server_id == self.server.id:
                raise RuntimeError("no token")
            return plain(servers, *args, mail_server_id=mail_server_id, **kwargs)

        plain = OdooServer._connect__
        mine = self.make_mails(2)
        theirs = self._make_mail("me@globex.example", email_to="b@customer.example")
        with patch.object(OdooServer, "_connect__", connect):
            (mine | theirs).send()
        self.assertEqual(mine.mapped("state"), ["exception"] * 2)
        self.assertEqual(mine.mapped("failure_reason"), ["no token"] * 2)
        self.assertEqual(theirs.state, "sent")
        self.assertFalse(self.env["mail.server.pause"]._find(self.server.id))

    def test_whether_it_waits_can_not_be_told(self):
        """It is sent, as in Odoo."""
        for method, error in (
            ("_pick_for_server", KeyError("text")),
            ("_read_what_decides", TypeError("text")),
        ):
            self.set_limit(0)
            mails = self.make_mails(2)
            self.env["mail.server.pause"]._pause(self.server.id, self.make_trouble())
            with (
                self.subTest(method),
                self.broken("mail.mail", method, error),
                self.assertLogs(ADDON, "ERROR"),
            ):
                self.process()
                self.assertFalse(set(mails.mapped("state")) & {"exception"})

    def make_trouble(self):
        return ir_mail_server_attempt.read_connection_error(OSError("gone"), "")

    def test_an_address_that_gets_too_many(self):
        """The second one is tried, since it can't wait without a try."""
        mails = self.make_mails(3, email_to="to@customer.example")
        self.sink.script[RCPT, "to@customer.example"] = LATER
        with (
            self.broken("mail.mail", "_wait_for_retry", LOCKED, times=1, after=1),
            self.assertLogs(ADDON, "ERROR"),
        ):
            self.process()
        self.assertEqual(mails.mapped("waiting_kind"), ["retry"] * 3)
        self.assertEqual(self.sink.count()[RCPT, "to@customer.example"], 2)

    # ------------------------------------------------------------ after it

    def test_who_was_refused_can_not_be_read(self):
        mail = self.make_mails(1, email_to="a@customer.example, b@customer.example")
        self.sink.script[RCPT, "b@customer.example"] = UNKNOWN
        with (
            patch.object(
                ir_mail_server_attempt, "read_partly_refused", side_effect=TypeError
            ),
            self.assertLogs(ADDON, "ERROR"),
        ):
            mail.send(raise_exception=True)
        self.assertEqual(mail.state, "sent")
        self.assertEqual(self.recipients(), ["a"])

    def test_an_error_behind_the_message(self):
        """The mail has left: it is sent, whoever wants an exception."""
        for raises in (False, True):
            for method, broken in (
                ("_note_relay_name", self.broken),
                ("_open_budget", self.broken_behind),
            ):
                mail = self.make_mails(1)
                error = KeyError("text")
                with (
                    broken("ir.mail_server", method, error),
                    self.subTest(method, raises=raises),
                    mute_logger(f"{ADDON}.models.refusal.ir_mail_server_reply"),
                ):
                    mail.send(raise_exception=raises)
                self.assertEqual(mail.state, "sent")

    def test_an_error_of_another_addon_behind_the_message(self):
        """What has left is sent, and those who were refused wait alone."""
        plain = OdooServer.send_email

        def send(*args, **kwargs):
            plain(*args, **kwargs)
            raise RuntimeError("text")

        note = self.make_note(self.make_partners(2))
        message = note.mail_message_id
        mail = self.make_mails(1, email_to="a@customer.example, b@customer.example")
        self.sink.script[RCPT, "b@customer.example"] = LATER
        with (
            patch.object(OdooServer, "send_email", send),
            mute_logger(f"{ADDON}.models.refusal.ir_mail_server_attempt"),
        ):
            self.process()
        self.assertEqual(self.statuses(message), {"p0": "sent", "p1": "sent"})
        self.assertEqual(mail.state, "sent")
        self.sink.script.clear()
        with self.after(hours=2):
            self.process()
        self.assertEqual(self.recipients(), ["a", "b", "p0", "p1"])

    def broken_behind(self, model, method, error):
        """Return a context in which a context of ours raises at its end."""
        kind = type(self.env[model])
        plain = getattr(kind, method)

        @contextmanager
        def around(*args, **kwargs):
            with plain(*args, **kwargs) as given:
                yield given
            raise error

        return patch.object(kind, method, around)

    def test_a_mail_can_not_be_divided(self):
        """Who has it does not get it again, and the others are not lost."""
        partners = self.make_partners(3)
        mail = self.make_note(partners)
        message = mail.mail_message_id
        self.sink.script[RCPT, "p1@customer.example"] = LATER
        with (
            self.broken("mail.mail", "_split_off", LOCKED),
            self.assertLogs(ADDON, "ERROR"),
            mute_logger(MAIL_LOGGER),
        ):
            self.process()
        self.assertEqual((mail.state, mail.recipient_ids), ("exception", partners[1]))
        self.assertIn("too quickly", mail.failure_reason)
        expected = {"p0": "sent", "p1": "exception", "p2": "sent"}
        self.assertEqual(self.statuses(message), expected)
        self.sink.script.clear()
        mail.action_retry()
        self.process()
        self.assertEqual(self.recipients(), ["p0", "p1", "p2"])
        self.assertEqual(set(self.statuses(message).values()), {"sent"})

    def test_what_a_refusal_means_can_not_be_told(self):
        for model, method in (
            ("mail.mail", "_mark_refused"),
            ("mail.notification", "_tell_refusal"),
            ("mail.notification", "_tell_held"),
        ):
            self.sink.deliveries.clear()
            message = self.make_note(self.make_partners(2)).mail_message_id
            self.sink.script[RCPT, "p1@customer.example"] = UNKNOWN
            with (
                self.subTest(method),
                self.broken(model, method, KeyError("text")),
                mute_logger(ADDON, MAIL_LOGGER),
            ):
                self.process()
                self.assertEqual(self.recipients(), ["p0"])
                expected = {"p0": "sent", "p1": "exception"}
                self.assertEqual(self.statuses(message), expected)

    def test_the_rest_of_a_batch(self):
        """The server takes no more, and that can't be written of those behind."""
        mails = self.make_mails(4)
        self.sink.script[RCPT, "to1@customer.example"] = THROTTLED
        with (
            self.broken("mail.mail", "_wait_for_server", KeyError("text")),
            self.assertLogs(ADDON, "ERROR"),
        ):
            self.process()
        self.assertEqual(mails.mapped("state"), ["sent"] + ["outgoing"] * 3)
        self.sink.script.clear()
        with self.after(hours=2):
            self.process()
        self.assertEqual(self.recipients(), ["to0", "to1", "to2", "to3"])


@tagged("post_install", "-at_install")
class TestLockedPauses(BaseCase):
    """Somebody has locked what tells which servers are paused, as VACUUM FULL does."""

    def test_the_queue_goes_on(self):
        registry = Registry(get_db_name())
        quick = patch.object(apart, "LOCK_TIMEOUT", "30ms")
        with registry.cursor() as other, registry.cursor() as cr, quick:
            other.execute("LOCK TABLE mail_server_pause IN ACCESS EXCLUSIVE MODE")
            env = api.Environment(cr, SUPERUSER_ID, {})
            with mute_logger("odoo.sql_db"), self.assertLogs(ADDON, "WARNING") as logs:
                self.assertIsNone(env["mail.server.pause"]._find(1))
                env["mail.mail"]._process_ranks(10)
                env["mail.send.counter"]._check_alarms()
            self.assertEqual(len(logs.output), 3, logs.output)
            cr.execute("SHOW lock_timeout")
            self.assertEqual(cr.fetchone(), ("0",))
            cr.rollback()
