# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Header fields at the receiver: with a key and without one, as Odoo sets them."""

import email
import email.policy
import re
from email.message import EmailMessage
from email.mime.text import MIMEText

from odoo.tests import tagged

from ..smtp_relay import SmtpRelay
from ..smtp_sink import SmtpSink
from .test_ir_mail_server import SigningCase

URL = (
    "https://acme.example/mailing/4711/unsubscribe_oneclick?document_id=12"
    "&email=customer%40customer.example&hash_token=" + "0123456789abcdef" * 8
)
IDS = [
    f"<{number}.1700000000.123456789012345-openerp-{number}-crm.lead@erp.acme.example>"
    for number in range(40)
]
HEADERS = {
    "List-Unsubscribe": f"<{URL}>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "Precedence": "list",
    "X-Auto-Response-Suppress": "OOF",
    "Return-Path": f"bounce+{'4711' * 15}@acme.example",
    "List-Id": "Neuigkeiten für alle <news.acme.example>",
    "Feedback-ID": "4711:campaign:mailing:" + "acme" * 20,
}
IDN = '"Müller, Hans" <hans@münchen.example>'


def _unfold(data):
    head = data.partition(b"\r\n\r\n")[0].decode()
    head = re.sub(r"\r\n(?=[ \t])", "", head)
    return dict(line.split(": ", 1) for line in head.split("\r\n") if ": " in line)


@tagged("post_install", "-at_install")
class TestHeaders(SigningCase):
    def _make_mailing(self, **values):
        return self._make_mail(
            "Zoé <zoe@acme.example>",
            headers=repr(HEADERS),
            references=" ".join(IDS),
            reply_to=IDN,
            email_cc=IDN,
            **values,
        )

    def _assert_right(self, delivery, keys):
        data = delivery.data
        found = _unfold(data)
        for name, value in HEADERS.items():
            if value.isascii():
                self.assertEqual(found[name], value)
        self.assertEqual(found["references"], " ".join(IDS))
        lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
        self.assertLessEqual(max(map(len, lines)), 998)
        parsed = email.message_from_string(data.decode(), policy=email.policy.SMTP)
        self.assertEqual(parsed["List-Id"], HEADERS["List-Id"])
        self.assertEqual(parsed["From"].addresses[0].display_name, "Zoé")
        for name in ("Reply-To", "Cc"):
            (address,) = parsed[name].addresses
            self.assertEqual(address.display_name, "Müller, Hans")
            self.assertEqual(address.username, "hans")
        self.assertEqual(self._verify(data), ["pass"] * keys)

    def test_with_and_without_a_key_and_smtputf8(self):
        for keys in (2, 0):
            if not keys:
                (self.rsa_key | self.ed_key).action_retire()
            for international in (False, True):
                with (
                    self.subTest(keys=keys, international=international),
                    SmtpSink(enable_SMTPUTF8=international) as sink,
                ):
                    self.server.smtp_port = sink.port
                    self._make_mailing().send(raise_exception=True)
                    (delivery,) = sink.deliveries
                    self._assert_right(delivery, keys)
                    found = _unfold(delivery.data)
                    self.assertNotIn("=?", found["List-Unsubscribe"])
                    self.assertIn("<hans@xn--mnchen-3ya.example>", found["Reply-To"])

    def test_headers_in_utf8(self):
        """An envelope that only SMTPUTF8 takes; short lines of a token stay, too."""
        with SmtpSink(enable_SMTPUTF8=True) as sink:
            self.server.smtp_port = sink.port
            for keys in (2, 0):
                if not keys:
                    (self.rsa_key | self.ed_key).action_retire()
                mail = self._make_mailing(email_to="josé@y.example")
                mail.send(raise_exception=True)
                delivery = sink.deliveries[-1]
                self._assert_right(delivery, keys)
                self.assertIn("josé@y.example".encode(), delivery.data)
                self.assertEqual(_unfold(delivery.data)["Cc"], IDN)

    def test_behind_a_relay(self):
        with SmtpRelay(self.sink) as first:
            self.server.smtp_port = first.port
            self._make_mailing().send(raise_exception=True)
        delivery = self._last()
        self.assertEqual(self._verify(delivery.data), ["pass", "pass"])
        self.assertIn(URL.encode(), delivery.data)

    def test_messages_of_other_modules(self):
        """Whatever policy they were built with; old ones stay as they are."""
        for policy in (
            email.policy.default,
            email.policy.SMTP.clone(max_line_length=60),
        ):
            message = EmailMessage(policy=policy)
            self._fill(message)
            message.set_content("Body")
            self.env["ir.mail_server"].send_email(message)
            found = _unfold(self._last().data)
            self.assertEqual(found["List-Unsubscribe"], f"<{URL}>")
            self.assertEqual(self._verify(self._last().data), ["pass", "pass"])
        message = MIMEText("Body")
        policy = message.policy
        self._fill(message)
        self.env["ir.mail_server"].send_email(message)
        self.assertIs(message.policy, policy)
        found = _unfold(self._last().data)
        self.assertEqual(found["List-Unsubscribe"].strip(), f"<{URL}>")

    def _fill(self, message):
        message["From"], message["To"] = "zoe@acme.example", "customer@customer.example"
        message["Subject"], message["Message-Id"] = "Subject", "<1@acme.example>"
        message["List-Unsubscribe"] = f"<{URL}>"
