# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ...models.parameters.table import SENDER_POLICY

# (key, value, whether it is taken)
VALUES = [
    ("nameservers", "192.0.2.53", True),
    ("nameservers", "192.0.2.53:5353, [2001:db8::53]:53", True),
    ("nameservers", "dns.acme.example", False),
    ("nameservers", "192.0.2.53:0", False),
    ("nameservers", "192.0.2.300", False),
    ("dns_timeout", "2.5", True),
    ("dns_timeout", "60", True),
    ("dns_timeout", "0.0", False),
    ("dns_timeout", "-1", False),
    ("dns_timeout", "61", False),
    ("dns_timeout", "nan", False),
    ("dns_timeout", "soon", False),
    ("sender_policy", "always", True),
    ("sender_policy", "filter", True),
    ("sender_policy", "dmarc", True),
    ("sender_policy", "never", False),
]


@tagged("post_install", "-at_install")
class TestDnsParameters(TransactionCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]

    def test_values(self):
        for name, value, taken in VALUES:
            key = f"mail_deliverability.{name}"
            with self.subTest(key=key, value=value):
                if taken:
                    self.parameters.set_param(key, value)
                    self.assertEqual(self.parameters.get_param(key), value)
                    continue
                with self.assertRaises(ValidationError) as caught:
                    self.parameters.set_param(key, value)
                self.assertIn(key, str(caught.exception))
                self.assertIn(value, str(caught.exception))

    def test_resolver(self):
        self.parameters.set_param("mail_deliverability.nameservers", "192.0.2.53:5353")
        self.assertEqual(self.parameters._get_dns_resolver().timeout, 5)
        self.parameters.set_param("mail_deliverability.dns_timeout", "1.5")
        self.assertEqual(self.parameters._get_dns_resolver().timeout, 1.5)
        self.assertEqual(self.parameters._get_dns_resolver(2).timeout, 2)

    def test_values_from_before_the_installation(self):
        """They say what is wrong, to whoever asks DNS."""
        domain = self.env["mail.alias.domain"].create({"name": "acme.example"})
        key = self.env["mail.dkim.key"].create({"alias_domain_id": domain.id})
        for name, right, value in (
            ("nameservers", "192.0.2.53", "dns.acme.example"),
            ("dns_timeout", "5", "abc"),
        ):
            key_name = f"mail_deliverability.{name}"
            self.parameters.set_param(key_name, right)
            self._store(key_name, value)
            for ask in (
                self.parameters._get_dns_resolver,
                key.action_check,
                domain.action_check_authentication,
            ):
                with (
                    self.subTest(name, ask=ask.__name__),
                    self.assertRaisesRegex(UserError, f"{name}.*{value}"),
                ):
                    ask()
            self._store(key_name, right)

    def _store(self, key, value):
        """Store a value as before the installation: nothing checks it."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_config_parameter SET value = %s WHERE key = %s", [value, key]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")

    def test_resolver_without_parameters(self):
        resolver = self.parameters._get_dns_resolver()
        self.assertEqual(resolver.timeout, 5)

    def test_sender_policy(self):
        self.assertEqual(self.parameters._get_value(SENDER_POLICY), "dmarc")
        self.parameters.set_param("mail_deliverability.sender_policy", "always")
        self.assertEqual(self.parameters._get_value(SENDER_POLICY), "always")
