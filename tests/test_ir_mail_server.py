from odoo.tests import tagged

from .common import SmtpCase


@tagged("post_install", "-at_install")
class TestIrMailServer(SmtpCase):
    def test_filter_keeps_its_domain(self):
        self._make_server("acme.example")
        self._make_mail('"Bob" <bob@acme.example>').send()
        self.assertEqual(self._last().message["From"], "Bob <bob@acme.example>")
        self.assertEqual(self._last().mail_from, "bounce@acme.example")

    def test_filter_encapsulates_foreign_author(self):
        self._make_server("acme.example")
        self._make_mail('"Anna" <anna@yahoo.example>').send()
        message = self._last().message
        self.assertEqual(message["From"], "Anna <notifications@acme.example>")
        self.assertEqual(message["Reply-To"], "OdooBot <catchall@acme.example>")
        self.assertEqual(message["X-Original-From"], "anna@yahoo.example")
        self.assertEqual(self._last().mail_from, "bounce@acme.example")

    def test_forced_server(self):
        self._make_server("globex.example")
        server = self._make_server("acme.example")
        mail = self._make_mail("anna@yahoo.example", mail_server_id=server.id)
        mail.send()
        self.assertEqual(
            self._last().message["From"], "anna <notifications@acme.example>"
        )

    def test_direct_call(self):
        self._make_server("acme.example")
        server_model = self.env["ir.mail_server"]
        message = server_model._build_email__(
            "anna@yahoo.example", ["customer@customer.example"], "Subject", "Body"
        )
        message_id = server_model.send_email(message)
        self.assertEqual(self._last().message["Message-ID"], message_id)
        self.assertEqual(
            self._last().message["From"], "anna <notifications@acme.example>"
        )
