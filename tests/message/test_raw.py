# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import time

from odoo.tests import BaseCase

from ...mailauth.message.raw import MAX_HEADER, MAX_MESSAGE, find_attached, read_raw

HEAD = b"Received: by x; y\r\nFrom: Zoe <zoe@acme.example>\r\nSubject: a\r\n b\r\n"
WHOLE = HEAD + b"\r\nHello\r\nFrom here on\r\n"
LINES = WHOLE.replace(b"\r\n", b"\n")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40)
MBOX = b"From zoe@acme.example Thu Nov 26 12:00:00 2026\n"
# (case, what came in, problems); in each of them WHOLE was sent.
SAME = [
    ("as it was sent", WHOLE, ()),
    ("POP: LF", LINES, ()),
    ("some lines LF", WHOLE.replace(b"\r\n", b"\n", 2), ()),
    ("line ends doubled", WHOLE.replace(b"\r\n", b"\r\r\n"), ()),
    ("CR only", WHOLE.replace(b"\r\n", b"\r"), ()),
    ("a pipe", MBOX + LINES, ()),
    ("a pipe, quoted", b">" + MBOX + LINES, ()),
    ("a pipe, both", MBOX + b"Return-Path: <z@acme.example>\n" + LINES, ()),
    ("both the other way", b"Return-Path: <z@acme.example>\n" + MBOX + LINES, ()),
    ("byte order mark", b"\xef\xbb\xbf" + WHOLE, ()),
    ("UTF-16", WHOLE.decode().encode("utf-16"), ()),
    ("empty lines before", b"\n\n  \n" + WHOLE, ()),
    ("Apple Mail", b"%d   \n%s<?xml version='1.0'?>" % (len(LINES), LINES), ()),
    (
        "a mailbox of two",
        MBOX + LINES + b"\n" + MBOX + b"Subject: 2\n\nx\n",
        ("several_messages",),
    ),
    (
        "Gmail's page around it",
        b"Original Message\r\n\r\nMessage ID\t<1@acme.example>\r\nFrom:\tZoe\r\n"
        b"SPF:\tPASS\r\n\r\nDownload Original\r\nCopy to clipboard\r\n" + WHOLE,
        ("text_before_header",),
    ),
    ("a word before it", b"the source\xa0\n" + LINES, ("text_before_header",)),
]
# (case, what came in, problems)
ODD = [
    ("nothing", b"", ("not_a_message",)),
    ("only text", b"hello world\r\n", ("not_a_message",)),
    ("no header", b"\r\n\r\nhello", ("not_a_message",)),
    ("only a header", HEAD, ("body_missing",)),
    ("a header without an end", HEAD[:-2], ("body_missing",)),
    ("an empty body", HEAD + b"\r\n", ()),
    ("a line that is no field", HEAD + b"oops\r\n\r\nx", ("header_malformed",)),
    (
        "Outlook's own",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99),
        ("outlook_msg",),
    ),
    ("many fields", b"A: b\r\n" * 3000 + b"\r\nx", ("too_many_fields",)),
    (
        "a long header",
        b"A: " + b"x" * MAX_HEADER + b"\r\n\r\nx",
        ("header_too_large",),
    ),
    ("a long message", HEAD + b"\r\n" + bytes(MAX_MESSAGE), ("too_large",)),
]
# (what stands there, the address)
PATHS = [
    (b"<bounce@acme.example>", "bounce@acme.example"),
    (b"<>", ""),
    (b" <bounce@acme.example> (x)", "bounce@acme.example"),
    (b"bounce@acme.example", "bounce@acme.example"),
    (b"\r\n <bounce@acme.example>", "bounce@acme.example"),
    (b"", ""),
    # Postfix's pipe of the null sender, and getmail where there was none
    (b"<MAILER-DAEMON@mx.other.example>", ""),
    (b"<MAILER-DAEMON>", ""),
    (b"<unknown>", None),
]
LATIN = 'Content-Type: text/plain; charset="iso-8859-1"\r\n'
UTF8 = 'Content-Type: text/plain; charset="utf-8"\r\n'
EIGHT = "Content-Transfer-Encoding: 8bit\r\n"
ASCII = LATIN.replace("iso-8859-1", "us-ascii") + EIGHT
ODD_CHARSET = LATIN.replace("iso-8859-1", "x-none") + EIGHT
PUNYCODE = LATIN.replace("iso-8859-1", "punycode") + EIGHT
JAPANESE = LATIN.replace("iso-8859-1", "shift_jis") + EIGHT
BINARY = bytes(range(256))
PDF = "Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n"
HTML = UTF8.replace("plain", "html") + EIGHT
# (case, fields, body, damaged)
BODIES = [
    ("ASCII", UTF8, b"hello", False),
    ("UTF-8", UTF8 + EIGHT, "Grüße, 日本, €".encode(), False),
    ("UTF-8 without a label", UTF8, "Grüße".encode(), True),
    ("UTF-8, labelled 7bit", UTF8 + EIGHT.replace("8", "7"), "Grüße".encode(), True),
    ("UTF-8, no charset", EIGHT, "Grüße".encode(), False),
    ("replaced", UTF8 + EIGHT, b"Gr\xef\xbf\xbd\xef\xbf\xbde", True),
    ("read as Latin-1, written as UTF-8", UTF8 + EIGHT, "GrÃ¼ÃŸe".encode(), True),
    ("not UTF-8", UTF8 + EIGHT, "Grüße".encode("latin-1"), True),
    ("cut in a character", UTF8 + EIGHT, "Grü".encode()[:-1], True),
    ("a lone surrogate", UTF8 + EIGHT, b"Gr\xed\xb3\xbc", True),
    ("Latin-1", LATIN + EIGHT, "Grüße".encode("latin-1"), False),
    ("Latin-1, written as UTF-8", LATIN + EIGHT, "Grüße".encode(), True),
    ("ASCII declared", ASCII, b"\xe4", True),
    ("unknown charset", ODD_CHARSET, b"\xe4", True),
    (
        "no charset of a mail",
        LATIN.replace("iso-8859-1", "punycode") + EIGHT,
        b"\xe4",
        True,
    ),
    (
        "Japanese",
        LATIN.replace("iso-8859-1", "shift_jis") + EIGHT,
        "日本".encode("cp932"),
        False,
    ),
    ("binary", PDF, BINARY, False),
    (
        "binary, written as UTF-8",
        PDF,
        bytes(range(256)).decode("latin-1").encode(),
        True,
    ),
    ("a field", "X: Grüße\r\n" + UTF8, b"hello", False),
    ("a field, replaced", "X: Gr\ufffd\r\n" + UTF8, b"hello", True),
]


def make_multipart(*parts):
    """Return a message of parts, each with its header."""
    lines = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    head = b'Subject: Fwd\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return head + lines + b"--b--\r\n"


TEXT = b"Content-Type: text/plain\r\n\r\nSee below\r\n"
RFC822 = b"Content-Type: message/rfc822\r\n"
NAMED = b'Content-Type: application/octet-stream; name="x.eml"\r\n'
BASE64 = b"Content-Transfer-Encoding: base64\r\n\r\n"
MSG = b'Content-Type: application/vnd.ms-outlook; name="x.msg"\r\n' + BASE64
# (case, message, what is attached)
ATTACHED = [
    ("nothing", make_multipart(TEXT), None),
    ("no multipart", WHOLE, None),
    ("a message", make_multipart(TEXT, RFC822 + b"\r\n" + WHOLE), WHOLE),
    (
        "base64",
        make_multipart(TEXT, RFC822 + BASE64 + base64.encodebytes(WHOLE)),
        WHOLE,
    ),
    ("by its name", make_multipart(NAMED + BASE64 + base64.encodebytes(WHOLE)), WHOLE),
    (
        "of two the first",
        make_multipart(RFC822 + b"\r\n" + WHOLE, RFC822 + b"\r\nSubject: 2\r\n\r\n"),
        WHOLE,
    ),
    ("no message in it", make_multipart(RFC822 + b"\r\n"), None),
    (
        "Outlook's own after all others",
        make_multipart(MSG + base64.encodebytes(OLE), RFC822 + b"\r\n" + WHOLE),
        WHOLE,
    ),
    ("Outlook's own", make_multipart(MSG + base64.encodebytes(OLE)), OLE),
]
NESTED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
HOSTILE = {
    "spaces": b"Subject: a" + b" " * 100_000 + b"\r\n\r\n" + b" " * 1_000_000,
    "folds": b"Subject: a" + b"\r\n " * 50_000 + b"\r\n\r\nx",
    "lines": b"x\r\n" * 500_000,
    "empty lines": b"\r\n" * 500_000,
    "paths": b"Return-Path: <>\r\n" * 50_000,
    "paths in folds": b"Return-Path: <>" + b"\r\n " * 50_000 + b"x\r\n\r\n",
    "from lines": b"From x\r\n" * 50_000,
    "colons": b":" * 1_000_000,
    "eight bits": b"Subject: x\r\n\r\n" + b"\xc3\xa4" * 1_000_000,
    "punycode": (PUNYCODE + "\r\n").encode() + b"\xe4-" + b"a" * 1_000_000,
    "mailboxes": MBOX + (b"\r\n\r\n" + MBOX) * 10_000,
    "nested": make_multipart(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" * 500
    ),
}


class TestRaw(BaseCase):
    def test_what_was_sent(self):
        expected = read_raw(WHOLE)
        for case, raw, problems in SAME:
            with self.subTest(case=case):
                message = read_raw(raw)
                self.assertEqual(message.data, WHOLE)
                self.assertEqual(message.fields, expected.fields)
                self.assertEqual(message.body, b"Hello\r\nFrom here on\r\n")
                self.assertEqual(message.problems, problems)

    def test_fields(self):
        message = read_raw(HEAD + b"FROM : x\r\n>From y\r\n\r\n")
        self.assertEqual(
            message.fields[1:],
            (
                (b"From", b" Zoe <zoe@acme.example>\r\n"),
                (b"Subject", b" a\r\n b\r\n"),
                (b"FROM", b" x\r\n"),
            ),
        )
        self.assertEqual(message.get_all("From")[1], b" x\r\n")
        self.assertEqual(message.problems, ())

    def test_odd(self):
        for case, raw, problems in ODD:
            with self.subTest(case=case):
                self.assertEqual(read_raw(raw).problems, problems)

    def test_body_like_a_mailbox_stays(self):
        raw = HEAD + b"\r\nx\r\n\r\nFrom a b\r\nFrom: y\r\n"
        self.assertEqual(read_raw(MBOX + raw).data, raw)
        self.assertEqual(read_raw(raw).data, raw)

    def test_body_like_a_header_stays(self):
        raw = b"From: zoe@acme.example\r\n\r\nReceived: by x\r\n\r\nReceived: by y\r\n"
        self.assertEqual(read_raw(raw).data, raw)

    def test_lone_cr_stays(self):
        self.assertEqual(read_raw(HEAD + b"\r\na\rb\r\n").body, b"a\rb\r\n")
        self.assertEqual(read_raw(HEAD + b"\r\na\rb\n").body, b"a\rb\r\n")

    def test_return_path(self):
        for value, expected in PATHS:
            for before in (
                b"Return-Path: %s\r\n" % value,
                b"X: y\r\nReturn-Path:%s\r\n" % value,
            ):
                with self.subTest(before=before):
                    message = read_raw(before + WHOLE)
                    self.assertEqual(message.return_path, expected)
                    self.assertEqual(message.path_before, before.startswith(b"R"))
        self.assertIsNone(read_raw(WHOLE).return_path)

    def test_eight_bits(self):
        for case, fields, body, damaged in BODIES:
            with self.subTest(case=case):
                raw = fields.encode() + b"\r\n" + body + b"\r\n"
                self.assertIs(read_raw(raw).eight_bit_damaged, damaged)

    def test_eight_bits_of_a_part(self):
        good = HTML.encode() + b"\r\n" + "Grüße".encode()
        bad = HTML.encode() + b"\r\n" + "Grüße".encode("latin-1")
        self.assertFalse(read_raw(make_multipart(good, good)).eight_bit_damaged)
        self.assertTrue(read_raw(make_multipart(good, bad)).eight_bit_damaged)

    def test_mailgate(self):
        """What odoo-mailgate does in another locale than the message's."""
        sent = (UTF8 + EIGHT + "\r\nGrüße und mehr\r\n").encode()
        for locale in ("latin-1", "iso-8859-15", "koi8-r"):
            with self.subTest(locale=locale):
                passed_on = sent.decode(locale).encode()
                self.assertTrue(read_raw(passed_on).eight_bit_damaged)
        self.assertFalse(read_raw(sent.decode().encode()).eight_bit_damaged)

    def test_attached(self):
        for case, raw, expected in ATTACHED:
            with self.subTest(case=case):
                self.assertEqual(find_attached(raw), expected)

    def test_hostile_messages_are_read_in_no_time(self):
        for case, raw in HOSTILE.items():
            with self.subTest(case=case):
                begun = time.process_time()
                read_raw(raw)
                find_attached(raw)
                self.assertLess(time.process_time() - begun, 2)
