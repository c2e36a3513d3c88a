# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said before a mass mailing is sent: mass_mailing has to be installed."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .test_mailings import COUNT, MailingCase

MAILING_GROUP = "mass_mailing.group_mass_mailing_user"


@tagged("-standard", "with_mass_mailing")
class TestMailingLaunch(HttpCase, MailingCase):
    def registry_enter_test_mode(self, **options):
        """HttpCase has done so for the whole class."""

    def setUp(self):
        super().setUp()
        self.user = new_test_user(
            self.env, "marketer", groups=f"base.group_user,{MAILING_GROUP}"
        )
        self.authenticate("marketer", "marketer")

    def press(self, record, method):
        """Press a button as the web client does; returns the action."""
        params = {
            "model": record._name,
            "method": method,
            "args": [record.ids],
            "kwargs": {"context": {}},
        }
        self.env.flush_all()
        answer = self.url_open(
            f"/web/dataset/call_button/{record._name}/{method}",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        ).json()
        self.assertNotIn("error", answer)
        self.env.invalidate_all()
        return answer["result"]

    def find_dialog(self, action):
        self.assertEqual(action["res_model"], "mail.mailing.launch")
        return self.env["mail.mailing.launch"].browse(action["res_id"])

    def test_send(self):
        dialog = self.find_dialog(self.press(self.mailing, "action_launch"))
        self.assertEqual(self.mailing.state, "draft")
        self.assertRegex(dialog.note, f"^{COUNT} recipients: about 2 days with a daily")
        with self.assertRaises(AccessError):
            dialog.with_user(new_test_user(self.env, "other")).action_confirm()
        self.press(dialog, "action_confirm")
        self.assertEqual(self.mailing.state, "in_queue")

    def test_others_wait_already(self):
        """Else nobody understands why so few take so long."""
        ahead = len(self.launch(self.make_mailing(subject="Last month's")))
        dialog = self.find_dialog(self.press(self.mailing, "action_launch"))
        text = f"^{COUNT} recipients, after {ahead} emails of mass mailings that wait"
        self.assertRegex(dialog.note, text)

    def test_the_rights_are_those_of_the_mailing(self):
        user = new_test_user(self.env, "employee")
        dialogs = self.env["mail.mailing.launch"].with_user(user)
        dialog = dialogs.create({"mailing_id": self.mailing.id})
        with self.assertRaises(AccessError):
            dialog.action_confirm()
        self.assertEqual(self.mailing.state, "draft")

    def test_it_fits(self):
        self.set_limit(100)
        self.assertFalse(self.press(self.mailing, "action_launch"))
        self.assertEqual(self.mailing.state, "in_queue")

    def test_no_limit(self):
        self.set_limit(0)
        self.press(self.mailing, "action_launch")
        self.assertEqual(self.mailing.state, "in_queue")

    def test_a_later_date(self):
        date = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        wizard = (
            self.env["mailing.mailing.schedule.date"]
            .with_user(self.user)
            .create({"schedule_date": date, "mass_mailing_id": self.mailing.id})
        )
        dialog = self.find_dialog(self.press(wizard, "action_schedule_date"))
        self.assertEqual(self.mailing.state, "draft")
        self.press(dialog, "action_confirm")
        self.assertEqual(self.mailing.state, "in_queue")
        self.assertEqual(self.mailing.schedule_date, date)

    def test_a_date_that_it_has(self):
        date = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        self.mailing.write({"schedule_type": "scheduled", "schedule_date": date})
        dialog = self.find_dialog(self.press(self.mailing, "action_schedule"))
        self.press(dialog, "action_confirm")
        self.assertEqual(self.mailing.state, "in_queue")
        self.assertEqual(self.mailing.schedule_date, date)

    def test_code_is_asked_nothing(self):
        """Nobody would answer: an automation, the winner of an A/B test."""
        self.assertIsNone(self.mailing.action_launch())
        self.assertEqual(self.mailing.state, "in_queue")
        version = self.make_mailing(ab_testing_enabled=True, ab_testing_pc=100)
        action = self.press(version, "action_select_as_winner")
        self.assertEqual(action["res_model"], "mailing.mailing")
        final = self.env["mailing.mailing"].browse(action["res_id"])
        self.assertEqual(final.state, "in_queue")
