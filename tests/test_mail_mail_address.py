from email.message import EmailMessage

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..mailauth.address import nests_deeply
from .hostile_addresses import ADDRESS, HARMLESS, HOSTILE
from .test_mail_mail import MAIL_LOGGER, LimitCase

SENDER = "The sender's address can't be read: "
ANSWERS = "The address for answers can't be read: "
RECIPIENT = "The address of a recipient can't be read: "

# What ends Python's header classes, but not Odoo's own look at an author.
NO_HEADER = (
    ("a literal without an end", "a@[1.2.3.4"),
    ("a line break", "nobody\r\nBcc: a@customer.example"),
    ("an encoded line break", "=?utf-8?q?a=0d=0aBcc:x@y.example?= <a@b.example>"),
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
                    self._check_alone(RECIPIENT, **{field: text})

    def test_partners(self):
        """Those that Odoo can store: it parses an address to fill email_normalized."""
        self.set_limit(500)
        for case, text in HOSTILE:
            if case in ("commas", "a megabyte") or nests_deeply(text):
                continue
            for values in ({"email": text}, {"name": text, "email": ADDRESS}):
                partner = self.env["res.partner"].create({"name": "P", **values})
                with self.subTest(case, fields=list(values)):
                    self._check_alone(
                        RECIPIENT, email_to=False, recipient_ids=partner.ids
                    )

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
