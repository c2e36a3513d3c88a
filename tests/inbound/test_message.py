# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from xmlrpc.client import Binary

from odoo.tests import BaseCase

from ...models.inbound import message as inbound
from ...models.inbound.message import read_inbound
from ...models.refusal.report import may_be_report

FROM = b"From: A <a@acme.example>\r\n"


class TestInboundMessage(BaseCase):
    def test_forms(self):
        raw = FROM + b"\r\nBody"
        lone = b"Subject: \xed\xb2\x80\n\n"
        cases = (
            ("bytes", raw, raw),
            ("bytearray", bytearray(raw), raw),
            ("text", raw.decode(), raw),
            ("XML-RPC", Binary(raw), raw),
            ("a lone surrogate", lone.decode("utf-8", "surrogatepass"), lone),
            ("nothing", None, b""),
            ("a number", 7, b""),
            ("a huge number", 10**12, b""),
            ("a list", [1, 2], b""),
        )
        for name, given, expected in cases:
            with self.subTest(name):
                self.assertEqual(read_inbound(given).raw, expected)

    def test_author(self):
        cases = (
            ("one", FROM, "a@acme.example", "acme.example"),
            ("upper case", b"FROM: A@ACME.example\n", "a@acme.example", "acme.example"),
            ("none", b"Subject: Hello\r\n", "", ""),
            ("two fields", FROM + b"from: b@acme.example\r\n", "", ""),
            ("two, far apart", FROM + b"X: %b\r\n" % (b"x" * 10**6) + FROM, "", ""),
            ("in the body", b"Subject: Hello\r\n\r\n" + FROM, "", ""),
            ("no address", b"From: somebody\r\n", "", ""),
            ("no domain", b"From: <a@>\r\n", "", ""),
            ("a domain too long", b"From: a@%b.example\r\n" % (b"x" * 300), None, ""),
            ("no text", b"From: \xff\xfe\0 <\xff@\xff>\r\n", None, None),
            ("endless", b"From: " + b"(" * 10**6, "", ""),
            ("nothing", b"", "", ""),
        )
        for name, raw, author, domain in cases:
            message = read_inbound(raw)
            with self.subTest(name):
                for found, expected in (
                    (message.author, author),
                    (message.author_domain, domain),
                ):
                    self.assertIsInstance(found, str)
                    if expected is not None:
                        self.assertEqual(found, expected)

    def test_recipients(self):
        """Wherever servers and programs write them; most bounces name one in To."""
        raw = (
            b"X-Envelope-To: A@ACME.example\r\n"
            b"To: B <b@acme.example>, c@acme.example\r\n"
            b'Cc: "d, D" <d@acme.example>\r\n'
            b"Received: from x by y for <e@acme.example>; now\r\n\r\nTo: f@acme.example"
        )
        expected = {f"{name}@acme.example" for name in "abcde"}
        message = read_inbound(raw)
        self.assertEqual(message.recipients, expected)
        for name in "abcde":
            self.assertTrue(may_be_report(message, {f"{name}@acme.example"}), name)
        self.assertFalse(may_be_report(message, {"f@acme.example"}))

    def test_read_once(self):
        message = read_inbound(FROM)
        self.assertIs(message.headers, message.headers)
        calls = []

        def find():
            calls.append(message.ask_once("question", find))
            return True

        self.assertTrue(message.ask_once("question", find))
        self.assertTrue(message.ask_once("question", find))
        self.assertEqual(calls, [False])

    def test_frozen(self):
        with self.assertRaises(AttributeError):
            read_inbound(FROM).raw = b""

    def test_what_is_logged_is_bounded(self):
        message = read_inbound(b"Message-Id: <%b>\r\n" % (b"x" * 10**5))
        self.assertEqual(len(message.message_id), inbound.MAX_SHOWN)
        self.assertLess(len(repr(message)), 100)
