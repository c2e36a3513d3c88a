# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The list of refusals, what leads to it, and what of it leads on."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import config

from ..axe import AxeMixin
from .test_mail_refusal import GMAIL_DKIM, explained
from .test_refusal_alarms import NO_DKIM


@tagged("-at_install", "post_install")
class TestRefusalPages(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.mail_server"].search([]).active = False
        cls.admin = new_test_user(cls.env, "pages_admin", groups="base.group_system")
        cls.refusals = cls.env["mail.refusal"].with_user(cls.admin)

    def note(self, text=GMAIL_DKIM, **values):
        return self.refusals._note([explained(text, recipient="a@b.example", **values)])

    def get_tile(self, key):
        overview = self.env["mail.deliverability.overview"].with_user(self.admin)
        tiles = overview._get_tiles()
        return next((tile for tile in tiles if tile["key"] == key), None)

    def test_one_click_to_the_email(self):
        document = self.env["res.partner"].create({"name": "Order"})
        message = document.message_post(body="Hello")
        mail = self.env["mail.mail"].create({"mail_message_id": message.id})
        refusal = self.note(mail_mail_id=mail.id, mail_message_id=message.id)
        refusal = refusal.with_user(self.admin)
        action = refusal.action_open_mail()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("mail.mail", mail.id)
        )
        refusal.sudo().mail_mail_id = False
        action = refusal.action_open_mail()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", document.id)
        )
        document.unlink()
        with self.assertRaisesRegex(UserError, "not there any more"):
            refusal.action_open_mail()

    def test_the_emails_of_several(self):
        mails = self.env["mail.mail"].create([{}, {}])
        refusals = self.note(mail_mail_id=mails[0].id)
        refusals |= self.note(mail_mail_id=mails[1].id)
        action = refusals.with_user(self.admin).action_open_mails()
        self.assertEqual(self.env["mail.mail"].search(action["domain"]), mails)

    def test_an_empty_list_says_whether_reports_arrive(self):
        model = type(self.refusals)
        words = "Refusals <b> that come back are not known here."
        with patch.object(model, "_describe_bounce_return", lambda _self: words):
            text = self.refusals.get_empty_list_help("<p>No email was refused</p>")
            self.assertEqual(self.get_tile("refusals")["hint"], words)
        self.assertIn("Not all refusals would be seen here", text)
        self.assertNotIn("No email was refused", text)
        self.assertIn("Refusals &lt;b&gt; that", text)
        with patch.object(model, "_describe_bounce_return", lambda _self: ""):
            text = self.refusals.get_empty_list_help("<p>No email was refused</p>")
        self.assertEqual(text, "<p>No email was refused</p>")

    def test_the_tile(self):
        for _number in range(3):
            self.note()
        self.note("550 5.1.1 User unknown")
        self.note(date=fields.Datetime.now() - timedelta(days=8))
        tile = self.get_tile("refusals")
        self.assertEqual(tile["count"], 4)
        self.assertEqual(
            [(one["text"], one["count"]) for one in tile["reasons"]],
            [("Not Authenticated", 3), ("Unknown Address", 1)],
        )

    def test_of_other_companies_nothing_is_counted(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.note(company_id=other.id)
        self.assertEqual(self.get_tile("refusals")["count"], 0)

    def test_servers_that_soon_take_no_passwords(self):
        values = {"name": "Server", "smtp_user": "a@acme.example", "smtp_pass": "x"}
        servers = self.env["ir.mail_server"]
        losing = servers.create({**values, "smtp_host": "smtp.office365.com"})
        legacy = servers.create({**values, "smtp_host": "SMTP-legacy.Office365.com."})
        others = servers.create(
            [
                {**values, "smtp_host": "smtp.gmail.com"},
                {**values, "smtp_host": "smtp.office365.com.acme.example"},
                {**values, "smtp_host": "notoffice365.com"},
                {"name": "Relay", "smtp_host": "smtp.office365.com"},
            ]
        )
        self.assertIn("Microsoft Outlook", losing.with_user(self.admin).password_note)
        self.assertTrue(legacy.password_note)
        self.assertFalse(any(others.mapped("password_note")))
        found = [one["id"] for one in self.get_tile("notes")["servers"]]
        self.assertEqual(found, (losing + legacy).ids)
        losing.from_filter = others[3].from_filter = "acme.example"
        domain = self.env["mail.alias.domain"].create({"name": "acme.example"})
        self.env.company.alias_domain_id = domain
        [note] = domain.with_user(self.admin).get_checklist()["notes"]
        self.assertEqual(note["servers"], [{"id": losing.id, "name": "Server"}])
        self.assertIn("Microsoft Outlook", note["text"])
        (losing + legacy).smtp_host = "smtp.gmail.com"
        self.assertIsNone(self.get_tile("notes"))

    def test_the_server_of_odoo_conf(self):
        file = {"smtp_server": "smtp.office365.com", "smtp_user": "a@acme.example"}
        with patch.dict(config.options, file):
            [server] = self.get_tile("notes")["servers"]
            self.assertIs(server["id"], False)
        with patch.dict(config.options, {**file, "smtp_user": False}):
            self.assertIsNone(self.get_tile("notes"))


class TourCase(AxeMixin, HttpCase):
    def setUp(self):
        super().setUp()
        domain = self.env["mail.alias.domain"].create({"name": "acme.example"})
        self.env["res.company"].search([]).alias_domain_id = domain
        self.env["mail.activity"].search([("alarm_subject", "!=", False)]).unlink()
        self.env["mail.refusal"].search([]).unlink()
        self.server = self.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "smtp.office365.com", "smtp_user": "a"}
        )
        self.document = self.env["res.partner"].create({"name": "Order 17"})
        for address, text in (
            ("jo@gmail.com", NO_DKIM),
            ("kim@customer.example", "550 5.1.1 User unknown"),
        ):
            self.refuse(address, text)
        self.env["mail.refusal"]._cron_watch()

    def refuse(self, address, text):
        """Let a message to a new partner fail with an answer."""
        partner = self.env["res.partner"].create({"name": address, "email": address})
        author = self.env.ref("base.user_admin").partner_id
        author.email = "admin@acme.example"
        message = self.document.message_post(
            author_id=author.id,
            body=f"Hello {address}",
            force_send=False,
            mail_auto_delete=False,
            message_type="comment",
            partner_ids=partner.ids,
            subject="Offer",
            subtype_xmlid="mail.mt_comment",
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        failure = {"failure_reason": text, "failure_type": "unknown"}
        mail.write({"state": "exception", **failure})
        mail._postprocess_sent_message([], [], **failure)
        known = {"mail_mail_id": mail.id, "mail_message_id": message.id}
        known |= {"message_id": mail.message_id, "recipient": address}
        refusal = self.env["mail.refusal"]._note(
            [explained(text, **known, origin="report")]
        )
        refusal.is_proven = True


@tagged("post_install", "-at_install")
class TestRefusalTour(TourCase):
    def test_everybody_can_use_them(self):
        self.start_tour(
            f"/odoo/res.partner/{self.document.id}",
            "mail_refusal",
            login="admin",
            timeout=300,
        )


@tagged("post_install", "-at_install")
class TestRefusalOnAPhone(TourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_everybody_can_use_them(self):
        self.start_tour(
            "/odoo/email-deliverability",
            "mail_refusal_phone",
            login="admin",
            timeout=300,
        )
