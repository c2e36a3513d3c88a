# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from ..common import SmtpCase


@tagged("post_install", "-at_install")
class TestWhatStays(SmtpCase):
    """What is the same for all mails of a batch is asked for once."""

    def setUp(self):
        super().setUp()
        self._make_server("acme.example, globex.example")
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mail_deliverability.daily_limit", "0")
        self.make_key(self.domain)

    def make_key(self, domain):
        values = {"alias_domain_id": domain.id, "selector": "test"}
        self.env["mail.dkim.key"].create(values).action_activate_unchecked()

    def make(self, count, **values):
        mails = (self._make_mail("me@acme.example", **values) for _each in range(count))
        return self.env["mail.mail"].concat(*mails)

    def test_a_mail_more_reads_no_company(self):
        """Ten for Odoo's own work with a mail; a commit makes it read all anew."""
        for alias_domain in (self.domain.browse(), self.domain):
            values = {"record_alias_domain_id": alias_domain.id}
            self._count_queries(self.make(1, **values))  # fills what is cached
            few, many = (
                self._count_queries(self.make(count, **values)) for count in (2, 12)
            )
            with self.subTest(alias_domain=alias_domain.name):
                self.assertLessEqual((many - few) / 10, 9)
        self.assertEqual(len(self.sink.deliveries), 2 * 15)

    def test_each_keeps_its_own(self):
        mails = self.make(2)
        mails[0].record_alias_domain_id = self.domain
        mails[1].record_alias_domain_id = self.domain_2
        mails[1].email_from = "me@globex.example"
        mails.send()
        found = sorted(one.mail_from for one in self.sink.deliveries)
        self.assertEqual(found, ["bounce@acme.example", "bounce@globex.example"])

    def test_the_next_batch_sees_a_change(self):
        for alias in ("bounce", "returns"):
            self.domain.bounce_alias = alias
            self.make(1).send()
            self.assertEqual(self._last().mail_from, f"{alias}@acme.example")
