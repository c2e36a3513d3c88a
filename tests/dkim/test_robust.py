# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import email
import email.policy
import time
from email.message import EmailMessage

from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.dkim.robust import make_robust

TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"
OCTETS = "application/octet-stream"
BINARY = b"Content-Type: application/pdf\r\n"
MIXED = b'Content-Type: multipart/mixed; boundary="b"\r\n'

# (what it is, encoding announced, body, encoding that leaves, body that leaves)
LEAVES = (
    ("7bit stays", "", b"hello\r\n", "", b"hello\r\n"),
    ("7bit stays", "7bit", b"hello\r\n", "7bit", b"hello\r\n"),
    ("a case has no meaning", "7BIT", b"hello\r\n", "7BIT", b"hello\r\n"),
    ("8bit that is none", "8bit", b"hello\r\n", "7bit", b"hello\r\n"),
    ("binary that is none", "binary", b"hello\r\n", "7bit", b"hello\r\n"),
    ("8bit", "8bit", b"h\xc3\xa9 you\r\n", "quoted-printable", b"h=C3=A9 you\r\n"),
    ("8bit that is not said", "", b"h\xe9 you all\r\n", "quoted-printable", None),
    ("no line end", "8bit", b"h\xc3\xa9 you all", "quoted-printable", None),
    ("mostly 8bit", "8bit", b"\xc3\xa9" * 9, "base64", b"w6nDqcOpw6nDqcOpw6nDqcOp\r\n"),
    ("a zero byte", "7bit", b"a\0bcdefghijkl", "quoted-printable", None),
    ("a long line", "7bit", b"x" * 79, "quoted-printable", None),
    ("the longest good line", "7bit", b"x" * 78, "7bit", b"x" * 78),
    ("a mailbox separator", "7bit", b"From me", "quoted-printable", b"=46rom me"),
    ("dots", "7bit", b".\r\n..\r\n", "7bit", b".\r\n..\r\n"),
    ("dots", "8bit", b".\r\n..aaaaaaaa\xe9", "quoted-printable", None),
    (
        "quoted-printable stays",
        "quoted-printable",
        b"h=C3=A9=\r\nx",
        "quoted-printable",
        b"h=C3=A9=\r\nx",
    ),
    (
        "quoted-printable with a mailbox separator",
        "quoted-printable",
        b"=C3=A9\r\nFrom me",
        "quoted-printable",
        b"=C3=A9\r\n=46rom me",
    ),
    ("base64 stays", "base64", b"aGk=\r\n", "base64", b"aGk=\r\n"),
    ("base64 of one line", "base64", b"aGk" + b"g" * 97, "base64", None),
    ("a private encoding", "x-uuencode", b"M\xff", "x-uuencode", b"M\xff"),
    ("lone line ends", "7bit", b"a\rb\nc\r\nd", "7bit", b"a\r\nb\r\nc\r\nd"),
    ("an empty body", "", b"", "", b""),
    ("an empty body", "8bit", b"", "7bit", b""),
)


# What quoted-printable has rules for.
PIECES = (b"word ", b"\xe9", b"=", b".", b"From ", b"\r\n", b"\t", b"\x7f", b"x" * 40)


def _label(encoding):
    text = f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    return text.encode()


def _content(part):
    return part.get_payload(decode=True)


def _lines(data):
    """The data with one spelling of line ends: text has no other meaning in them."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


class TestDkimEncode(BaseCase):
    def _assert_robust(self, message):
        body = message.partition(b"\r\n\r\n")[2]
        self.assertTrue(body.isascii())
        self.assertNotIn(b"\0", body)
        self.assertNotIn(b"\nFrom ", b"\n" + body)
        self.assertLessEqual(max(map(len, body.split(b"\r\n"))), 78)
        self.assertEqual(message.count(b"\r\n"), message.count(b"\n"))
        self.assertEqual(message.count(b"\r\n"), message.count(b"\r"))

    def test_leaves(self):
        for name, encoding, body, new_encoding, new_body in LEAVES:
            with self.subTest(name, body=body):
                message = TEXT + _label(encoding) + b"\r\n" + body
                robust = make_robust(message)
                old, new = map(email.message_from_bytes, (message, robust))
                found = new["Content-Transfer-Encoding"] or ""
                self.assertEqual(found, new_encoding)
                if new_body is not None:
                    self.assertEqual(robust.partition(b"\r\n\r\n")[2], new_body)
                if encoding != "x-uuencode":
                    self.assertEqual(_lines(_content(new)), _lines(_content(old)))
                    self._assert_robust(robust)

    def test_robust_is_final(self):
        for name, encoding, body, _new_encoding, _new_body in LEAVES:
            with self.subTest(name, body=body):
                once = make_robust(TEXT + _label(encoding) + b"\r\n" + body)
                self.assertEqual(make_robust(once), once)

    def test_binary_leaf(self):
        data = bytes(range(256)).replace(b"\r", b"").replace(b"\n", b"")
        robust = make_robust(BINARY + _label("binary") + b"\r\n" + data)
        self._assert_robust(robust)
        self.assertEqual(_content(email.message_from_bytes(robust)), data)
        self.assertIn(b"Content-Transfer-Encoding: base64\r\n", robust)

    def test_base64_that_is_cut_off(self):
        for body in (b"aGVsbG8" + b"g" * 84, b"a" * 93, b"a" * 94, b"==" + b"a" * 80):
            with self.subTest(body):
                robust = make_robust(BINARY + _label("base64") + b"\r\n" + body)
                self._assert_robust(robust)

    def test_folded_and_repeated_label(self):
        head = b"content-transfer-encoding:\r\n 8bit\r\nContent-Transfer-Encoding: 8bit"
        robust = make_robust(TEXT + head + b"\r\n\r\n\xe9t\xe9 and so on and on")
        found = email.message_from_bytes(robust).get_all("Content-Transfer-Encoding")
        self.assertEqual(found, ["quoted-printable"])

    def test_multipart(self):
        message = (
            b"MIME-Version: 1.0\r\n" + MIXED + _label("8bit") + b"\r\npre\xe9amble"
            b"\r\n--b\r\n" + TEXT + _label("8bit") + b"\r\nh\xc3\xa9 you\r\n"
            b"--b \t\r\n" + BINARY + _label("8bit") + b"\r\n\xff\xfe"
            b"\r\n--b\r\n\r\nplain\r\n--bb\r\n--b\r\n--b--\r\nepil\xe9gue"
        )
        robust = make_robust(message)
        self._assert_robust(robust)
        parsed = email.message_from_bytes(robust)
        self.assertNotIn("Content-Transfer-Encoding", parsed)
        contents = [_content(part) for part in parsed.get_payload()]
        self.assertEqual(
            contents, [b"h\xc3\xa9 you", b"\xff\xfe", b"plain\r\n--bb", b""]
        )

    def test_multipart_without_end(self):
        message = MIXED + b"\r\n--b\r\n" + TEXT + b"\r\nh\xe9 you all"
        robust = make_robust(message)
        self._assert_robust(robust)
        (part,) = email.message_from_bytes(robust).get_payload()
        self.assertEqual(_content(part), b"h\xe9 you all")

    def test_deep_multipart(self):
        message = TEXT + b"\r\nh\xe9 you all\r\n"
        for level in range(20):
            line = b"\r\n--%d" % level
            head = b'Content-Type: multipart/mixed; boundary="%d"\r\n' % level
            message = head + line + b"\r\n" + message + line + b"--\r\n"
        self._assert_robust(make_robust(message))

    def test_signed_content_is_never_altered(self):
        signed = (
            b'Content-Type: multipart/signed; boundary="s"\r\n\r\n'
            b"--s\r\n" + TEXT + _label("8bit") + b"\r\nFrom \xe9  \r\n" + b"x" * 100
        ) + b"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n"
        self.assertEqual(make_robust(signed), signed)
        outer = MIXED + b"\r\n--b\r\n" + signed + b"\r\n--b\r\n\r\n\xe9\r\n--b--\r\n"
        robust = make_robust(outer)
        self.assertIn(signed, robust)
        self.assertNotEqual(robust, outer)

    def test_attached_message(self):
        inner = b"From: a@b.example\r\n" + TEXT + b"\r\n%s\r\n"
        kind = b"Content-Type: message/rfc822\r\n"
        for body, content_type, encoding in (
            (b"hello", "message/rfc822", "7bit"),
            (b"x" * 998, "message/rfc822", "7bit"),
            (b"h\xe9", "application/octet-stream", "base64"),
            (b"x" * 999, "application/octet-stream", "base64"),
        ):
            with self.subTest(body=body[:5]):
                attached = inner % body
                disposition = b'Content-Disposition: attachment; filename="m.eml"\r\n'
                part = kind + disposition + _label("8bit") + b"\r\n" + attached
                robust = make_robust(MIXED + b"\r\n--b\r\n" + part + b"\r\n--b--\r\n")
                (new,) = email.message_from_bytes(robust).get_payload()
                self.assertEqual(new.get_content_type(), content_type)
                self.assertEqual(new["Content-Transfer-Encoding"], encoding)
                self.assertEqual(new.get_filename(), "m.eml")
                if encoding == "base64":
                    self.assertEqual(_content(new), attached)

    def test_attached_message_with_a_mailbox_separator(self):
        """Its parts are encoded, never itself (RFC 2046 section 5.2.1)."""
        for case, head, body, content_type in (
            ("text", b"", b"From me", "message/rfc822"),
            ("text", TEXT, b"x\r\nFrom me\r\n", "message/rfc822"),
            ("labelled", b"MIME-Version: 1.0\r\n" + TEXT + _label("7bit"),
             b"From me", "message/rfc822"),
            ("several parts", b'Content-Type: multipart/mixed; boundary="i"\r\n',
             b"--i\r\n\r\nFrom me\r\n--i\r\n\r\nx\r\n--i--\r\n", "message/rfc822"),
            ("a message in it", b"Content-Type: message/rfc822\r\n",
             b"Subject: x\r\n\r\nFrom me", "message/rfc822"),
            ("signed", b"DKIM-Signature: v=1\r\n", b"From me", OCTETS),
            ("sealed", b'Content-Type: multipart/signed; boundary="s"\r\n',
             b"--s\r\n\r\nFrom me\r\n--s--\r\n", OCTETS),
            ("a mailbox file", b"From me@b.example now\r\n", b"x", OCTETS),
        ):  # fmt: skip
            with self.subTest(case):
                attached = head + b"From: a@b.example\r\n\r\n" + body
                part = b"Content-Type: message/rfc822\r\n" + _label("8bit") + b"\r\n"
                part += attached + b"\r\n--b--\r\n"
                robust = make_robust(MIXED + b"\r\n--b\r\n" + part)
                self._assert_robust(robust)
                self.assertEqual(make_robust(robust), robust)
                (new,) = email.message_from_bytes(robust).get_payload()
                self.assertEqual(new.get_content_type(), content_type)
                if content_type == OCTETS:
                    self.assertEqual(_content(new), attached)
                    continue
                self.assertEqual(new["Content-Transfer-Encoding"], "7bit")
                (inner,) = new.get_payload()
                self.assertEqual(inner.get_all("MIME-Version"), ["1.0"])
                parts = [part for part in inner.walk() if not part.is_multipart()]
                lines = _content(parts[0]).splitlines()
                self.assertEqual(lines[-1], b"From me")

    def test_long_header_lines(self):
        references = " ".join(f"<{number:060d}@acme.example>" for number in range(99))
        message = f"References: {references}\r\nX: {'y' * 2000}\r\n\r\nb".encode()
        head = make_robust(message).partition(b"\r\n\r\n")[0]
        lines = head.split(b"\r\n")
        self.assertLessEqual(max(map(len, lines[:-1])), 998)
        self.assertEqual(lines[-1], b"X: " + b"y" * 2000)  # nowhere to fold
        unfolded = b"".join(lines[:-1]).decode()
        self.assertEqual(unfolded, f"References: {references}")
        self.assertTrue(all(line.strip() for line in lines))

    def test_long_white_space_in_a_header(self):
        robust = make_robust(b"A: x" + b" " * 3000 + b"y\r\n\r\n")
        self.assertEqual(robust.partition(b"\r\n\r\n")[0], b"A: x y")

    @settings(max_examples=300)
    @given(
        st.binary(max_size=300) | st.lists(st.sampled_from(PIECES)).map(b"".join),
        st.sampled_from(["text/plain", "image/png"]),
    )
    def test_any_content_keeps_its_meaning(self, content, kind):
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = "a@acme.example"
        main, sub = kind.split("/")
        if main == "text":
            text = content.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
            message.set_content(text, subtype=sub)
        else:
            message.set_content("hé")
            message.add_attachment(content, main, sub)
        robust = make_robust(message.as_bytes())
        self._assert_robust(robust)
        parsed = email.message_from_bytes(robust, policy=email.policy.SMTP)
        if main == "text":
            found = parsed.get_content().replace("\r\n", "\n")
            self.assertEqual(found, message.get_content())
        else:
            (attachment,) = parsed.iter_attachments()
            self.assertEqual(attachment.get_content(), content)

    def test_linear_time(self):
        for body in (
            b"--b" * 300_000,
            b"\r\n--b" * 50_000,
            b" " * 1_000_000 + b"\xe9",
            b"From \r\n" * 100_000,
            b"\n" * 500_000,
        ):
            with self.subTest(body=body[:9]):
                start = time.process_time()
                make_robust(MIXED + b"\r\n\r\n--b\r\n\r\n" + body)
                self.assertLess(time.process_time() - start, 5)
