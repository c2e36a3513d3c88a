# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import delete_alias_domains
from .test_ir_config_parameter import DOMAIN, FROM, LiveParametersCase


@tagged("post_install", "-at_install")
class TestMailAliasDomain(LiveParametersCase):
    def test_edit(self):
        self.alias_domain.name = "acme.example"
        self._assert_same("acme.example", "catchall", "bounce", "notifications")
        self.alias_domain.write(
            {
                "catchall_alias": "c",
                "bounce_alias": "b",
                "default_from": "Info@X.example",
            }
        )
        self._assert_same("acme.example", "c", "b", "info@x.example")
        self.alias_domain.default_from = False
        self.assertFalse(self.icp.get_param(FROM))

    def test_edit_of_another(self):
        second = self._create_domain("second.example")
        second.write({"name": "third.example", "bounce_alias": "b3"})
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_edit_of_several(self):
        second = self._create_domain("second.example")
        (second | self.alias_domain).write({"default_from": "info"})
        self._assert_same("first.example", "catchall", "bounce", "info")

    def test_name_that_keys_would_refuse(self):
        """Odoo's own validation stays: the key follows as it is."""
        self.alias_domain.name = "my_company.example"
        self.assertEqual(self.icp.get_param(DOMAIN), "my_company.example")
        self.icp.set_param(FROM, "info")
        self.assertEqual(self.alias_domain.default_from, "info")
        self.assertEqual(self.alias_domain.name, "my_company.example")

    def test_refused_names(self):
        """Odoo takes some of these, and explains none."""
        cases = [
            ("acme2", "without its ending"),
            ("*.acme.example", "no wildcards"),
            ("192.0.2.1", "an IP address"),
            ("https://acme.example", 'Perhaps you mean "acme.example"'),
            ("info@acme.example", 'Perhaps you mean "acme.example"'),
            ("acme..example", "not a domain"),
        ]
        for name, words in cases:
            for change in (
                lambda name: self._create_domain(name),
                lambda name: self.alias_domain.write({"name": name}),
            ):
                with self.subTest(name), self.assertRaises(ValidationError) as caught:
                    change(name)
                self.assertIn(words, str(caught.exception))

    def test_name_from_before(self):
        """What is stored already keeps nobody from changing something else."""
        self.env.cr.execute(
            "UPDATE mail_alias_domain SET name = 'acme' WHERE id = %s",
            [self.alias_domain.id],
        )
        self.alias_domain.invalidate_recordset()
        self.alias_domain.write({"name": "acme", "bounce_alias": "b"})
        self.alias_domain.catchall_alias = "c"
        self._assert_same("acme", "c", "b", "notifications")
        with self.assertRaises(ValidationError):
            self.alias_domain.name = "acme2"

    def test_name_in_upper_case(self):
        self.alias_domain.name = "ACME.Example"
        self.assertEqual(self.icp.get_param(DOMAIN), "acme.example")
        self.assertEqual(self.alias_domain.name, "ACME.Example")

    def test_unlink(self):
        delete_alias_domains(self.alias_domain)
        self.assertFalse(self.company.alias_domain_id)
        self.assertFalse(any(self._get_keys()))

    def test_unlink_another(self):
        self._create_domain("second.example").unlink()
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_companies_of_the_record(self):
        """The list of companies on the record is one more way to choose it."""
        second = self._create_domain("second.example", company_ids=self.company.ids)
        self.assertEqual(self.company.alias_domain_id, second)
        self._assert_same("second.example", "catchall", "bounce", "notifications")
        self.alias_domain.company_ids = [(4, self.company.id)]
        self._assert_same("first.example", "catchall", "bounce", "notifications")
