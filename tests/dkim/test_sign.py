# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import email
import email.policy
import re
from email.utils import formataddr

import dkim
from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.dkim.key import dump_private_key
from ...mailauth.dkim.sign import Signer, list_signed_headers, sign_message
from ...mailauth.dkim.verify import verify_dkim
from ...mailauth.errors import PermError
from .. import opendkim
from ..common import run
from ..dkim_common import (
    DOMAIN,
    NOW,
    SHAPES,
    SIGNERS,
    ZONE,
    build_message,
    dkimpy_verifies,
    resolver,
)
from ..smtp_relay import relay

# What may stand in a header or a body; surrogates can't come from a database.
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
lines = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)


# What messages are made of, to be put together wrongly.
PIECES = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"--b\r\n",
    b"\r\n--b--\r\n",
    b"--c\r\n",
    b'Content-Type: multipart/mixed; boundary="b"\r\n',
    b"Content-Type: multipart/alternative; boundary=c\r\n",
    b"Content-Type: text/plain; charset=utf-8\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: multipart/signed; boundary=b\r\n",
    b"Content-Type:\r\n image/png\r\n",
    b"Content-Type: ;;;\r\n",
    b"Content-Transfer-Encoding: 8bit\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: binary\r\n",
    b"Subject: x\r\n",
    b"DKIM-Signature: v=1\r\n",
    b"From me\r\n",
    b" folded\r\n",
    b"=C3=A9=\r\n",
    b"aGVsbG8=",
    "été".encode(),
    b"\xff\x00",
    b". \t",
    b"x" * 90,
    b" " * 1100,
)


def _verify(message):
    return [result.result for result in run(verify_dkim(message, resolver(), NOW))]


def _sign(message, **options):
    return sign_message(message.as_bytes(), SIGNERS, NOW, **options)


def _tags(message):
    value = email.message_from_bytes(message)["DKIM-Signature"]
    value = re.sub(r"\s", "", value)
    return dict(tag.split("=", 1) for tag in value.split(";"))


class TestDkimSign(BaseCase):
    def test_shapes(self):
        for name, values in SHAPES.items():
            with self.subTest(name):
                signed = _sign(build_message(**values))
                self.assertEqual(_verify(signed), ["pass", "pass"])
                self.assertTrue(dkimpy_verifies(signed))

    def test_shapes_behind_a_relay(self):
        for name, values in SHAPES.items():
            with self.subTest(name):
                signed = _sign(build_message(**values))
                relayed = relay(signed)
                self.assertNotEqual(relayed, signed)
                self.assertEqual(_verify(relayed), ["pass", "pass"])
                self.assertTrue(dkimpy_verifies(relayed))

    def test_shapes_as_opendkim_sees_them(self):
        messages = [_sign(build_message(**values)) for values in SHAPES.values()]
        messages += [relay(message) for message in messages]
        found = opendkim.verify(messages, ZONE)
        self.assertEqual(found, [["pass", "pass"]] * 2 * len(SHAPES))
        changed = [re.sub(rb"Subject: ", b"Subject: x", one) for one in messages]
        changed = [re.sub(rb"SUBJECT|sUBJECT", b"X", one) for one in changed]
        found = opendkim.verify(changed, ZONE)
        self.assertEqual(found, [["fail", "fail"]] * 2 * len(SHAPES))

    def test_relay_breaks_what_is_not_robust(self):
        """The relay is worth something: dkimpy's own signature does not survive it."""
        pem = dump_private_key(SIGNERS[0].key)
        for name in ("8-bit", "mailbox separator"):
            with self.subTest(name):
                message = build_message(**SHAPES[name])
                data = message.as_bytes(policy=email.policy.SMTP)
                field = dkim.sign(
                    data, b"s1", DOMAIN.encode(), pem, canonicalize=(b"relaxed",) * 2
                )
                self.assertTrue(dkimpy_verifies(field + data))
                with self.assertRaises(dkim.ValidationError):
                    dkimpy_verifies(relay(field + data))

    def test_changed_messages_fail(self):
        signed = _sign(build_message(**SHAPES["lists"]))
        for name, old, new in (
            ("one byte of the body", b"\r\nHello\r\n", b"\r\nHellp\r\n"),
            ("body appended", b"\r\nHello\r\n", b"\r\nHello\r\nx\r\n"),
            ("subject", b"Subject: Hello", b"Subject: Hellp"),
            ("subject added", b"Subject: Hello", b"Subject: x\r\nSubject: Hello"),
            ("From added", b"\r\nFrom:", b"\r\nFrom: x@y.example\r\nFrom:"),
            ("To added", b"\r\nTo:", b"\r\nTo: x@y.example\r\nTo:"),
            ("Date", b"01 Jan", b"02 Jan"),
            ("To", b"customer@", b"customes@"),
            ("Cc removed", b"\r\nCc: c@b.example", b""),
            ("List-Unsubscribe", b"acme.example/u/1", b"acme.example/u/2"),
            ("List-Unsubscribe-Post", b"=One-Click", b"=Two-Click"),
            ("List-Id", b"<news.", b"<olds."),
            ("type", b"text/plain", b"text/plaid"),
            ("algorithm", b"a=rsa-sha256", b"a=rsa-sha1"),
        ):
            with self.subTest(name):
                self.assertIn(old, signed)
                changed = signed.replace(old, new, 1)
                self.assertNotEqual(_verify(changed)[0], "pass")

    def test_added_fields_fail(self):
        signed = _sign(build_message())
        for name in ("Subject", "To", "Cc", "Date", "Reply-To", "From"):
            with self.subTest(name):
                added = name.encode() + b": x@y.example\r\n" + signed
                self.assertEqual(_verify(added), ["fail", "fail"])

    def test_fields_of_relays_pass(self):
        signed = _sign(build_message())
        for name in ("Received", "Return-Path", "X-Odoo-Objects", "X-Spam", "Bcc"):
            with self.subTest(name):
                added = name.encode() + b": x@y.example\r\n" + signed
                self.assertEqual(_verify(added), ["pass", "pass"])

    def test_signed_headers(self):
        for present, unsigned, expected in (
            ("from", "", "from from to cc subject date reply-to"),
            (
                "From To Subject Date Message-Id MIME-Version Content-Type",
                "",
                "from from to to cc subject subject date date message-id reply-to"
                " mime-version content-type",
            ),
            (
                "From Date Message-Id",
                "Date Message-ID",
                "from from to cc subject reply-to",
            ),
            ("From", "From", "from from to cc subject date reply-to"),
            (
                "From List-Post List-Help List-Unsubscribe-Post List-Unsubscribe",
                "List-Help",
                "from from to cc subject date reply-to list-unsubscribe"
                " list-unsubscribe-post list-post",
            ),
            (
                "Return-Path Bcc Received X-Odoo-Objects Sender From DKIM-Signature",
                "",
                "from from to cc subject date reply-to",
            ),
        ):
            with self.subTest(present, unsigned=unsigned):
                fields = [(name.encode(), b"") for name in present.split()]
                names = list_signed_headers(fields, unsigned.split())
                self.assertEqual(b" ".join(names).decode(), expected)

    def test_rewritten_headers_may_change(self):
        message = build_message()
        signed = _sign(message, unsigned_headers=("Date", "Message-ID"))
        changed = re.sub(rb"(?m)^(Date|Message-Id): .*\r\n", b"", signed)
        changed = b"Date: x\r\nMessage-ID: <ses@x.example>\r\n" + changed
        self.assertEqual(_verify(changed), ["pass", "pass"])
        changed = re.sub(rb"(?m)^(Date|Message-Id): .*\r\n", b"", _sign(message))
        self.assertEqual(_verify(changed), ["fail", "fail"])

    def test_signature_tags(self):
        tags = _tags(_sign(build_message()))
        self.assertEqual(
            sorted(tags), sorted(("v", "a", "c", "d", "s", "t", "h", "bh", "b"))
        )
        self.assertEqual(tags["c"], "relaxed/relaxed")
        self.assertEqual(tags["t"], str(NOW))
        self.assertEqual((tags["d"], tags["s"]), (DOMAIN, "s1"))

    def test_lines_are_short(self):
        signed = _sign(build_message(**SHAPES["lists"]))
        head = signed[: signed.index(b"Message-Id:")]
        self.assertEqual(head.count(b"DKIM-Signature:"), 2)
        self.assertLessEqual(max(map(len, head.split(b"\r\n"))), 78)

    def test_what_can_not_be_signed(self):
        for code, message in (
            ("message_from", b"To: a@b.example\r\n\r\nx"),
            ("message_from", b""),
            ("message_headers", b"From: a@b.example\r\nnonsense\r\n\r\nx"),
        ):
            with self.subTest(message):
                with self.assertRaises(PermError) as caught:
                    sign_message(message, SIGNERS, NOW)
                self.assertEqual(caught.exception.code, code)

    def test_nothing_shows_the_key(self):
        self.assertNotIn("key", repr(SIGNERS[0]))
        self.assertIsInstance(SIGNERS[0], Signer)

    def test_large_message(self):
        content = bytes(range(256)) * 4096 * 25
        attachment = ("big.bin", content, "application", "octet-stream")
        signed = _sign(build_message(attachments=[attachment]))
        self.assertGreater(len(signed), 25 * 2**20)
        self.assertEqual(_verify(signed), ["pass", "pass"])
        self.assertEqual(_verify(signed[:-9] + b"x" + signed[-8:]), ["fail", "fail"])

    @settings(max_examples=300)
    @given(st.lists(st.sampled_from(PIECES), max_size=40), st.binary(max_size=40))
    def test_any_bytes_verify(self, pieces, end):
        """Whatever stands below a From field, well-formed or not."""
        message = b"From: zoe@acme.example\r\n" + b"".join(pieces) + end
        try:
            signed = sign_message(message, SIGNERS, NOW)
        except PermError as error:
            self.assertEqual(error.code, "message_headers")
            return
        self.assertEqual(_verify(signed)[:2], ["pass", "pass"])
        self.assertEqual(signed.count(b"\n"), signed.count(b"\r\n"))
        self.assertEqual(signed.count(b"\r"), signed.count(b"\r\n"))

    @settings(max_examples=100)
    @given(
        subject=words,
        name=words,
        body=lines,
        html=lines,
        content=st.binary(max_size=200),
        references=st.lists(st.from_regex(r"<[a-z0-9]{1,80}@acme>", fullmatch=True)),
    )
    def test_any_message_verifies(self, subject, name, body, html, content, references):
        message = build_message(
            headers={
                "Subject": subject,
                "From": formataddr((name, "zoe@acme.example")),
                "References": " ".join(references) or None,
            },
            body=body,
            html=html,
            attachments=[(name or "x", content, "application", "octet-stream")],
        )
        signed = _sign(message)
        self.assertEqual(_verify(signed), ["pass", "pass"])
        self.assertEqual(_verify(relay(signed)), ["pass", "pass"])
        self.assertTrue(dkimpy_verifies(signed))
