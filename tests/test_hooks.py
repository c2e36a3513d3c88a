# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.tests import tagged

from ..hooks import post_init_hook, uninstall_hook
from ..models.proof.stored import keep_raw
from .parameters.test_ir_config_parameter import (
    BOUNCE,
    DOMAIN,
    FILTER,
    FROM,
    LiveParametersCase,
)


@tagged("post_install", "-at_install")
class TestHooks(LiveParametersCase):
    def test_post_init_hook(self):
        """Installing brings keys from before and the alias domain together."""
        self._set_as_before({DOMAIN: "old.example", BOUNCE: "old", FROM: "info"})
        post_init_hook(self.env)
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_uninstall_hook(self):
        """Nothing stays that nobody would end, and what is Odoo's stays."""
        for key in ("mail_deliverability.daily_limit", FILTER, "mail_deliverabilityx"):
            self.icp.set_param(key, "7.example" if key == FILTER else "7")
        alarms = self.env["mail.deliverability.alarm"]
        alarm = alarms._raise_alarm("acme:1", lambda _env: ("Trouble", "Look"))
        dates = (False, "2099-01-01 00:00:00")
        mails = self.env["mail.mail"].create(
            [{"email_to": "a@x.example", "scheduled_date": date} for date in dates]
        )
        mails._wait("limit", fields.Datetime.to_datetime("2100-01-01"))
        test = self.env["mail.test.message"].create({"name": "Test"})
        keep_raw(test, "received_raw", b"Subject: Hi\r\n\r\nHello\r\n")
        uninstall_hook(self.env)
        kept = [("res_model", "=", "mail.test.message"), ("res_field", "!=", False)]
        self.assertFalse(self.env["ir.attachment"].search(kept))
        found = self.icp.search([("key", "=like", "mail_deliverability%")])
        self.assertEqual(found.mapped("key"), ["mail_deliverabilityx"])
        self.assertEqual(self.icp.get_param(FILTER), "7.example")
        self._assert_same("first.example", "catchall", "bounce", "notifications")
        self.assertFalse(any(alarm.mapped("active")))
        expected = [fields.Datetime.to_datetime(date) or False for date in dates]
        self.assertEqual(mails.mapped("scheduled_date"), expected)
        self.assertFalse(any(mails.mapped("waiting_kind")))
