# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Tests that leave to a real SMTP server, and come back as a mail server hands them."""

from odoo.tests import new_test_user

from ..common import SmtpCase

CLIENT = "203.0.113.5"
RECEIVED = (
    f"Received: from mail.acme.example (mail.acme.example [{CLIENT}])\r\n"
    "\tby mx.mailbox.example with ESMTPS id 1 for <{to}>;\r\n"
    "\tThu, 26 Nov 2026 12:00:00 +0000\r\n"
)


class TripCase(SmtpCase):
    """An administrator of Acme, whose server delivers to the sink."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env, "trip_admin", groups="base.group_system", email="anna@acme.example"
        )
        cls.server = cls._make_server("acme.example", name="Relay")

    def setUp(self):
        super().setUp()
        self.set_limit(0)

    def set_limit(self, limit):
        key = "mail_deliverability.daily_limit"
        self.env["ir.config_parameter"].set_param(key, str(limit))

    def make_test(self, **values):
        tests = self.env["mail.test.message"].with_user(self.admin)
        return tests.create(values)

    def send_test(self, **values):
        test = self.make_test(**values)
        test.action_send()
        return test

    def come_back(self, delivery, **changes):
        """Return what was delivered as the domain's MX hands it to Odoo.

        :param changes: bytes to replace, as old=..., new=...
        """
        data = delivery.data
        if changes:
            self.assertIn(changes["old"], data)
            data = data.replace(changes["old"], changes["new"])
        head = f"Return-Path: <{delivery.mail_from}>\r\n"
        head += RECEIVED.format(to=delivery.rcpt_tos[0])
        return head.encode() + data

    def hand_in(self, raw, model=False):
        return self.env["mail.thread"].message_process(model, raw)

    def count_records(self):
        """Return how many rows there are of what mails make."""
        names = ("mail.message", "mail.mail", "mail.followers", "mail.notification")
        self.env.flush_all()
        return {name: self.env[name].search_count([]) for name in names}

    def leg(self, test, kind="arrival"):
        return test.leg_ids.filtered(lambda leg: leg.kind == kind)
