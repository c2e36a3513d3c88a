# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ..mailauth.printable import drop_hidden, printable, shorten, shorten_keys


class TestPrintable(BaseCase):
    def test_text_and_bytes(self):
        cases = [
            (b"v=spf1 \xff\x00<b>", "v=spf1 \\xff\\x00<b>"),
            ("\u202e\n", "\\u202e\\n"),
            ("x" * 600, "x" * 500),
        ]
        for text, expected in cases:
            with self.subTest(text=text):
                self.assertEqual(printable(text), expected)

    def test_bytes_are_shown_in_hex(self):
        self.assertEqual(printable(b"a\x1b[0m\xe9\n"), r"a\x1b[0m\xe9\x0a")

    def test_nothing_is_escaped_twice(self):
        once = printable("a\\b\u00e9\x00")
        self.assertEqual(printable(once), once)

    def test_result_is_bounded(self):
        for text in ("\u202e" * 100, b"\xff" * 100, "x" * 100):
            with self.subTest(text=text[:1]):
                self.assertEqual(len(printable(text, 50)), 50)

    def test_shorten(self):
        for text, most, expected in (("abcd", 4, "abcd"), ("abcde", 4, "a...")):
            with self.subTest(text):
                self.assertEqual(shorten(text, most), expected)

    def test_drop_hidden(self):
        self.assertEqual(drop_hidden("Zo\u00e9\r\n\u202eX\u200b\ud800"), "Zo\u00e9  X")

    def test_shorten_keys(self):
        """Two keys stay two: all of one kind begin alike, and most end alike."""
        begin, end = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "QIDAQAB"
        old, new = (f"v=DKIM1; p={begin}{one * 9}{end}; s=email" for one in "xy")
        self.assertEqual(
            shorten_keys(old), "v=DKIM1; p=MIIBIjAN...xxxxxxxxxQIDAQAB; s=email"
        )
        self.assertNotEqual(shorten_keys(old), shorten_keys(new))
        for text in (
            "",
            "v=spf1 ip4:192.0.2.1 -all",
            "v=DKIM1; p=",
            "v=DMARC1; p=none",
        ):
            self.assertEqual(shorten_keys(text), text)
