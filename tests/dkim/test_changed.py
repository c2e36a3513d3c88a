# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import time

from odoo.tests import BaseCase

from ...mailauth.dkim.changed import MAX_BYTES, MessageDifference, compare_messages
from ...mailauth.dkim.leaves import MAX_TEXT
from ..dkim_common import SHAPES, build_message

HEAD = b"From: a@acme.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
TEXT = HEAD + b"\r\nHello\r\nyou\r\n\r\nBye\r\n"
LONG = HEAD + b"\r\n<p>" + b"x" * 5000 + b"Hello" + b"y" * 5000 + b"\r\n"

# (case, sent, what to replace, by what, kind of the part, lines added, lines removed)
BODIES = (
    ("a byte", TEXT, b"Hello", b"Hallo", "changed", ("Hallo",), ("Hello",)),
    (
        "a line more",
        TEXT,
        b"Bye",
        b"Bye\r\n--\r\nA list",
        "changed",
        ("--", "A list"),
        (),
    ),
    ("a line less", TEXT, b"you\r\n", b"", "changed", (), ("you",)),
    (
        "in front",
        TEXT,
        b"\r\nHello",
        b"\r\nOutside!\r\nHello",
        "changed",
        ("Outside!",),
        (),
    ),
    ("other breaks", TEXT, b"Hello\r\nyou", b"Hello you", "spaces", (), ()),
    ("moved", TEXT, b"Hello\r\nyou", b"you\r\nHello", "moved", (), ()),
    (
        "what is hidden",
        TEXT,
        b"Bye",
        "B\u202eye".encode(),
        "changed",
        ("Bye",),
        ("Bye",),
    ),
    (
        "all of it",
        TEXT,
        b"Hello\r\nyou\r\n\r\nBye",
        b"",
        "changed",
        (),
        ("Hello", "you", "Bye"),
    ),
    (
        "in a long line",
        LONG,
        b"Hello",
        b"Hallo",
        "changed",
        ("..." + "x" * 39 + "Hallo" + "y" * 150 + "...",),
        ("..." + "x" * 39 + "Hello" + "y" * 150 + "...",),
    ),
)
# (case, what to replace, by what, kind, before, after)
FIELDS = (
    ("changed", b"Subject: ", b"Subject: [list] ", "changed", "Grüße", "[list] Grüße"),
    (
        "added",
        b"Subject:",
        b"To: b@acme.example\r\nSubject:",
        "added",
        "",
        "b@acme.example",
    ),
    ("doubled", b"Subject:", b"Subject: x\r\nSubject:", "added", "", "x"),
    ("removed", b"From: a@acme.example\r\n", b"", "removed", "a@acme.example", ""),
    (
        "encoded",
        b"?q?Gr=C3=BC=C3=9Fe?=",
        b"?b?R3LDvMOfZQ==?=",
        "encoded",
        "Grüße",
        "Grüße",
    ),
    ("a codec", b"=?utf-8?q?Gr", b"=?punycode?q?Gr", "encoded", "Grüße", "Grüße"),
)
NONE = MessageDifference()


def _make_multipart(*parts, boundary=b"b"):
    delimiter = b"--" + boundary
    return b"".join(
        [
            HEAD,
            b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n',
            *(delimiter + b"\r\n" + part + b"\r\n" for part in parts),
            delimiter + b"--\r\n",
        ]
    )


def _make_part(content, kind=b"text/plain", more=b""):
    return b"Content-Type: " + kind + b"\r\n" + more + b"\r\n" + content


class TestChanged(BaseCase):
    def test_bodies(self):
        for case, sent, old, new, kind, added, removed in BODIES:
            with self.subTest(case):
                found = compare_messages(sent, sent.replace(old, new, 1))
                self.assertEqual((found.fields, found.notes), ((), ()))
                (part,) = found.parts
                self.assertEqual((part.number, part.kind), (1, kind))
                self.assertEqual((part.added, part.removed), (added, removed))

    def test_fields(self):
        for case, old, new, kind, before, after in FIELDS:
            with self.subTest(case):
                found = compare_messages(TEXT, TEXT.replace(old, new, 1))
                self.assertEqual((found.parts, found.notes), ((), ()))
                (field,) = found.fields
                self.assertEqual(
                    (field.kind, field.before, field.after), (kind, before, after)
                )

    def test_what_is_no_change(self):
        for case, received in (
            ("nothing", TEXT),
            ("line ends", TEXT.replace(b"\r\n", b"\n")),
            ("folds", TEXT.replace(b"Subject: ", b"SUBJECT:\r\n\t")),
            ("fields that nobody asked for", b"Received: x\r\n" + TEXT),
            ("empty lines at the end", TEXT + b"\r\n\r\n"),
        ):
            with self.subTest(case):
                self.assertEqual(compare_messages(TEXT, received), NONE)
        for shape, values in SHAPES.items():
            with self.subTest(shape):
                message = build_message(**values).as_bytes()
                self.assertEqual(compare_messages(message, message), NONE)

    def test_names(self):
        received = TEXT.replace(b"Subject: ", b"Subject: [list] ")
        self.assertEqual(compare_messages(TEXT, received, ["from"]), NONE)
        (field,) = compare_messages(TEXT, received, ["subject", "from"]).fields
        self.assertEqual(field.name, "Subject")

    def test_parts(self):
        hello, image = _make_part(b"Hello"), _make_part(b"\x89PNG", b"image/png")
        latin = _make_part(b"Gr\xfc\xdfe", b"text/plain; charset=iso-8859-1")
        quoted = b"Content-Transfer-Encoding: quoted-printable\r\n"
        utf = _make_part(b"Gr=C3=BC=C3=9Fe", b"text/plain; charset=utf-8", quoted)
        footer = _make_part(b"A list")
        for case, sent, received, expected in (
            ("a part more", [hello], [hello, footer], [(2, "added")]),
            ("a part in front", [hello], [footer, hello], [(1, "added")]),
            ("a part less", [hello, image], [hello], [(2, "removed")]),
            ("another image", [image], [image.replace(b"N", b"M")], [(1, "changed")]),
            ("encoded", [hello, latin], [hello, utf], [(2, "encoded")]),
            ("another type", [hello], [image], [(1, "added"), (1, "removed")]),
            (
                "in two",
                [hello, footer],
                [hello + b"!", footer + b"!"],
                [(1, "changed"), (2, "changed")],
            ),
        ):
            with self.subTest(case):
                found = compare_messages(
                    _make_multipart(*sent), _make_multipart(*received)
                )
                self.assertEqual([(p.number, p.kind) for p in found.parts], expected)

    def test_a_list_makes_it_a_multipart(self):
        received = _make_multipart(
            _make_part(b"Hello\r\nyou\r\n\r\nBye"), _make_part(b"A list")
        )
        (part,) = compare_messages(TEXT, received).parts
        self.assertEqual(
            (part.number, part.kind, part.added), (2, "added", ("A list",))
        )

    def test_nothing_but_the_frame(self):
        part = _make_part(b"Hello")
        found = compare_messages(
            _make_multipart(part), _make_multipart(part, boundary=b"other"), ["from"]
        )
        self.assertEqual(found, MessageDifference(notes=("structure",)))

    def test_nested(self):
        def nest(part):
            inner = _make_multipart(part, boundary=b"inner").removeprefix(HEAD)
            return _make_multipart(inner, _make_part(b"Bye"))

        found = compare_messages(nest(_make_part(b"Hello")), nest(_make_part(b"Hallo")))
        self.assertEqual([(p.number, p.added) for p in found.parts], [(1, ("Hallo",))])

    def test_encodings(self):
        content = "Grüße".encode()
        for encoding, body in (
            (b"base64", base64.b64encode(content)),
            (b"base64", base64.b64encode(content)[:-1] + b"*\r\n"),
            (b"QUOTED-PRINTABLE ", b"Gr=C3=BC=\r\n=C3=9Fe"),
            (b"8bit", content),
            (b"odd", content),
        ):
            with self.subTest(encoding):
                head = HEAD + b"Content-Transfer-Encoding: " + encoding + b"\r\n"
                found = compare_messages(head + b"\r\n" + body, head + b"\r\n")
                self.assertEqual(found.parts[0].removed, ("Grüße",))

    def test_what_can_not_be_compared(self):
        large = TEXT + b"x" * MAX_BYTES
        self.assertEqual(compare_messages(TEXT, large).notes, ("too_large",))
        self.assertEqual(compare_messages(TEXT, b"odd\r\n\r\n").notes, ("unreadable",))

    def test_behind_the_lines_that_are_compared(self):
        long = TEXT + b"x\r\n" * (MAX_TEXT // 2)
        (part,) = compare_messages(long, long + b"y\r\n").parts
        self.assertEqual((part.kind, part.added), ("changed", ()))

    def test_what_is_shown_is_bounded(self):
        received = TEXT + b"z" * 500 + b"\r\n"
        received += b"".join(b"%d\r\n" % number for number in range(100))
        (part,) = compare_messages(TEXT, received).parts
        self.assertEqual((len(part.added), part.added[-1]), (21, "..."))
        self.assertEqual(max(map(len, part.added)), 200)
        many = TEXT.replace(b"Subject", b"Subject: x\r\n" * 200 + b"Subject")
        self.assertEqual(len(compare_messages(TEXT, many).fields), 50)

    def test_hostile_messages_take_little_time(self):
        nested = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(500)
        )
        lines = b"".join(b"%d\r\n" % (n % 977) for n in range(200_000))
        words = b"Subject: " + b"=?utf-8?q?=C3?= " * 10_000
        for case, received in (
            ("nested", HEAD + nested),
            ("nested with much", HEAD + nested + b"\r\n\r\nx" * 200_000),
            ("parts", _make_multipart(*[b"\r\n"] * 100_000)),
            ("lines", HEAD + b"\r\n" + lines),
            ("spaces", HEAD + b"\r\n" + b" " * 3_000_000),
            ("one line", HEAD + b"\r\n" + b"x" * 9_000_000),
            ("words", b"From: a@b.example\r\n" + words + b"\r\n\r\n"),
            ("fields", b"To: x\r\n" * 20_000 + TEXT),
            (
                "codec",
                HEAD
                + b"Content-Type: text/plain; charset=punycode\r\n\r\n"
                + b"\xe9a" * 99_999,
            ),
        ):
            with self.subTest(case):
                start = time.process_time()
                compare_messages(TEXT, received)
                self.assertLess(time.process_time() - start, 2)
