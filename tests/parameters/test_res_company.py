# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import Form, tagged

from .test_ir_config_parameter import BOUNCE, FROM, LiveParametersCase


@tagged("post_install", "-at_install")
class TestResCompany(LiveParametersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_domain(
            "second.example", bounce_alias="b", catchall_alias="c", default_from=False
        )

    def test_choose_another(self):
        self.company.alias_domain_id = self.second
        self.assertEqual(self._get_keys(), ("second.example", "c", "b", False))
        self.assertEqual(self.alias_domain.name, "first.example")
        self.company.alias_domain_id = self.alias_domain
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_choose_for_another_company(self):
        self.other_company.alias_domain_id = self.second
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_choose_for_all(self):
        (self.company | self.other_company).alias_domain_id = self.second
        self.assertEqual(self._get_keys(), ("second.example", "c", "b", False))

    def test_choose_none(self):
        self.company.alias_domain_id = False
        self.assertFalse(any(self._get_keys()))
        self.assertEqual(self.alias_domain.name, "first.example")

    def test_keys_that_wait_stay(self):
        """Without an alias domain a key waits for one, whatever companies do."""
        self.company.alias_domain_id = False
        self.icp.set_param(BOUNCE, "return")
        self.other_company.alias_domain_id = self.second
        self.company.name = "Acme"
        self.assertEqual(self.icp.get_param(BOUNCE), "return")

    def test_general_settings(self):
        for chosen in (self.second, self.alias_domain):
            with Form(self.env["res.config.settings"]) as settings:
                settings.alias_domain_id = chosen
            settings.record.execute()
            self.assertEqual(self.company.alias_domain_id, chosen)
            self.assertEqual(self._get_keys()[0], chosen.name)
        with Form(self.env["res.config.settings"]) as settings:
            settings.alias_domain_id = self.env["mail.alias.domain"]
        settings.record.execute()
        self.assertFalse(any(self._get_keys()))

    def test_manager_without_settings_rights(self):
        """Who may edit companies but not parameters still changes both."""
        manager = self.env["res.users"].create(
            {
                "name": "Manager",
                "login": "manager.only",
                "group_ids": [(6, 0, self.env.ref("base.group_erp_manager").ids)],
            }
        )
        self.alias_domain.with_user(manager).default_from = "info"
        self._assert_same("first.example", "catchall", "bounce", "info")
        self.company.with_user(manager).alias_domain_id = self.second
        self.assertFalse(self.icp.get_param(FROM))
