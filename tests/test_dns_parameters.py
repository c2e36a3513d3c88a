from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase

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

    def test_resolver_without_parameters(self):
        resolver = self.parameters._get_dns_resolver()
        self.assertEqual(resolver.timeout, 5)

    def test_sender_policy(self):
        self.assertEqual(self.parameters._get_sender_policy(), "dmarc")
        self.parameters.set_param("mail_deliverability.sender_policy", "always")
        self.assertEqual(self.parameters._get_sender_policy(), "always")
