# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where no report comes back, the screens say so."""

from odoo import fields
from odoo.tests import tagged

from ..common import SmtpCase


@tagged("post_install", "-at_install")
class TestBounceReturn(SmtpCase):
    def setUp(self):
        super().setUp()
        self.env["fetchmail.server"].search([]).unlink()
        self.env["mail.refusal"].search([]).unlink()
        emails = self.env["mail.message"].search([("message_type", "=", "email")])
        emails.message_type = "comment"
        self.server = self._make_server("acme.example", smtp_user="odoo@acme.example")
        self.gmail = self.env.ref("mail_deliverability.mail_sending_provider_gmail")

    def fetch(self, **values):
        return self.env["fetchmail.server"].create(
            {
                "name": "Mailbox",
                "server_type": "imap",
                "server": "imap.acme.example",
                "user": "bounce@acme.example",
                "state": "done",
                **values,
            }
        )

    def describe(self):
        code, _name = self.domain._get_bounce_return()
        refusals = self.env["mail.refusal"].with_context(
            allowed_company_ids=self.company.ids
        )
        return code, refusals._describe_bounce_return()

    def test_no_mail_comes_in(self):
        code, text = self.describe()
        self.assertEqual(code, "no_way")
        self.assertIn(self.domain.bounce_email, text)
        shown = self.env["mail.refusal"].get_empty_list_help("<p>None</p>")
        self.assertIn("Odoo receives no emails", shown)

    def test_not_confirmed(self):
        self.fetch(state="draft")
        self.assertEqual(self.describe()[0], "no_way")

    def test_some_mail_comes_in(self):
        self.fetch()
        self.assertEqual(self.describe(), ("", ""))

    def test_mailgate(self):
        self.env["mail.message"].create({"message_type": "email"})
        self.assertEqual(self.describe(), ("", ""))

    def test_failing(self):
        self.fetch(error_date=fields.Datetime.now())
        code, text = self.describe()
        self.assertEqual(code, "failing")
        self.assertTrue(text)

    def test_a_report_has_come(self):
        message = self.env["mail.message"].create(
            {"record_alias_domain_id": self.domain.id}
        )
        self.env["mail.refusal"]._note(
            [{"origin": "report", "mail_message_id": message.id}]
        )
        self.assertEqual(self.describe(), ("arrive", ""))

    def test_service_keeps_them(self):
        self.fetch()
        self.server.smtp_host = "email-smtp.eu-west-1.amazonaws.com"
        code, text = self.describe()
        self.assertEqual(code, "provider")
        self.assertIn("Amazon SES", text)

    def test_one_of_two_services_keeps_them(self):
        self.fetch()
        self._make_server("acme.example")
        self.server.smtp_host = "email-smtp.eu-west-1.amazonaws.com"
        self.assertEqual(self.describe(), ("", ""))

    def test_login_in_the_envelope(self):
        """Gmail sends bounces to the mailbox of the login: Odoo may fetch that."""
        mailbox = self.fetch()
        self.server.write(
            {"smtp_host": "smtp.gmail.com", "smtp_user": "odoo.acme@gmail.com"}
        )
        self.assertEqual(self.gmail, self.server.provider_id)
        self.assertEqual(self.describe()[0], "provider")
        mailbox.user = "Odoo.Acme@gmail.com"
        self.assertEqual(self.describe(), ("", ""))
