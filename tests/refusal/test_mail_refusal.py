# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...mailauth.refusal.explain import explain_refusal
from ...models.refusal.mail_refusal import MAX_TEXT
from ...models.refusal.values import to_values

GMAIL_DKIM = (
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated. "
    "Gmail requires all senders to authenticate with either SPF or DKIM. gsmtp"
)


def explained(text, **values):
    """Return what is noted of an answer."""
    return {**to_values(explain_refusal(text=text)), "text": text, **values}


@tagged("-at_install", "post_install")
class TestMailRefusal(TransactionCase):
    def note(self, text=GMAIL_DKIM, **values):
        values = {"recipient": "Jo <Jo@Gmail.com>", **values}
        return self.env["mail.refusal"]._note([explained(text, **values)])

    def test_what_is_kept(self):
        refusal = self.note(origin="report", message_id="<1@acme.example>")
        self.assertEqual(refusal.recipient, "jo@gmail.com")
        self.assertEqual(refusal.receiver, "gmail.com")
        self.assertEqual(refusal.provider, "gmail")
        self.assertEqual(refusal.category, "authentication")
        self.assertEqual(refusal.blame, "our_setup")
        self.assertEqual(refusal.reply_code, "550")
        self.assertEqual(refusal.enhanced_code, "5.7.26")
        self.assertFalse(refusal.temporary)
        self.assertFalse(refusal.company_id)

    def test_what_strangers_write_is_bounded(self):
        refusal = self.note(
            "550 " + "x" * 100_000,
            recipient="a" * 5000 + "@b.example\x00",
            host="h" * 5000,
            message_id="i" * 5000,
            provider="nobody",
        )
        self.assertEqual(len(refusal.text), MAX_TEXT)
        self.assertLessEqual(len(refusal.recipient), 320)
        self.assertLessEqual(len(refusal.host), 255)
        self.assertLessEqual(len(refusal.message_id), 998)
        self.assertFalse(refusal.provider)

    def test_no_character_stops_the_database(self):
        refusal = self.note("550 5.1.1 a\x00b\u202ec\ud800\nd")
        self.assertEqual(refusal.text, "550 5.1.1 abc\nd")

    def test_the_company_is_that_of_the_document(self):
        company = self.env["res.company"].create({"name": "Other"})
        message = self.env["mail.message"].create({"record_company_id": company.id})
        mail = self.env["mail.mail"].create({"mail_message_id": message.id})
        self.assertEqual(self.note(mail_message_id=message.id).company_id, company)
        self.assertEqual(self.note(mail_mail_id=mail.id).company_id, company)

    def test_forgotten_after_a_year(self):
        now = fields.Datetime.now()
        old = self.note(date=now - timedelta(days=370))
        kept = self.note(date=now - timedelta(days=360))
        self.env["mail.refusal"]._gc_old_refusals()
        self.assertFalse(old.exists())
        self.assertTrue(kept.exists())
