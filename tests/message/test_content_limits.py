# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time
from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.message.content import ContentFacts, check_content
from ...mailauth.message.content.form import MAX_LINE, find_long_line
from ...mailauth.message.content.parts import LARGEST
from ...mailauth.message.raw import RawMessage, read_raw
from .content_common import find_codes, html, judge, make

_SIZE = 3_000_000  # bytes of a hostile body
# What makes careless readers slow. (name, message)
HOSTILE = [
    *(
        (f"html {sign!r}", html(sign * (_SIZE // len(sign)), text=None))
        for sign in (
            "<a ",
            '<a href="',
            "<a href='",
            "<a href=x>",
            "<!--",
            "<a \"'",
            "<a href=http://x/>www.a.com",
            "&amp;",
        )
    ),
    ("spaces", make(" " * _SIZE)),
    ("line ends", make("\n" * _SIZE)),
    ("dashes", make("--\n" * (_SIZE // 3), Content_Type="multipart/a; boundary=b")),
    ("links", make("http://" * (_SIZE // 7))),
    *(
        (f"{name} {sign!r}", make(**{name: sign * (200_000 // len(sign))}))
        for name in ("From", "To", "Message_ID", "Date", "List_Unsubscribe", "X_A")
        for sign in ("<", "(", '"', "=?a?q?", "a@b ", "a@b,", " ", "\\")
    ),
]


class TestContentLimits(BaseCase):
    def test_hostile_messages_take_little_time(self):
        for name, raw in HOSTILE:
            with self.subTest(name):
                before = time.process_time()
                judge(raw)
                self.assertLess(time.process_time() - before, 2)

    def test_long_lines_are_found_wherever_they_are(self):
        for before in (0, 1, 996, 997, 998, 999, 1000, 1001, 2500):
            start = b"x\r\n" * (before // 3) + b"\r\n" * (before % 3)
            for length in (MAX_LINE - 1, MAX_LINE, MAX_LINE + 1, 3 * MAX_LINE):
                body = start + b"y" * length + b"\r\nz"
                expected = len(start) if length > MAX_LINE else None
                self.assertEqual(find_long_line(body), expected)
                self.assertEqual(find_long_line(body[:-3]), expected)

    def test_large_messages(self):
        body = b"Hello\n" * (LARGEST // 6)
        self.assertEqual(find_codes(make(body)), ["size_large"])
        (finding,) = judge(make(body))
        self.assertEqual(finding.why[0].get("megabytes"), "23")

    def test_what_the_reader_says(self):
        for problem, code in (
            ("header_too_large", "header_large"),
            ("too_many_fields", "header_large"),
            ("header_malformed", "header_malformed"),
            ("too_large", "size_large"),
        ):
            message = replace(read_raw(make()), problems=(problem,))
            (finding,) = check_content(message, ContentFacts())
            self.assertEqual(finding.code, code)

    def test_what_is_no_message(self):
        for problem in ("not_a_message", "outlook_msg"):
            message = RawMessage(b"", problems=(problem,))
            self.assertEqual(check_content(message, ContentFacts()), [])

    def test_a_header_alone(self):
        """Somebody has pasted the header: its parts are not there to be judged."""
        raw = make("", Content_Type="multipart/mixed; boundary=b").rstrip(b"\n")
        self.assertEqual(find_codes(raw), [])

    def test_nothing_at_all(self):
        codes = [
            finding.code for finding in check_content(RawMessage(b""), ContentFacts())
        ]
        self.assertEqual(
            codes[:3], ["from_missing", "message_id_missing", "date_wrong"]
        )
