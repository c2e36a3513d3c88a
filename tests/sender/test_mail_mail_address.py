# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from email.message import EmailMessage

from odoo.tests import tagged
from odoo.tools import formataddr, mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...mailauth.address import nests_deeply
from ..hostile_addresses import ADDRESS, HARMLESS, HOSTILE
from ..limit.test_mail_mail import MAIL_LOGGER, LimitCase

SENDER = "The sender's address can't be read: "
ANSWERS = "The address for answers can't be read: "
RECIPIENT = "The address of a recipient can't be read: "

# What ends Python's header classes, but not Odoo's own look at an author.
NO_HEADER = (
    ("a literal without an end", "a@[1.2.3.4"),
    ("a line break", "nobody\r\nBcc: a@customer.example"),
    ("an encoded line break", "=?utf-8?q?a=0d=0aBcc:x@y.example?= <a@b.example>"),
)


# Names that Odoo sends, between quotes or encoded.
NAMES = (
    ("brackets", "(" * 60),
    ("colons", ":" * 51),
    ("letters without a break", "a" * 999),
    ("quotes", '"' * 60),
    ("backslashes", "\\" * 60),
    ("emoji", "😀" * 60),
    ("an address", "boss@acme.example, <x@y.example>"),
)
BAD_RECIPIENTS = (
    ("comments in comments", "(" * 600 + ADDRESS),
    ("groups in groups", "a:" * 600 + ADDRESS),
    ("a long local part", "a" * 999 + "@customer.example"),
)


@tagged("post_install", "-at_install")
class TestUnreadable(LimitCase):
    """Each of these mails fails alone: those behind it leave."""

    def _check_alone(self, reason, **values):
        """Let the queue send a mail with these values between two others."""
        self.sink.deliveries.clear()
        before = self._make_mail("me@acme.example")
        mail = self._make_mail(**{"email_from": "me@acme.example", **values})
        behind = self._make_mail("me@acme.example")
        with mute_logger(MAIL_LOGGER):
            self.process()
        self.assertEqual((before + behind).mapped("state"), ["sent", "sent"])
        self.assertEqual(mail.state, "exception")
        self.assertEqual(len(self.sink.deliveries), 2)
        self.assertTrue(mail.failure_reason.startswith(reason), mail.failure_reason)
        self.assertLess(len(mail.failure_reason), 200)

    def test_senders(self):
        for limit in (0, 500):
            self.set_limit(limit)
            for case, text in HOSTILE:
                with self.subTest(case, limit=limit):
                    self._check_alone(SENDER, email_from=text, reply_to=ADDRESS)

    def test_answers(self):
        self.set_limit(500)
        for case, text in HOSTILE + NO_HEADER:
            with self.subTest(case):
                self._check_alone(ANSWERS, reply_to=text)

    def test_recipients(self):
        self.set_limit(500)
        for case, text in HOSTILE:
            if case == "commas":
                continue  # an empty list, for Odoo too
            for field in ("email_to", "email_cc"):
                with self.subTest(case, field=field):
                    self._check_alone(RECIPIENT, **{"email_to": False, field: text})

    def test_partners(self):
        """Those that Odoo can store: it parses an address to fill email_normalized."""
        self.set_limit(500)
        for case, text in HOSTILE:
            if case in ("commas", "a megabyte") or nests_deeply(text):
                continue
            partner = self.env["res.partner"].create({"name": "P", "email": text})
            with self.subTest(case):
                self._check_alone(
                    RECIPIENT,
                    email_to=False,
                    recipient_ids=partner.ids,
                    auto_delete=True,
                )

    def test_a_bad_partner_fails_alone(self):
        self.set_limit(500)
        for case, text in BAD_RECIPIENTS:
            good, bad = self.make_partners(1), self._make_bad_partner(text)
            mail = self._notify(good + bad)
            with self.subTest(case):
                self._check_split(mail, bad, ["p0@customer.example"])

    def test_names_of_partners(self):
        """Whatever their name, all get the mail, as from Odoo."""
        self.set_limit(500)
        for case, name in NAMES + HOSTILE + NO_HEADER:
            if case == "a megabyte":
                continue  # more than PostgreSQL's index takes
            partners = self.make_partners(6)
            partners[3].name = name
            mail = self._notify(partners)
            self.sink.deliveries.clear()
            self.process()
            with self.subTest(case):
                self.assertEqual(len(self.sink.deliveries), 6)
                self.assertFalse(mail.exists())

    def test_names_of_authors(self):
        self.set_limit(500)
        for case, name in NAMES:
            if len(name) > 998:
                continue  # the server refuses the line, from Odoo alone as well
            author = formataddr((name, "me@acme.example"))
            mail = self._make_mail(author, reply_to=author)
            self.process()
            with self.subTest(case):
                self.assertEqual((mail.state, mail.failure_reason), ("sent", False))

    def test_names_in_lists(self):
        self.set_limit(500)
        for case, name in NAMES + NO_HEADER[2:]:
            odd = formataddr((name, "odd@customer.example"))
            for field in ("email_to", "email_cc"):
                self.sink.deliveries.clear()
                mail = self._make_mail(
                    "me@acme.example", **{field: f"a@b.example, {odd}, c@d.example"}
                )
                self.process()
                with self.subTest(case, field=field):
                    self.assertEqual(mail.state, "sent")
                    self.assertIn("odd@customer.example", self.sink.recipients())

    def test_a_bad_part_of_a_list_fails_alone(self):
        self.set_limit(500)
        for case, text in BAD_RECIPIENTS:
            for field in ("email_to", "email_cc"):
                addresses = f'"A, B" <a@b.example>, {text}'
                mail = self._make_mail(
                    "me@acme.example",
                    **{"email_to": False, field: addresses, "auto_delete": True},
                )
                with self.subTest(case, field=field):
                    self._check_split(mail, None, ["a@b.example"])

    def test_many_answers(self):
        for count, state in ((150, "sent"), (20_000, "exception")):
            answers = ", ".join(
                f'"Sales {n}" <n{n}@acme.example>' for n in range(count)
            )
            mail = self._make_mail("me@acme.example", reply_to=answers)
            with mute_logger(MAIL_LOGGER):
                self.process()
            with self.subTest(count):
                self.assertEqual(mail.state, state, mail.failure_reason)

    def _make_bad_partner(self, text):
        """Make a partner whose address may be one that Odoo can't parse."""
        partner = self.env["res.partner"].create({"name": "Bad"})
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_partner SET email = %s WHERE id = %s", [text, partner.id]
        )
        partner.invalidate_recordset()
        return partner

    def _notify(self, partners):
        mail = self._make_mail(
            "me@acme.example",
            email_to=False,
            recipient_ids=partners.ids,
            is_notification=True,
            auto_delete=True,
        )
        for partner in partners:
            self.env["mail.notification"].create(
                {
                    "mail_mail_id": mail.id,
                    "mail_message_id": mail.mail_message_id.id,
                    "notification_type": "email",
                    "res_partner_id": partner.id,
                }
            )
        return mail

    def _check_split(self, mail, partner, recipients):
        """Send a mail that one recipient can't get; the rest of it is deleted then."""
        message = mail.mail_message_id
        self.sink.deliveries.clear()
        mail.send(raise_exception=True)
        self.assertEqual(self.sink.recipients(), recipients)
        failed = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual((failed.state, failed.auto_delete), ("exception", True))
        self.assertTrue(failed.failure_reason.startswith(RECIPIENT))
        if not partner:
            return
        self.assertEqual(failed.recipient_ids, partner)
        states = {
            one.res_partner_id == partner: (one.notification_status, one.failure_reason)
            for one in message.notification_ids
        }
        self.assertEqual(states[True], ("exception", failed.failure_reason))
        self.assertEqual(states[False][0], "sent")

    def test_senders_of_incoming_mail(self):
        """Nobody is answered, and the gateway goes on with the next message."""
        for case, text in HOSTILE:
            message = EmailMessage()
            message["Return-Path"] = text
            with self.subTest(case):
                answer = self.env["mail.thread"]._routing_create_bounce_email(
                    ADDRESS, "<p>Nobody</p>", message
                )
                self.assertFalse(answer)

    def test_harmless(self):
        self.set_limit(0)
        for case, text in HARMLESS:
            mail = self._make_mail(text, reply_to=text, email_to=text)
            self.process()
            with self.subTest(case):
                self.assertEqual((mail.state, mail.failure_reason), ("sent", False))

    def test_who_waits_is_told(self):
        mail = self._make_mail("(" * 600 + ADDRESS, reply_to=ADDRESS)
        with self.assertRaisesRegex(MailDeliveryException, SENDER):
            mail.send(raise_exception=True)

    def test_what_is_sent_stays_sent(self):
        mail = self._make_mail("(" * 600 + ADDRESS, reply_to=ADDRESS, state="sent")
        mail.send()
        self.assertEqual(mail.state, "sent")

    def test_queries(self):
        """Nothing is read twice, nor mail by mail."""
        mails = self.make_mails(3)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            mails._find_unreadable()
        with self.assertQueryCount(0):
            names = ["email_from", "mail_server_id", "record_alias_domain_id"]
            mails.with_context(prefetch_fields=False).read(names)
