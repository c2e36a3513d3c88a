# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What another transaction was in the way of is read again."""

from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, TransactionCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.inbound import fall_through, mail_inbound_late, takers
from ..refusal.shapes import ORIGINAL_ID, postfix

MESSAGE = (
    "From: a@customer.example\nTo: somebody@acme.example\nSubject: Hello\n"
    "Message-Id: <late@customer.example>\n\nBody"
)
CONFLICT = psycopg2.errors.SerializationFailure("concurrent update")


@tagged("post_install", "-at_install")
class TestLate(TransactionCase):
    TAKER = "res.country"

    def setUp(self):
        super().setUp()
        self.patch(takers, "TAKERS", (self.TAKER,))
        self.failing = []
        self.thread = self.env["mail.thread"].with_context(
            default_fetchmail_server_id=7
        )
        self.late = self.env["mail.inbound.late"]
        cls = type(self.env[self.TAKER])
        self.startPatcher(patch.object(cls, "_take_inbound", self.take, create=True))

    def take(self, _message):
        self.env["res.partner.category"].create({"name": "Half read"})
        for error in self.failing:
            raise error
        return False

    def receive(self, thread=None):
        thread = self.thread if thread is None else thread
        return thread.message_process("res.partner", MESSAGE, save_original=True)

    def read_again(self):
        with self.enter_registry_test_mode():
            self.env.ref(mail_inbound_late.CRON).method_direct_trigger()
        self.env.invalidate_all()

    def partners(self):
        return self.env["res.partner"].search([("email", "=", "a@customer.example")])

    def half_read(self):
        return self.env["res.partner.category"].search_count(
            [("name", "=", "Half read")]
        )

    def test_read_again(self):
        self.failing.append(CONFLICT)
        self.assertFalse(self.receive())
        self.assertFalse(self.partners())
        self.assertFalse(self.half_read())
        [row] = self.late.search([])
        self.read_again()
        self.assertEqual(row.tries, 1)
        self.failing.clear()
        self.read_again()
        self.assertFalse(row.exists())
        partner = self.partners()
        self.assertEqual(len(partner), 1)
        attached = partner.message_ids.attachment_ids.mapped("name")
        self.assertIn("original_email.eml", attached)

    def test_odoo_is_in_the_way(self):
        route = patch.object(type(self.thread), "message_route", side_effect=CONFLICT)
        with route:
            self.assertFalse(self.receive())
        self.read_again()
        self.assertEqual(len(self.partners()), 1)

    def test_given_up(self):
        self.failing.append(CONFLICT)
        self.receive()
        [row] = self.late.search([])
        row.tries = mail_inbound_late.TRIES - 1
        with self.assertLogs(mail_inbound_late.__name__, "WARNING"):
            self.read_again()
        self.assertFalse(row.exists())

    def test_what_is_wrong_with_the_message(self):
        """It fails as it would have at once, and is not read for ever."""
        self.failing.append(CONFLICT)
        self.receive()
        self.failing.clear()
        route = patch.object(type(self.thread), "message_route", side_effect=ValueError)
        with route, self.assertLogs(fall_through.__name__, "WARNING"):
            self.read_again()
        self.assertFalse(self.late.search([]))

    def test_who_calls_by_himself(self):
        """Whoever hands a message in learns that it has failed, and does so again."""
        self.failing.append(CONFLICT)
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self.receive(self.env["mail.thread"])
        user = new_test_user(self.env, "late", groups="base.group_user")
        with self.assertLogs(fall_through.__name__, "WARNING"):
            self.receive(self.thread.with_user(user))
        self.assertFalse(self.late.search([]))


@tagged("post_install", "-at_install")
class TestWhileItIsSent(BaseCase):
    """A report comes before the transaction has ended that sends its mail."""

    MESSAGE_ID = "<while-it-is-sent@acme.example>"
    EMAIL = "while-it-is-sent@customer.example"

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean_up)

    @contextmanager
    def worker(self):
        """Yield the environment of a worker, whose transaction is committed."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def clean_up(self):
        with self.worker() as env:
            env["mail.inbound.late"].search([]).unlink()
            env["mail.refusal"].search([("recipient", "=", self.EMAIL)]).unlink()
            env["mail.message"].search([("message_id", "=", self.MESSAGE_ID)]).unlink()
            env["res.partner"].search([("email", "=", self.EMAIL)]).unlink()
            addresses = env["mail.suppressed.address"].with_context(active_test=False)
            addresses.search([("email", "=", self.EMAIL)]).unlink()
            env["ir.cron.trigger"].search(
                [("cron_id", "=", env.ref(mail_inbound_late.CRON).id)]
            ).unlink()
        self.registry.clear_cache()

    def make_notification(self):
        with self.worker() as env:
            partner = env["res.partner"].create({"name": "W", "email": self.EMAIL})
            message = env["mail.message"].create({"message_id": self.MESSAGE_ID})
            return env["mail.notification"].create(
                {
                    "mail_message_id": message.id,
                    "res_partner_id": partner.id,
                    "notification_type": "email",
                    "notification_status": "ready",
                }
            )

    def test_the_report_is_read_again(self):
        notification = self.make_notification()
        raw = postfix(self.EMAIL, "mx.customer.example", "550 5.1.1 User unknown")
        raw = raw.replace(ORIGINAL_ID.encode(), self.MESSAGE_ID.encode())
        with self.worker() as sending, self.worker() as fetching:
            fetching.cr.execute("SELECT 1")  # its snapshot
            sent = notification.with_env(sending)
            sent.notification_status = "sent"
            sending.cr.commit()
            thread = fetching["mail.thread"].with_context(default_fetchmail_server_id=1)
            with mute_logger("odoo.sql_db"):
                self.assertFalse(thread.message_process(False, raw))
        with self.worker() as env:
            status = notification.with_env(env).mapped("notification_status")
            self.assertEqual(status, ["sent"])
            [late] = env["mail.inbound.late"].search([])
            late._read_again()
            self.assertFalse(env["mail.inbound.late"].search([]))
        with self.worker() as env:
            read = notification.with_env(env)
            self.assertEqual(read.notification_status, "bounce")
            self.assertEqual(read.refusal_category, "mailbox_unknown")
            self.assertEqual(read.res_partner_id.message_bounce, 1)
