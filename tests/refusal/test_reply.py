# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.refusal.reply import MAX_TEXT, parse_reply

# (case, text, reply code, enhanced code, quoted host)
REPLIES = (
    ("nothing", "", "", "", ""),
    ("a reply", "550 5.1.1 No such user", "550", "5.1.1", ""),
    ("no enhanced code", "550 No such user", "550", "", ""),
    ("no reply code", "5.1.1 No such user", "", "5.1.1", ""),
    ("several lines", "550-5.7.26 This mail\n550 5.7.26 is bad", "550", "5.7.26", ""),
    ("lines joined", "550-5.7.26 This mail 550 5.7.26 is bad", "550", "5.7.26", ""),
    ("a Diagnostic-Code", "smtp;550 5.1.1 unknown", "550", "5.1.1", ""),
    ("in brackets", "553 sorry (#5.7.1)", "553", "5.7.1", ""),
    ("smtplib", "(550, b'5.1.1 unknown')", "550", "5.1.1", ""),
    (
        "Odoo: all recipients refused",
        "Mail delivery failed via SMTP server 'None'.\n"
        "SMTPRecipientsRefused: {'jane@acme.example': (550, b'5.1.1 unknown')}",
        "550",
        "5.1.1",
        "",
    ),
    (
        "Odoo: the sender refused",
        "SMTPSenderRefused: (553, b'5.7.1 not owned', 'a@acme.example')",
        "553",
        "5.7.1",
        "",
    ),
    ("a line break of smtplib", r"(421, b'4.7.0 a\n4.7.0 b')", "421", "4.7.0", ""),
    ("a number that is none", "we have 550 customers", "", "", ""),
    ("an address that is none", "see 5.7.1.2 and 550", "", "", ""),
    (
        "Postfix",
        "host mx.acme.example[192.0.2.1] said: 450 4.7.1 later (in reply to RCPT TO)",
        "450",
        "4.7.1",
        "mx.acme.example",
    ),
    (
        "Exim",
        "host mx.acme.example [192.0.2.1]\n    SMTP error after RCPT TO:<a@b>:\n"
        "    550 unknown",
        "550",
        "",
        "mx.acme.example",
    ),
    (
        "Sendmail",
        "... while talking to mx.acme.example.:\n>>> DATA\n<<< 550 5.7.1 no",
        "550",
        "5.7.1",
        "mx.acme.example",
    ),
    (
        "Gmail",
        "by the server for the recipient domain acme.example by mx.acme.example."
        " [192.0.2.1].\n\nThe error that the other server returned was:\n554 5.7.0 no",
        "554",
        "5.7.0",
        "mx.acme.example",
    ),
    (
        "Exchange Online",
        "Your message couldn't be delivered. mx.acme.example gave this error:\nno",
        "",
        "",
        "mx.acme.example",
    ),
    (
        "Exchange",
        "Remote Server at mx.acme.example (192.0.2.1) returned '550 5.1.1 no'",
        "550",
        "5.1.1",
        "mx.acme.example",
    ),
    (
        "qmail: a name goes before an address",
        "192.0.2.1 does not like recipient.\nRemote host said: 550 no\n"
        "Giving up on mx.acme.example.",
        "550",
        "",
        "mx.acme.example",
    ),
    (
        "qmail: an address alone",
        "Connected to 192.0.2.1 but sender was rejected.\nRemote host said: 550 no",
        "550",
        "",
        "192.0.2.1",
    ),
    ("a code of no server", "605 Not delivering", "605", "", ""),
    ("twice", "554 554 5.7.0 Header error", "554", "5.7.0", ""),
)


class TestReply(BaseCase):
    def test_codes_and_host(self):
        for case, text, *expected in REPLIES:
            with self.subTest(case):
                found = parse_reply(text)
                self.assertEqual(
                    [found.reply_code, found.enhanced_code, found.host], expected
                )
                self.assertEqual(parse_reply(text.encode()), found)

    def test_words_are_without_the_heads_of_lines(self):
        found = parse_reply("550-5.7.26 This\u2019s\n550 5.7.26  a Mail of 450 words")
        self.assertEqual(found.words, " this's a mail of 450 words ")

    def test_plain_words_are_without_names(self):
        found = parse_reply("550 <spam@acme.example>: see https://x.example/spf rbl")
        self.assertEqual(found.plain, " 550 see rbl ")

    def test_it_is_bounded(self):
        found = parse_reply("x" * 100_000)
        self.assertLessEqual(len(found.words), MAX_TEXT + 2)
