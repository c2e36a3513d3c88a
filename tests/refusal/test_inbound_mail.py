# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which mail a report is about."""

from odoo.tests import BaseCase, tagged

from ...models.refusal.relay_reply import find_name
from ...models.refusal.report import spell
from ..common import SmtpCase
from .inbound_common import NO_DKIM, UNKNOWN_USER, InboundCase, describe

JANE = "jane@receiver.example"
SES = "0102018d5f6a7b8c-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000"
BOOKS = {"a@xn--bcher-kva.example", "a@bücher.example"}
OWN = "<145.1772.4711-openerp-7-crm.lead@acme.example>"
REPLIES = (
    (f"Ok {SES}", SES),
    ("2.0.0 Ok: queued as 4XyZ1w2345z6Qrs", ""),
    ("2.0.0 OK  1767225600 a1-20020a170902ee5100b001e0d6d5d2f4si123.155 - gsmtp", ""),
    ("2.0.0 OK <AB12.eurprd04@AM0PR04.prod.outlook.com> [Hostname=AM0PR04.x]",
     "AB12.eurprd04@AM0PR04.prod.outlook.com"),
    ("2.0.0 OK: queued as <202601011200.12345678901@smtp-relay.mailin.fr>",
     "202601011200.12345678901@smtp-relay.mailin.fr"),
    ("OK 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
    ("Ok: queued as AbCdEfGhIjKlMnOpQrStUv", "AbCdEfGhIjKlMnOpQrStUv"),
    (f"2.6.0 {OWN} Queued mail for delivery", ""),
    ("OK", ""),
    ("", ""),
    ("OK " + "a-" * 100_000, ""),
    ("OK " + "<" * 100_000, ""),
)  # fmt: skip


class TestRelayReply(BaseCase):
    def test_names(self):
        for reply, name in REPLIES:
            for form in (reply, reply.encode()):
                with self.subTest(reply=reply[:40]):
                    self.assertEqual(find_name(form, OWN), name)

    def test_spellings(self):
        for address, spellings in (
            ("Jane@Receiver.Example", {"jane@receiver.example"}),
            (
                "a@xn--bcher-kva.example",
                {"a@xn--bcher-kva.example", "a@bücher.example"},
            ),
            ("a@bücher.example", {"a@xn--bcher-kva.example", "a@bücher.example"}),
            ("nobody", set()),
            ("a\x00@b.example", set()),
            ("a@xn--\u00e9.example", None),
        ):
            with self.subTest(address=address):
                found = spell(address)
                if spellings is not None:
                    self.assertEqual(found, spellings)


@tagged("post_install", "-at_install")
class TestMails(InboundCase):
    def test_mail_without_a_document(self):
        mail = self.make_mail()
        self.bounce(JANE, message=mail)
        self.assertEqual(mail.state, "sent")
        self.assertEqual(mail.refusal_category, "mailbox_unknown")
        self.assertEqual(mail.failure_reason, f"smtp; {UNKNOWN_USER}")
        self.assertEqual(self.refusals().mail_mail_id, mail)

    def test_mail_to_several(self):
        """It is not refused as a whole."""
        mail = self.make_mail(email_to="jane@receiver.example, john@receiver.example")
        self.bounce(JANE, message=mail)
        self.assertFalse(mail.refusal_category)
        self.assertEqual(self.refusals().mail_mail_id, mail)
        self.assertEqual(self.bounces(), [1, 0])

    def test_partner_with_two_addresses(self):
        both = self.env["res.partner"].create(
            {"name": "Both", "email": "a@receiver.example, b@receiver.example"}
        )
        message = self.send(both)
        message.mail_ids.unlink()
        self.bounce("b@receiver.example", message=message)
        self.assertEqual(self.statuses(message), {"Both": "bounce"})

    def test_international_domain(self):
        partner = self.env["res.partner"].create(
            {"name": "Müller", "email": "mueller@bücher.example"}
        )
        message = self.send(partner)
        self.bounce("mueller@xn--bcher-kva.example", message=message)
        self.assertEqual(self.statuses(message), {"Müller": "bounce"})
        self.assertEqual(partner.message_bounce, 1)

    def test_forwarded(self):
        """The address that has failed is that of the forward: ours stands beside it."""
        told = describe(("jd@home.example", "failed", "5.1.1", UNKNOWN_USER))
        told = told.replace("Action:", f"Original-Recipient: rfc822;{JANE}\nAction:")
        self.receive(self.report(told))
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})
        self.assertEqual(self.refusals().recipient, JANE)

    def test_by_references(self):
        """Some reports have nothing of the original, but answer to it."""
        head = f"References: {self.message.message_id}\n"
        told = describe((JANE, "failed", "5.1.1", UNKNOWN_USER))
        self.receive(self.report(told, original="Subject: Offer\n", head=head))
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})

    def test_renamed_by_the_relay(self):
        self.env["mail.relay.name"]._note(SES, self.message.message_id)
        told = describe((JANE, "failed", "5.1.1", UNKNOWN_USER))
        raw = self.report(told).replace(
            self.message.message_id.encode(), f"<{SES}@email.amazonses.com>".encode()
        )
        self.receive(raw)
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})
        self.assertEqual(self.refusals().message_id, self.message.message_id)

    def test_two_companies(self):
        """A report on a mail of one is told there, whoever has received it."""
        other = self.env["res.company"].create({"name": "Other"})
        message = self.send(self.jane, record_company_id=other.id)
        self.bounce(JANE, reply=NO_DKIM, status="5.7.26", message=message)
        self.assertEqual(self.refusals().company_id, other)
        self.assertEqual(self.statuses(), {"jane": "sent", "john": "sent"})

    def test_the_author_is_told(self):
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].search([])
        self.bounce(JANE)
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].search([]) - told
        self.assertIn("bounce", "".join(told.mapped("message")))


@tagged("post_install", "-at_install")
class TestRelayName(SmtpCase):
    """A real server's answer is kept where it gives the mail another name."""

    def setUp(self):
        super().setUp()
        self.server = self._make_server("acme.example", name="Relay")

    def send(self, reply):
        self.sink.data_reply = reply
        mail = self._make_mail("me@acme.example", email_to=JANE, auto_delete=False)
        before = self.env["mail.relay.name"].search([])
        mail.send()
        self.assertEqual(mail.state, "sent")
        return mail, self.env["mail.relay.name"].search([]) - before

    def test_kept(self):
        mail, kept = self.send(f"250 Ok {SES}")
        self.assertEqual((kept.name, kept.message_id), (SES, mail.message_id))

    def test_nothing_to_keep(self):
        _mail, kept = self.send("250 2.0.0 Ok: queued as 4XyZ")
        self.assertFalse(kept)

    def test_forgotten(self):
        _mail, kept = self.send(f"250 Ok {SES}")
        kept.date = "2020-01-01"
        self.env["mail.relay.name"]._gc_old_names()
        self.assertFalse(kept.exists())
