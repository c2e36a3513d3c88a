# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Odoo itself sends gives no alarm."""

from odoo.tests import new_test_user, tagged

from ...mailauth.message.content import ContentFacts, check_content
from ...mailauth.message.raw import read_raw
from ..common import SmtpCase

_SIGNED = frozenset(("from", "list-unsubscribe", "list-unsubscribe-post"))
_LAYOUTS = (
    "mail.mail_notification_layout",
    "mail.mail_notification_light",
    "mail.mail_notification_layout_with_responsible_signature",
)


class OdooCase(SmtpCase):
    """A user who writes to a customer, and to a colleague, who gets a button."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_server("acme.example")
        set_param = cls.env["ir.config_parameter"].set_param
        set_param("web.base.url", "https://erp.acme.example")
        cls.company.write(
            {
                "name": "Acme & Söhne",
                "email": "info@acme.example",
                "website": "https://www.acme.example",
            }
        )
        cls.user = new_test_user(
            cls.env,
            "zoe",
            "base.group_user,base.group_partner_manager",
            name="Zoë Miller, Acme",
            email="zoe@acme.example",
            signature="<p>Zoë<br/><a href='https://www.acme.example'>Acme</a></p>",
        )
        cls.colleague = new_test_user(
            cls.env,
            "bob",
            name="Bob Jones",
            email="bob@acme.example",
            notification_type="email",
        ).partner_id
        cls.customer, cls.record = cls.env["res.partner"].create(
            [
                {"name": "Ada Smith", "email": "ada@customer.example"},
                {"name": "Quotation S00042: Größe", "email": False},
            ]
        )

    def find(self, **facts):
        """Return the codes of what is said of each message that has left."""
        self.assertTrue(self.sink.deliveries, "nothing was delivered")
        facts = ContentFacts("acme.example", **facts)
        return [
            [finding.code for finding in check_content(read_raw(one.data), facts)]
            for one in self.sink.deliveries
        ]

    def post(self, **values):
        self.record.with_user(self.user).message_post(
            body="Dear Ada, see www.partner.example",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=(self.customer + self.colleague).ids,
            **values,
        )
        self.env["mail.mail"].search([("state", "=", "outgoing")]).send()


@tagged("post_install", "-at_install")
class TestContentOdoo(OdooCase):
    def test_chatter(self):
        for layout in _LAYOUTS:
            self.post(email_layout_xmlid=layout)
        self.assertEqual(self.find(), [[]] * 2 * len(_LAYOUTS))

    def test_document_with_a_file(self):
        files = [("INV_2026_00042.pdf", b"%PDF-1.7 " + bytes(range(256)) * 300)]
        self.post(attachments=files)
        self.assertEqual(self.find(), [[], []])

    def test_answer_in_a_thread(self):
        self.post()
        self.post(subject="Re: Quotation S00042")
        self.assertEqual(self.find(), [[]] * 4)

    def test_mail_of_its_own(self):
        self._make_mail("zoe@acme.example", body_html="<p>Zoë</p>").send()
        self.assertEqual(self.find(), [[]])

    def test_encapsulated_author(self):
        self._make_mail('"Bob, Partner" <bob@partner.example>').send()
        self.assertEqual(self.find(), [[]])

    def test_wrong_base_url(self):
        set_param = self.env["ir.config_parameter"].set_param
        set_param("web.base.url", "http://localhost:8069")
        self.post(email_layout_xmlid=_LAYOUTS[0])
        # Only colleagues get a button that leads to the document.
        self.assertEqual(sorted(self.find()), [[], ["link_private"]])


@tagged("-standard", "with_mass_mailing", "post_install", "-at_install")
class TestContentMailing(OdooCase):
    def make_mailing(self, body):
        """Send a mailing to one reader."""
        reader = {"name": "Ada Smith", "email": "ada@customer.example"}
        readers = self.env["mailing.list"].create({"name": "Readers"})
        readers.contact_ids = self.env["mailing.contact"].create(reader)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News of Größe",
                "body_html": body,
                "email_from": '"Acme" <news@acme.example>',
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": readers.ids,
            }
        )
        mailing.action_send_mail()
        self.env["mail.mail"].search([("state", "=", "outgoing")]).send()

    def test_mailing(self):
        self.make_mailing(
            "<p>News: <a href='https://www.acme.example/shop'>our shop</a>"
            " <a href='/unsubscribe_from_list'>Unsubscribe</a>"
            " <a href='/view'>View online</a></p>"
        )
        self.assertEqual(self.find(signed_fields=_SIGNED), [[]])
        self.assertEqual(self.find(is_mailing=True, signed_fields=_SIGNED), [[]])

    def test_mailing_that_counts_clicks(self):
        self.make_mailing("<p><a href='https://www.a.example/'>www.a.example</a></p>")
        self.assertEqual(self.find(), [["link_tracked"]])

    def test_mailing_without_https(self):
        set_param = self.env["ir.config_parameter"].set_param
        set_param("web.base.url", "http://erp.acme.example")
        self.make_mailing("<p>News</p>")
        self.assertEqual(self.find(), [["unsubscribe_missing"]])
