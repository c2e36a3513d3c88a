# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time

from dkim.canonicalization import Relaxed, Simple
from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.dkim.canonical import Message, get_form
from ...mailauth.errors import PermError

# (rule, body, relaxed, simple)
BODIES = (
    ("6376 3.4.4: empty", b"", b"", b"\r\n"),
    ("6376 3.4.4: empty lines alone", b"\r\n\r\n", b"", b"\r\n"),
    ("6376 3.4.4: white space alone", b" \t\r\n \r\n", b"", b" \t\r\n \r\n"),
    ("6376 3.4.3: no last line end", b"a", b"a\r\n", b"a\r\n"),
    ("6376 3.4.3: empty lines at the end", b"a\r\n\r\n\r\n", b"a\r\n", b"a\r\n"),
    ("6376 3.4.4: empty lines inside", b"a\r\n\r\nb", b"a\r\n\r\nb\r\n", None),
    ("6376 3.4.4: white space at ends", b"a \t\r\nb\t \t\r\n", b"a\r\nb\r\n", None),
    ("6376 3.4.4: white space inside", b"a \t b\tc\r\n", b"a b c\r\n", None),
    ("6376 3.4.4: white space first", b" \ta\r\n", b" a\r\n", None),
    (
        "6376 3.4.5: its example",
        b" C \r\nD \t E\r\n\r\n\r\n",
        b" C\r\nD E\r\n",
        b" C \r\nD \t E\r\n",
    ),
)

LARGE = (
    ("bare LF", b"A: b\r\n\r\n" + b"\n" * 10_000_000),
    ("CRLF", b"A: b\r\n\r\n" + b"\r\n" * 5_000_000),
    ("runs", b"A: b\r\n\r\n" + b"a  " * 3_000_000),
    ("tabs", b"A: b\r\n\r\n" + b"\ta" * 5_000_000),
    ("one run", b"A: b\r\n\r\n" + b" " * 10_000_000),
    ("white space at ends", b"A: b\r\n\r\n" + b"\t\n" * 5_000_000),
    ("fields", b"A: b\r\n" * 1_500_000),
)

bodies = st.lists(
    st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"  ", b"\r\n\r\n", b".", b"\x80"])
).map(b"".join)


class TestDkimCanonical(BaseCase):
    def test_bodies(self):
        for rule, body, relaxed, simple in BODIES:
            with self.subTest(rule):
                form = get_form("relaxed/relaxed")
                self.assertEqual(form.canonicalize_body(body), relaxed)
                form = get_form("simple/simple")
                expected = body if simple is None else simple
                expected = expected.removesuffix(b"\r\n") + b"\r\n"
                self.assertEqual(form.canonicalize_body(body), expected)

    @settings(max_examples=200)
    @given(bodies)
    def test_bodies_as_dkimpy_has_them(self, body):
        relaxed = get_form("relaxed/relaxed").canonicalize_body(body)
        # dkimpy keeps white space at the very end of a body without a last line end.
        closed = body if body.endswith(b"\r\n") or not body else body + b"\r\n"
        self.assertEqual(relaxed, Relaxed.canonicalize_body(closed))
        simple = get_form("simple/simple").canonicalize_body(body)
        self.assertEqual(simple, Simple.canonicalize_body(body))

    def test_headers(self):
        message = Message(b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\nbody")  # RFC 6376 3.4.5
        relaxed = get_form("relaxed").canonicalize_headers(message.headers)
        self.assertEqual(relaxed, [(b"a", b"X\r\n"), (b"b", b"Y Z\r\n")])
        self.assertEqual(message.body, b"body")

    def test_line_ends(self):
        for message in (b"A: x\n y\n\nb\n", b"A: x\r\n y\r\n\r\nb\r\n"):
            parsed = Message(message)
            self.assertEqual(parsed.headers, [[b"A", b" x\r\n y\r\n"]])
            self.assertEqual(parsed.body, b"b\r\n")

    def test_messages_without_header_or_body(self):
        for message, headers, body in (
            (b"", [], b""),
            (b"\r\nb", [], b"b"),
            (b"A: x", [[b"A", b" x\r\n"]], b""),
            (b"A: x\r\n", [[b"A", b" x\r\n"]], b""),
            (b"From me\r\nA:\r\n\r\n", [[b"A", b"\r\n"]], b""),
        ):
            with self.subTest(message):
                parsed = Message(message)
                self.assertEqual(parsed.headers, headers)
                self.assertEqual(parsed.body, body)

    def test_a_line_that_is_no_field(self):
        for message in (b"hello\r\n\r\n", b" folded\r\n\r\n", b"A\xe9: x\r\n\r\n"):
            with self.assertRaises(PermError):
                Message(message)

    def test_unknown_algorithms(self):
        for value in ("", "relaxed/", "nofws", "simple/nofws", "relaxed/relaxed/x"):
            form = get_form(value)
            expected = "relaxed/simple" if value == "relaxed/" else None
            found = form and form.to_c_value()
            self.assertEqual(found, expected, value)

    def test_linear_time(self):
        for body in (
            b" " * 1_000_000 + b"x",
            b" \t" * 500_000,
            b"\r\n" * 500_000,
            b" \r\n" * 300_000 + b"x",
        ):
            start = time.process_time()
            get_form("relaxed/relaxed").canonicalize_body(body)
            self.assertLess(time.process_time() - start, 1)

    def test_linear_time_of_folded_headers(self):
        start = time.process_time()
        Message(b"A: x\r\n" + b" y\r\n" * 90_000 + b"\r\n")
        self.assertLess(time.process_time() - start, 2)

    def test_large_messages(self):
        """Ten megabytes take about as long as Python needs to replace their bytes."""
        for case, message in LARGE:
            start = time.process_time()
            for _time in range(5):
                message.replace(b"\n", b"\r\n").replace(b" ", b"\t ")
            least = time.process_time() - start + 0.05
            start = time.process_time()
            try:
                body = Message(message).body
            except PermError:
                body = b""
            for value in ("relaxed/relaxed", "simple/simple"):
                get_form(value).canonicalize_body(body)
            with self.subTest(case):
                self.assertLess(time.process_time() - start, 3 * least)
