# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time

from odoo.tests import BaseCase

from ...mailauth.dkim.appended import MAX_LINE_ENDS, find_appended
from ...mailauth.dkim.verify import DkimSignatureResult, verify_dkim
from ..common import run
from ..dkim_common import DOMAIN, NOW, SIGNERS, resolver
from .by_hand import sign_by_hand

PLAIN = b"From: a@acme.example\r\n"
QUOTED = PLAIN + b"Content-Transfer-Encoding: quoted-printable\r\n"
BASE64 = PLAIN + b"Content-Transfer-Encoding: base64\r\n"
MIXED = PLAIN + b'Content-Type: multipart/mixed; boundary="a  b"\r\n'
PART = b"--a  b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
CLOSED = PART + b"--a  b--\r\n"
FOOTER = b"____\r\nlist@lists.example\r\n"
SHOWN = ("____", "list@lists.example")
ADDED = (
    b"--a  b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n--a  b--\r\n"
)

# (case, header, body that was signed, body that arrives, kind, lines)
CASES = (
    ("a footer", PLAIN, b"Hello\r\n", b"Hello\r\n" + FOOTER, "text", SHOWN),
    ("empty lines before it", PLAIN, b"Hi\r\n", b"Hi\r\n\r\n" + FOOTER, "text", SHOWN),
    ("empty lines signed", PLAIN, b"Hi\r\n\r\n\r\n", b"Hi\r\n" + FOOTER, "text", SHOWN),
    ("no last line end", PLAIN, b"Hi", b"Hi\r\n" + FOOTER, "text", SHOWN),
    ("to an empty body", PLAIN, b"", FOOTER, "text", SHOWN),
    (
        "in UTF-8",
        PLAIN,
        b"Hi\r\n",
        "Hi\r\nGrüße\u202e\r\n".encode(),
        "text",
        ("Grüße",),
    ),
    ("quoted", QUOTED, b"H=C3=A9\r\n", b"H=C3=A9\r\n=C3=A9\r\n", "text", ("é",)),
    ("behind base64", BASE64, b"SGVsbG8=\r\n", b"SGVsbG8=\r\n" + FOOTER, "text", SHOWN),
    ("a part", MIXED, CLOSED, PART + ADDED, "part", ("Grüße",)),
    ("a part, no line end", MIXED, CLOSED[:-2], PART + ADDED, "part", ("Grüße",)),
    ("two parts", MIXED, CLOSED, PART * 2 + ADDED, "part", ("Hello", "Grüße")),
    ("the epilogue", MIXED, CLOSED, CLOSED + FOOTER, "epilogue", SHOWN),
    ("no last delimiter", MIXED, PART, PART + FOOTER, "text", SHOWN),
    ("nothing", PLAIN, b"Hello\r\n", b"Hello\r\n\r\n", "", ()),
    ("something changed", PLAIN, b"Hello\r\n", b"Hallo\r\n" + FOOTER, "", ()),
    ("something cut off", PLAIN, b"Hello\r\nyou\r\n", b"Hello\r\n", "", ()),
    ("in front", PLAIN, b"Hello\r\n", b"Warning\r\nHello\r\n", "", ()),
)


def _sign(message, form, length=None):
    tags = f"l={length}; " if length is not None else ""
    field = (
        f"DKIM-Signature: v=1; a=rsa-sha256; c={form}; d={DOMAIN}; s=s1; h=from;"
        f" {tags}bh={{bh}}; b={{b}}"
    ).encode()
    return sign_by_hand(message, field, SIGNERS[0].key, length)


def _find(message):
    (result,) = run(verify_dkim(message, resolver(), NOW))
    return find_appended(message, result)


class TestAppended(BaseCase):
    def test_what_was_added(self):
        for form in ("simple/simple", "relaxed/relaxed"):
            for case, head, signed, arrived, kind, lines in CASES:
                with self.subTest(case, form=form):
                    message = _sign(head + b"\r\n" + signed, form)
                    top = message.removesuffix(signed)
                    found = _find(top + arrived)
                    self.assertEqual(found.kind if found else "", kind)
                    self.assertEqual(found.lines if found else (), lines)
                    if found and form == "simple/simple" and kind != "part":
                        self.assertTrue(arrived[found.signed_size :].endswith(b"\r\n"))

    def test_white_space_in_relaxed_form(self):
        message = _sign(PLAIN + b"\r\nHello  you \r\n", "relaxed/relaxed")
        found = _find(message.replace(b"Hello  you ", b"Hello you") + b" \r\n" + FOOTER)
        self.assertEqual(found.lines, SHOWN)
        self.assertEqual(found.signed_size, len(b"Hello you\r\n"))

    def test_behind_the_signed_length(self):
        message = _sign(PLAIN + b"\r\nHello\r\n", "simple/simple", 7)
        self.assertEqual(_find(message + FOOTER).lines, SHOWN)
        self.assertEqual(_find(message + FOOTER).size, len(FOOTER))
        self.assertIsNone(_find(message))
        self.assertIsNone(_find(message.replace(b"Hello", b"Hallo") + FOOTER))

    def test_what_is_shown_is_bounded(self):
        message = _sign(PLAIN + b"\r\nHello\r\n", "simple/simple")
        found = _find(message + b"x" * 1000 + b"\r\n" + b"y\r\n" * 1000)
        self.assertEqual(len(found.lines), 21)
        self.assertLessEqual(max(map(len, found.lines)), 200)

    def test_too_much_was_added(self):
        message = _sign(PLAIN + b"\r\nHello\r\n", "simple/simple")
        self.assertIsNotNone(_find(message + b"x\r\n" * (MAX_LINE_ENDS - 1)))
        self.assertIsNone(_find(message + b"x\r\n" * MAX_LINE_ENDS))

    def test_nothing_to_compare_with(self):
        message = PLAIN + b"\r\nHello\r\n"
        for result in (
            DkimSignatureResult("permerror"),
            DkimSignatureResult("fail", canonical="simple/simple"),
            DkimSignatureResult("fail", canonical="odd", body_hash=b"x"),
        ):
            self.assertIsNone(find_appended(message, result))
        signed = DkimSignatureResult("fail", canonical="simple", body_hash=b"x")
        self.assertIsNone(find_appended(b"no field\r\n\r\n", signed))

    def test_hostile_messages_take_little_time(self):
        result = DkimSignatureResult("fail", canonical="relaxed", body_hash=b"x")
        for case, head, body in (
            ("lines", PLAIN, b"x\r\n" * 3_000_000),
            ("empty lines", PLAIN, b"\r\n" * 3_000_000 + b"x"),
            ("one line", PLAIN, b"x" * 9_000_000),
            ("spaces", PLAIN, b" \t" * 5_000_000),
            ("delimiters", MIXED, b"--a  b\r\n" * 1_000_000),
            ("parameters", PLAIN + b"Content-Type: a/b" + b";x" * 60_000, b""),
            ("quotes", PLAIN + b"Content-Type: a/b;" + b'"\\' * 60_000, b""),
        ):
            with self.subTest(case):
                start = time.process_time()
                self.assertIsNone(find_appended(head + b"\r\n\r\n" + body, result))
                self.assertLess(time.process_time() - start, 2)
