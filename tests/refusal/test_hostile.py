# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whoever can send a mail can send a bounce: nothing takes long, nothing raises."""

import random
import time

from odoo.tests import BaseCase

from ...mailauth.refusal.bounce import parse_bounce
from ...mailauth.refusal.explain import explain_refusal
from ...mailauth.refusal.status import MAX_RECIPIENTS
from .shapes import SHAPES, postfix, report

MOST = 5.0  # seconds of processor time; what is honest takes milliseconds
SEEDS = (
    " ", "\n", "\r\n", "550 ", "550-", "5.1.1 ", "5.1.1.", "host a.b ", "host: ",
    "a.", "a-", "<", "(", "said: ", "1.", ":", "while talking to ", "#550", "'",
    "\u2019", "gave this error ", "Remote Server at a", "Giving up on ", "\x00",
    "\u00e9",
)  # fmt: skip
JANE = "jane@receiver.example"


def _nest(depth):
    """Return a multipart in a multipart, and so on, a report in the innermost."""
    lines = ["From: MAILER-DAEMON@x.example"]
    for level in range(depth):
        lines += [
            f"Content-Type: multipart/report; boundary=b{level}",
            "",
            f"--b{level}",
        ]
    lines += ["Content-Type: message/delivery-status", ""]
    lines += [f"Final-Recipient: rfc822; {JANE}", "Action: failed", ""]
    return "\r\n".join(lines).encode()


def _list_bounces():
    many = "\n\n".join(
        f"Final-Recipient: rfc822; r{n}@receiver.example\nAction: failed\n"
        "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user"
        for n in range(5000)
    )
    text = "could not be delivered\n" + f"<{JANE}>:\n" * 20_000
    yield "recipients", report(many)
    yield "addresses in the text", b"Return-Path: <>\r\n\r\n" + text.encode()
    yield (
        "30 MB of text",
        b"Return-Path: <>\r\n\r\ncould not be delivered\r\n" + (b"a" * 30_000_000),
    )
    yield "30 MB of lines", b"Return-Path: <>\r\n\r\n" + b"a@b:\r\n" * 5_000_000
    yield (
        "30 MB of delimiters",
        (
            b"Content-Type: multipart/report; boundary=b\r\n\r\n"
            + b"--b\r\n" * 6_000_000
        ),
    )
    yield "a field of 5 MB", report("Diagnostic-Code: " + "x" * 5_000_000)
    yield "folds", report("Final-Recipient: a@b\n" + " x\n" * 500_000)
    yield "comments", report(f"Final-Recipient: a@b\nStatus: {'(' * 100_000}")
    yield "embedded characters", report("Final-Recipient: utf-8;" + r"\x{41}" * 50_000)
    told = "Final-Recipient: rfc822; a{}@b.example\nDiagnostic-Code: smtp; 550 {}\n\n"
    yield (
        "long words on many",
        report("".join(told.format(number, "a:" * 2000) for number in range(1000))),
    )
    yield "nested", _nest(500)
    yield "header", b"Subject: x\r\n" * 200_000 + b"\r\nx"
    yield (
        "tags",
        (
            b"Return-Path: <>\r\nContent-Type: text/html\r\n\r\ncould not be delivered"
            + b"<p <style <br" * 100_000
        ),
    )
    yield (
        "failed recipients",
        (b"X-Failed-Recipients: " + b"a@b.example, " * 20_000 + b"\r\n\r\nx"),
    )
    yield "identifiers", b"References: " + b"<a@b> " * 40_000 + b"\r\n\r\nx"


class TestHostile(BaseCase):
    def assertQuick(self, function, *arguments, **named):
        started = time.process_time()
        result = function(*arguments, **named)
        self.assertLess(time.process_time() - started, MOST)
        return result

    def test_texts(self):
        for seed in SEEDS:
            with self.subTest(seed):
                self.assertQuick(explain_refusal, text=seed * (200_000 // len(seed)))
                self.assertQuick(explain_refusal, text="550 " + seed * 50_000 + "!")

    def test_bounces(self):
        for case, raw in _list_bounces():
            with self.subTest(case):
                bounce = self.assertQuick(parse_bounce, raw)
                self.assertLessEqual(len(bounce.recipients), MAX_RECIPIENTS)
                self.assertLessEqual(len(bounce.original_message_id), 998)
                for one in bounce.recipients:
                    self.assertLessEqual(len(one.address), 320)
                    self.assertLessEqual(len(one.diagnostic), 4096)

    def test_damaged(self):
        """Bytes that are changed, lost or doubled end in an answer."""
        generator = random.Random(16)
        for shape in SHAPES:
            raw = shape(JANE, "mx.receiver.example", "550 5.1.1 No such user")
            for _time in range(8):
                damaged = bytearray(raw)
                for _change in range(generator.randrange(1, 30)):
                    place = generator.randrange(len(damaged))
                    damaged[place] = generator.randrange(256)
                cut = generator.randrange(len(damaged))
                parse_bounce(bytes(damaged))
                parse_bounce(bytes(damaged[:cut]))
                parse_bounce(bytes(damaged[cut:] + damaged[:cut]))

    def test_empty(self):
        for raw in (b"", b"\r\n", b"\r\n\r\n", b"\x00", b"From "):
            self.assertEqual(parse_bounce(raw).kind, "none")
        self.assertEqual(explain_refusal().category, "unknown")

    def test_no_control_characters_are_believed(self):
        raw = postfix(JANE, "mx.receiver.example", "550 5.1.1 \x1b[2J No such user")
        self.assertEqual(parse_bounce(raw).recipients[0].category, "mailbox_unknown")
