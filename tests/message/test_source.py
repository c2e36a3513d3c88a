# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What people paste or pick, and the message that is found in it."""

import base64
import quopri
import time

from odoo.tests import BaseCase

from ...mailauth.message.source import MAX_BYTES, Source, read_source

MESSAGE = (
    b"Received: from mx.acme.example (mx.acme.example [192.0.2.1])\r\n"
    b"\tby mx.receiver.example with ESMTPS; Thu, 26 Nov 2026 10:00:00 +0000\r\n"
    b"From: Anna <anna@acme.example>\r\n"
    b"To: bob@receiver.example\r\n"
    b"Subject: Your order\r\n"
    b"Date: Thu, 26 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@acme.example>\r\n"
    b"\r\n"
    b"Hello\r\n"
)
SIGNATURE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=a; h=From;\r\n"
    b"\tbh=%s;\r\n\tb=AAAA\r\n"
)
SHOWN = (
    b"From: Anna Example\nSent: Monday, 23 November 2026 10:00\nTo: Bob\n"
    b"Subject: Your order\n\nHello\n"
)
FORWARD = (
    b"From: bob@receiver.example\r\nTo: us@acme.example\r\n"
    b"Subject: %s\r\nMessage-ID: <2@receiver.example>\r\nMIME-Version: 1.0\r\n"
)


def attach(
    content, headers=b"Content-Type: message/rfc822", subject=b"Fwd: Your order"
):
    """Return a forward with a message attached."""
    return (
        FORWARD % subject
        + b'Content-Type: multipart/mixed;\r\n\tboundary="a b"\r\n\r\n'
        + b"--a b\r\nContent-Type: text/plain\r\n\r\nSee below\r\n"
        + b"--a b\r\n%s\r\n\r\n%s\r\n--a b--\r\n" % (headers, content)
    )


NOTHING = [
    ("nothing", b"", "empty"),
    ("white space", b" \r\n\t\n" * 100, "empty"),
    ("too much", b"a" * (MAX_BYTES + 1), "too_large"),
    ("Outlook's file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "outlook_msg"),
    ("winmail.dat", b"\x78\x9f\x3e\x22" + bytes(99), "outlook_tnef"),
    ("an archive", b"PK\x03\x04" + bytes(99), "archive"),
    ("a picture of it", b"\x89PNG\r\n\x1a\n" + bytes(99), "picture"),
    ("a page", b"\n <!DOCTYPE html><html><body>From: me</body></html>", "web_page"),
    ("a page without its head", b"<div>From: me</div>", "web_page"),
    ("a text", b"Dear Anna,\n\nyour mail landed in spam.\n", "no_header"),
    ("a sentence with a colon", b"Note: it is in spam\n\nwhy?\n", "no_header"),
    ("what Outlook shows", SHOWN, "no_header"),
    (
        "what is shown of a forward",
        b"-----Original Message-----\n" + SHOWN,
        "inline_forward",
    ),
    (
        "what Gmail shows of a forward",
        b"---------- Forwarded message ---------\nFrom: Anna <a@acme.example>\n"
        b"Date: Thu, Nov 26, 2026 at 10:00\nSubject: Hi\nTo: <b@b.example>\n\nHello\n",
        "inline_forward",
    ),
    ("bytes", bytes(range(256)) * 40, "no_header"),
]
FOUND = [
    ("a message", MESSAGE, MESSAGE, ()),
    ("LF", MESSAGE.replace(b"\r", b""), MESSAGE.replace(b"\r", b""), ()),
    ("empty lines before it", b"\r\n\n  " + MESSAGE, MESSAGE, ()),
    ("a mailbox", b"From anna Thu Nov 26 10:00:00 2026\n" + MESSAGE, None, ()),
    ("a byte order mark", b"\xef\xbb\xbf" + MESSAGE, MESSAGE, ()),
    ("UTF-16", MESSAGE.decode().encode("utf-16"), MESSAGE, ()),
    ("Apple Mail", b"%d      \n%s<plist/>" % (len(MESSAGE), MESSAGE), MESSAGE, ()),
    (
        "the page that Gmail shows",
        b"Original Message\n\nMessage ID\t<1@acme.example>\nFrom:\tAnna\n"
        b"SPF:\tPASS with IP 192.0.2.1\n\nCopy to clipboard\n" + MESSAGE,
        MESSAGE,
        ("cut",),
    ),
    ("attached", attach(MESSAGE), MESSAGE, ("attached",)),
    (
        "attached, encoded",
        attach(
            base64.encodebytes(MESSAGE),
            b'Content-Type: application/octet-stream;\r\n name="Your order.EML"\r\n'
            b"Content-Transfer-Encoding: base64",
        ),
        MESSAGE,
        ("attached",),
    ),
    (
        "attached, quoted",
        attach(
            quopri.encodestring(MESSAGE.replace(b"\r", b"")),
            b"Content-Type: message/rfc822\r\n"
            b"Content-Transfer-Encoding: quoted-printable",
        ),
        MESSAGE,
        ("attached",),
    ),
    ("a forward", FORWARD % b"WG: Order" + b"\r\nHello", None, ("inline_forward",)),
    (
        "a forward with an encoded subject",
        FORWARD % b"=?utf-8?q?Fwd=3A_Gr=C3=BC=C3=9Fe?=" + b"\r\nHello",
        None,
        ("inline_forward",),
    ),
    ("no forward", FORWARD % b"Forward: march" + b"\r\nHello", None, ()),
    (
        "a delivery report",
        attach(MESSAGE).replace(b"multipart/mixed", b"multipart/report"),
        None,
        ("report",),
    ),
    (
        "the header alone",
        SIGNATURE % b"g3zLYH4xKxcPrHOD18z9YfpQcnk/GaJedfustWU5uGs=" + MESSAGE[:-9],
        None,
        ("header_only",),
    ),
    (
        "an empty body",
        SIGNATURE % b"frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPja\r\n\tYaY="
        + MESSAGE[:-7],
        None,
        (),
    ),
]


class TestSource(BaseCase):
    def test_there_is_no_message(self):
        for case, data, problem in NOTHING:
            with self.subTest(case):
                self.assertEqual(read_source(data), Source(problem=problem))

    def test_the_message_is_found(self):
        for case, data, raw, notes in FOUND:
            with self.subTest(case):
                self.assertEqual(read_source(data), Source(raw or data, notes=notes))

    def test_the_first_of_several_attached_messages(self):
        second = b"\r\n--a b\r\nContent-Type: message/rfc822\r\n\r\n" + MESSAGE
        found = read_source(attach(MESSAGE + second))
        self.assertEqual(found, Source(MESSAGE, notes=("attached", "several")))

    def test_what_is_attached_is_no_message(self):
        given = attach(b"Hello")
        self.assertEqual(read_source(given), Source(given, notes=("inline_forward",)))

    def test_hostile_input_takes_no_time(self):
        head = b"Received: a\r\nFrom: a@b.example\r\n"
        mixed = head + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        for case, data in [
            ("dashes", b"-" * 1_000_000),
            ("colons", b"a:" * 1_000_000),
            ("spaces", head + b"Subject:" + b" " * 1_000_000 + b"\r\n\r\n"),
            ("parameters", head + b"Content-Type: multipart/x" + b";a=b" * 200_000),
            ("hashes", head + b"DKIM-Signature: " + b"bh=" * 400_000),
            ("traces", b"x\n" + b"Received: x\n" * 200_000),
            ("parts", mixed + b"--x\r\n" * 200_000),
            ("nested", mixed + (b"--x\r\n" + mixed) * 5_000),
            ("folds", head + b"Content-Type:" + b"\r\n " * 400_000),
        ]:
            with self.subTest(case):
                start = time.process_time()
                read_source(data)
                self.assertLess(time.process_time() - start, 2)
