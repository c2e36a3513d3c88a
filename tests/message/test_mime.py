# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import email.policy
import random
from email.message import EmailMessage

from odoo.tests import BaseCase

from ...mailauth.message.mime import (
    MAX_DEPTH,
    MAX_PARTS,
    NO_CHARSET,
    Part,
    read_structure,
)
from ...mailauth.message.raw import read_raw


def read(head, body):
    return read_structure(read_raw(f"{head}\n\n{body}".encode("latin-1")))


def mixed(body, boundary="b"):
    return read(f"Content-Type: multipart/mixed; boundary={boundary}", body)


def nest(depth):
    """Return multiparts in each other, never closed."""
    head = 'Content-Type: multipart/mixed; boundary="b{}"\n\n'
    return "".join(f"--b{n}\n" + head.format(n + 1) for n in range(depth))


class TestMime(BaseCase):
    def test_a_part_is_read(self):
        cases = [
            # (fields, what is read of them)
            ("Content-Type: TEXT/Html", {"content_type": "text/html"}),
            ("Content-Type: text/html; charset=UTF-8", {"charset": "UTF-8"}),
            ('Content-Type: text/html;\n charset = "utf-8"', {"charset": "utf-8"}),
            ("Content-Type: nonsense", {"content_type": "text/plain"}),
            ("Content-Type: text/", {"content_type": "text/plain"}),
            ("Content-Transfer-Encoding: BASE64", {"encoding": "base64"}),
            ("Content-Transfer-Encoding: 7bit (a)", {"encoding": "7bit"}),
            ("Content-Disposition: Attachment", {"disposition": "attachment"}),
            ('Content-Disposition: a; filename="a b.pdf"', {"filename": "a b.pdf"}),
            ("Content-Disposition: a; filename=a.pdf", {"filename": "a.pdf"}),
            (
                r'Content-Disposition: a; filename="a\"b;c.pdf"',
                {"filename": 'a"b;c.pdf'},
            ),
            ('Content-Type: a/b; name="a.pdf"', {"filename": "a.pdf"}),
            (
                "Content-Disposition: a; filename*=utf-8'de'%E2%82%AC.pdf",
                {"filename": "\u20ac.pdf"},
            ),
            (
                "Content-Disposition: a; filename*0*=utf-8''%E2%82%AC;\n filename*1=.e",
                {"filename": "\u20ac.e"},
            ),
            (
                'Content-Disposition: a; filename="=?utf-8?b?4oKsLmpz?="',
                {"filename": "\u20ac.js"},
            ),
            ('Content-Disposition: a; filename="unclosed', {"filename": "unclosed"}),
            ("Content-Type: text/plain\nContent-Type: text/html", {"depth": 0}),
        ]
        for head, expected in cases:
            with self.subTest(head):
                (part,) = read(head, "x").parts
                self.assertEqual({n: getattr(part, n) for n in expected}, expected)

    def test_content_is_decoded(self):
        cases = [
            # (encoding, charset, data, text)
            ("", "utf-8", "abc", "abc"),
            ("quoted-printable", "utf-8", "=E2=82=AC a=\r\nb", "\u20ac ab"),
            ("base64", "utf-8", "4oKs", "\u20ac"),
            ("base64", "utf-8", "4o\r\nKs\r\n", "\u20ac"),
            ("base64", "utf-8", "4oKs!!", "\u20ac"),
            ("base64", "utf-8", "4", ""),
            ("base64", "latin-1", "5A==", "\u00e4"),
            ("", "klingon", "a\u00e4", "a\u00e4"),
            ("", "utf-8", "a\u00e4", "a\ufffd"),
        ]
        for encoding, charset, data, text in cases:
            with self.subTest(data):
                head = f"Content-Type: text/plain; charset={charset}"
                head += f"\nContent-Transfer-Encoding: {encoding}"
                (part,) = read(head, data).parts
                self.assertEqual(part.read_text(100), text)

    def test_what_is_no_charset(self):
        """Names that Python knows, and whose codecs raise what no text raises."""
        for charset in (*NO_CHARSET, "unicode_escape", "hex", "x" * 300, "\x00"):
            body = b"\\N{x} xn--a-\xff"
            part = Part("text/plain", charset=charset, body=body, end=len(body))
            with self.subTest(charset):
                self.assertEqual(part.read_text(99), part.data.decode("latin-1"))

    def test_decoding_is_bounded(self):
        for encoding in ("", "quoted-printable", "base64"):
            (part,) = read(f"Content-Transfer-Encoding: {encoding}", "AAAA" * 999).parts
            self.assertEqual(len(part.decode(10)), 10)

    def test_structure(self):
        inner = 'Content-Type: multipart/alternative; boundary="c"\n\n'
        cases = [
            # (name, body, data of the parts, faults, oddities)
            ("two", "--b\n\n1\n--b\n\n2\n--b--", ["1", "2"], [], []),
            ("preamble, epilogue", "p\n--b\n\n1\n--b--\ne\n--b\n\n2", ["1"], [], []),
            ("inside", f"--b\n{inner}--c\n\n1\n--c--\n--b--", ["1"], [], []),
            ("a prefix", "--b\n\n--bc\n--b--", ["--bc"], [], []),
            ("no blank line", "--b\nX-A: 1\n--b--\n\n", [""], [], []),
            ("not closed", "--b\n\n1", ["1"], ["mime_not_closed"], []),
            ("never begun", "1", [], ["mime_boundary_unused"], []),
            ("empty", "", [], ["mime_boundary_unused"], []),
            (
                "inner one not closed",
                f"--b\n{inner}--c\n\n1\n--b\n\n2\n--b--",
                ["1", "2"],
                [],
                ["mime_not_closed"],
            ),
            (
                "inner one never begun",
                f"--b\n{inner}1\n--b--",
                [],
                [],
                ["mime_boundary_unused"],
            ),
            (
                "encoded as a whole",
                f"--b\nContent-Transfer-Encoding: x\n{inner}--c\n\n1\n--c--\n--b--",
                ["1"],
                [],
                ["mime_encoded_multipart"],
            ),
            (
                "the same boundary inside",
                f"--b\n{inner.replace('c', 'b', 0)}--c\n\n1\n--c--\n--b--",
                ["1"],
                [],
                [],
            ),
        ]
        for name, body, data, faults, oddities in cases:
            with self.subTest(name):
                found = mixed(body)
                self.assertEqual([p.data.decode() for p in found.parts], data)
                self.assertEqual([code for code, _what in found.faults], faults)
                self.assertEqual([code for code, _what in found.oddities], oddities)

    def test_what_is_cut_off_by_us_is_no_fault(self):
        raw = (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"x" * 32_000_000
        )
        self.assertEqual(read_structure(read_raw(raw)).faults, ())

    def test_depth_and_number_are_bounded(self):
        found = mixed(nest(500), "b0")
        self.assertIn(("mime_deep", str(MAX_DEPTH)), found.faults)
        self.assertEqual(max(part.depth for part in found.parts), MAX_DEPTH)
        found = mixed("--b\n\n" * 100_000)
        self.assertLessEqual(len(found.parts), MAX_PARTS)
        self.assertEqual(found.faults, ())
        self.assertEqual(found.oddities, (("mime_many_parts", str(MAX_PARTS)),))
        found = mixed("--x\n" * 1_000_000)
        self.assertEqual((found.parts, found.faults), ((), ()))

    def test_as_python_writes_it(self):
        """What Python's own package writes is read as it was meant."""
        draw = random.Random(15)
        for _time in range(100):
            message = EmailMessage(policy=email.policy.SMTP)
            text = "".join(
                draw.choice("a-\u20ac= \n") for _sign in range(draw.randint(1, 200))
            )
            message.set_content(text)
            expected = ["text/plain"]
            if draw.random() < 0.5:
                message.add_alternative(f"<p>{text}</p>", subtype="html")
                expected.append("text/html")
            for number in range(draw.randint(0, 3)):
                data = draw.randbytes(draw.randint(0, 100))
                name = f"\u20ac-{number}.pdf"
                message.add_attachment(
                    data, maintype="application", subtype="pdf", filename=name
                )
                expected.append(name)
            found = read_structure(read_raw(message.as_bytes()))
            self.assertEqual((found.faults, found.oddities), ((), ()))
            names = [part.filename or part.content_type for part in found.parts]
            self.assertEqual(names, expected)
            shown = found.parts[0].read_text(10_000).replace("\r\n", "\n")
            self.assertEqual(shown.rstrip("\n"), text.rstrip("\n"))
