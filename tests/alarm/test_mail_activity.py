# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestMailActivity(TransactionCase):
    @mute_logger("odoo.addons.base.models.ir_model")
    def test_alarms_are_for_administrators(self):
        """Employees keep their activities, and can't tell what alarms are about."""
        user = new_test_user(self.env, "colleague", "base.group_user")
        admin = new_test_user(self.env, "head", "base.group_system")
        activity = self.env["mail.activity"].create(
            {"summary": "Call", "user_id": user.id, "alarm_subject": "test:1"}
        )
        self.assertEqual(activity.with_user(user).read()[0]["summary"], "Call")
        activities = self.env["mail.activity"].with_user(user)
        for name in ("alarm_subject", "alarm_occasion"):
            with self.subTest(name):
                self.assertNotIn(name, activities.fields_get())
                self.assertIn(name, activities.with_user(admin).fields_get())
                with self.assertRaises(AccessError):
                    activity.with_user(user).read([name])
                with self.assertRaises(AccessError):
                    activities.search([(name, "=", "test:1")])
