# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import TransactionCase, new_test_user, tagged


def render(env):
    return env._("Something is wrong"), "<b>Not bold</b>"


@tagged("post_install", "-at_install")
class TestMailDeliverabilityAlarm(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_system,base.group_partner_manager"
        cls.admin = new_test_user(
            cls.env, "alarm_admin", groups=groups, notification_type="email"
        )
        cls.user = new_test_user(cls.env, "alarm_user")
        cls.alarm = cls.env["mail.deliverability.alarm"]

    def open_alarms(self, user, subject="test:1"):
        return self.env["mail.activity"].search(
            [("alarm_subject", "=", subject), ("user_id", "=", user.id)]
        )

    def test_one_activity_for_each_administrator(self):
        self.alarm.with_user(self.user)._raise_alarm("test:1", render)
        self.alarm.with_user(self.user)._raise_alarm("test:1", render)
        self.assertEqual(len(self.open_alarms(self.admin)), 1)
        self.assertEqual(len(self.open_alarms(self.env.ref("base.user_admin"))), 1)
        self.assertFalse(self.open_alarms(self.user))

    def test_nobody_is_mailed(self):
        mails = self.env["mail.mail"].search_count([])
        messages = self.env["mail.message"].search_count([])
        self.alarm._raise_alarm("test:1", render)
        self.env.flush_all()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.env["mail.message"].search_count([]), messages)

    def test_note_is_escaped(self):
        self.alarm._raise_alarm("test:1", render)
        self.assertIn("&lt;b&gt;", self.open_alarms(self.admin).note)

    def test_an_open_alarm_is_updated(self):
        self.alarm._raise_alarm("test:1", render)
        self.alarm._raise_alarm("test:1", lambda env: ("Worse", "Much worse"))
        self.assertEqual(self.open_alarms(self.admin).summary, "Worse")

    def test_resolved(self):
        self.alarm._raise_alarm("test:1", render)
        self.alarm._raise_alarm("test:2", render)
        self.assertTrue(self.alarm._resolve_alarm("test:1"))
        self.assertFalse(self.open_alarms(self.admin))
        self.assertTrue(self.open_alarms(self.admin, "test:2"))
        self.assertFalse(self.alarm._resolve_alarm("test:1"))

    def test_without_the_warning_type(self):
        self.env.ref("mail.mail_activity_data_warning").unlink()
        self.alarm._raise_alarm("test:1", render)
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.assertEqual(self.open_alarms(self.admin).activity_type_id, todo)

    def test_closed_by_hand_comes_back(self):
        self.alarm._raise_alarm("test:1", render)
        self.open_alarms(self.admin).with_user(self.admin).action_done()
        self.assertFalse(self.open_alarms(self.admin))
        self.alarm._raise_alarm("test:1", render)
        self.assertTrue(self.open_alarms(self.admin))

    def test_once_on_one_occasion(self):
        self.alarm._raise_alarm("test:1", render, occasion="2026-01-01")
        self.open_alarms(self.admin).with_user(self.admin).action_done()
        self.alarm._raise_alarm("test:1", render, occasion="2026-01-01")
        self.assertFalse(self.open_alarms(self.admin))
        self.alarm._raise_alarm("test:1", render, occasion="2026-01-02")
        self.assertTrue(self.open_alarms(self.admin))

    def test_in_the_administrators_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.admin.lang = "fr_FR"
        self.alarm._raise_alarm("test:1", lambda env: (env.lang, "note"))
        self.assertEqual(self.open_alarms(self.admin).summary, "fr_FR")

    def test_only_administrators_of_a_company(self):
        company = self.env["res.company"].create({"name": "Alarm & Co"})
        other = new_test_user(
            self.env,
            "alarm_other",
            groups="base.group_system",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.alarm._raise_alarm("test:1", render, companies=company)
        self.assertTrue(self.open_alarms(other))
        self.assertFalse(self.open_alarms(self.admin))

    def test_a_company_without_administrators(self):
        """Somebody has to know; else the alarm would be raised for each mail again."""
        company = self.env["res.company"].create({"name": "Alarm & Co"})
        users = self.env.ref("base.group_system").all_user_ids
        users.company_ids -= company
        self.alarm._raise_alarm("test:1", render, companies=company)
        self.assertTrue(self.open_alarms(self.admin))
