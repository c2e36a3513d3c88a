# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from base64 import encodebytes

from odoo.tests import BaseCase

from ...mailauth.refusal.bounce import parse_bounce
from ...mailauth.refusal.result import NEVER_RECIPIENT
from .shapes import (
    BODY,
    ORIGINAL,
    ORIGINAL_ID,
    SENDER,
    SHAPES,
    exchange_text,
    exim,
    postfix,
    qmail,
    report,
)
from .vendors import ANYWHERE, HOSTS, read_texts

JANE = "jane@receiver.example"
# (case, group of fields, address, action, status)
STATUSES = (
    (
        "RFC 3464",
        "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1",
        ("a@b.example", "failed", "5.1.1"),
    ),
    (
        "no space, capitals",
        "FINAL-RECIPIENT:RFC822;a@b.example\nACTION:FAILED\nSTATUS:5.1.1",
        ("a@b.example", "failed", "5.1.1"),
    ),
    (
        "no type",
        "Final-Recipient: a@b.example\nAction: Failure\nStatus: 5.0.0 (unknown)",
        ("a@b.example", "failed", "5.0.0"),
    ),
    (
        "in brackets",
        "Final-Recipient: rfc822; <a@b.example>\nAction: failed (bounced)",
        ("a@b.example", "failed", ""),
    ),
    (
        "only the original recipient",
        "Original-Recipient: rfc822;a@b.example\nAction: delayed\nStatus: 4.4.1",
        ("a@b.example", "delayed", "4.4.1"),
    ),
    (
        "folded",
        "Final-Recipient: rfc822;\n a@b.example\nAction:\n\tdelivered\nStatus: 2.0.0",
        ("a@b.example", "delivered", "2.0.0"),
    ),
    (
        "relayed",
        "Final-Recipient: rfc822;a@b.example\nAction: Relayed\nStatus: 2.1.9",
        ("a@b.example", "relayed", "2.1.9"),
    ),
    (
        "expanded",
        "Final-Recipient: rfc822;a@b.example\nAction: expanded\nStatus: 2.0.0",
        ("a@b.example", "expanded", "2.0.0"),
    ),
    (
        "RFC 3464 2.3.4: a failure for good may have a status of 4",
        "Final-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 4.4.7",
        ("a@b.example", "failed", "4.4.7"),
    ),
    (
        "no action: the status tells",
        "Final-Recipient: rfc822;a@b.example\nStatus: 4.4.1",
        ("a@b.example", "delayed", "4.4.1"),
    ),
    (
        "expired, in the words of old servers",
        "Final-Recipient: rfc822;a@b.example\nAction: expired\nStatus: 4.4.7",
        ("a@b.example", "failed", "4.4.7"),
    ),
    (
        "RFC 6533: an address in UTF-8",
        "Final-Recipient: utf-8; j\u00f6rg@m\u00fcnchen.example\nAction: failed",
        ("j\u00f6rg@m\u00fcnchen.example", "failed", ""),
    ),
    (
        "RFC 6533: written in ASCII",
        r"Final-Recipient: utf-8; j\x{F6}rg@m\x{FC}nchen.example" + "\nAction: failed",
        ("j\u00f6rg@m\u00fcnchen.example", "failed", ""),
    ),
)
SEVERAL = """Reporting-MTA: dns; mail.acme.example
Original-Envelope-Id: QQ314159

Final-Recipient: rfc822; unknown@receiver.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.receiver.example
Diagnostic-Code: smtp; 550 5.1.1 User unknown

Final-Recipient: rfc822; full@receiver.example
Action: failed
Status: 5.2.2
Remote-MTA: dns; mx.receiver.example
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full

Final-Recipient: rfc822; late@other.example
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.other.example[192.0.2.9]:25:
    Connection timed out
Will-Retry-Until: Sat, 7 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822; here@acme.example
Action: delivered
Status: 2.0.0
"""
# Without empty lines between the recipients.
RUN_TOGETHER = "\n".join(line for line in SEVERAL.splitlines() if line) + "\n"
QUOTED_REPLY = f"""From: Jane <jane@receiver.example>
To: {SENDER}
Subject: Re: Undelivered Mail Returned to Sender

The following address failed, you wrote:
  jane@receiver.example
Is that mine?
"""
EXCHANGE_2003 = f"""\
From: System Administrator <postmaster@receiver.example>
To: {SENDER}
Subject: Undeliverable: Offer

Your message

  To:      sales@receiver.example
  Subject: Offer
  Sent:    Mon, 2 Mar 2026 10:00:00 +0000

did not reach the following recipient(s):

jane@receiver.example on Mon, 2 Mar 2026 10:00:01 +0000
    The recipient name is not recognized
    The MTS-ID of the original message is: c=US;a= ;p=Receiver;l=1
    MSEXCH:IMS:Receiver:MAIL:EX 0 (000C05A6) Unknown Recipient
"""
# How each kind of part holds the original.
ORIGINALS = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    'text/rfc822-headers; charset="utf-8"',
)


def _see(bounce):
    return [(one.address, one.action, one.category) for one in bounce.recipients]


class TestBounce(BaseCase):
    def test_each_shape_with_what_vendors_say(self):
        pairs = {row[:2]: row for row in reversed(read_texts())}
        rows = sorted(pairs.values())
        self.assertGreaterEqual(len(rows), 80)
        right = 0
        for place, (provider, category, text) in enumerate(rows):
            shape = SHAPES[place % len(SHAPES)]
            host = HOSTS.get(provider, ANYWHERE)
            with self.subTest(shape.__name__, provider=provider, category=category):
                bounce = parse_bounce(shape(JANE, host, text))
                self.assertEqual(bounce.kind, "failed")
                self.assertEqual(bounce.original_message_id, ORIGINAL_ID)
                self.assertEqual([one.address for one in bounce.recipients], [JANE])
                right += bounce.recipients[0].category == category
                if category in NEVER_RECIPIENT:
                    self.assertNotEqual(bounce.recipients[0].blame, "recipient")
        self.assertGreaterEqual(right, 0.95 * len(rows))

    def test_who_has_refused_is_quoted(self):
        text = "421 4.7.28 Gmail has detected an unusual rate of email - gsmtp"
        for shape in SHAPES:
            if shape is not exchange_text:
                with self.subTest(shape.__name__):
                    found = parse_bounce(shape(JANE, HOSTS["gmail"], text))
                    self.assertEqual(found.recipients[0].scope, "receiver")
                    self.assertEqual(found.recipients[0].refusal.provider, "gmail")

    def test_statuses(self):
        for case, fields, expected in STATUSES:
            with self.subTest(case):
                raw = report(f"Reporting-MTA: dns; mail.acme.example\n\n{fields}\n")
                found = parse_bounce(raw).recipients[0]
                self.assertEqual((found.address, found.action, found.status), expected)

    def test_several_recipients(self):
        for fields in (SEVERAL, RUN_TOGETHER):
            bounce = parse_bounce(report(fields))
            self.assertEqual(bounce.kind, "failed")
            self.assertEqual(bounce.reporting_mta, "mail.acme.example")
            self.assertEqual(bounce.envelope_id, "QQ314159")
            self.assertEqual(
                _see(bounce),
                [
                    ("unknown@receiver.example", "failed", "mailbox_unknown"),
                    ("full@receiver.example", "failed", "mailbox_full"),
                    ("late@other.example", "delayed", "their_trouble"),
                    ("here@acme.example", "delivered", ""),
                ],
            )
            self.assertIs(bounce.recipients[3].refusal, None)

    def test_the_worst_action_is_the_kind(self):
        for action in ("delayed", "relayed", "delivered", "expanded"):
            raw = report(f"Final-Recipient: rfc822; {JANE}\nAction: {action}\n")
            self.assertEqual(parse_bounce(raw).kind, action)

    def test_what_is_raw(self):
        found = parse_bounce(
            postfix(JANE, HOSTS["gmail"], "550-5.7.26 a\n550 5.7.26 b")
        )
        self.assertEqual(
            found.recipients[0].diagnostic, "smtp; 550-5.7.26 a 550 5.7.26 b"
        )
        self.assertEqual(found.recipients[0].remote_mta, HOSTS["gmail"])

    def test_where_the_original_is(self):
        fields = f"Final-Recipient: rfc822; {JANE}\nAction: failed\n"
        for kind in ORIGINALS:
            with self.subTest(kind):
                bounce = parse_bounce(report(fields, kind=kind))
                self.assertEqual(bounce.original_message_id, ORIGINAL_ID)
                headers = dict(bounce.original_headers)
                self.assertEqual(headers["subject"], "Offer S0815")

    def test_original_in_base64(self):
        kind = "message/global\nContent-Transfer-Encoding: base64"
        original = encodebytes(ORIGINAL.encode()).decode()
        fields = f"Final-Recipient: rfc822; {JANE}\nAction: failed\n"
        raw = report(fields, original=original, kind=kind)
        raw = raw.replace(BODY.replace("\n", "\r\n").encode(), b"")
        self.assertEqual(parse_bounce(raw).original_message_id, ORIGINAL_ID)

    def test_an_identifier_without_brackets(self):
        original = "Message-ID: 4711@acme.example\nSubject: x\n"
        fields = f"Final-Recipient: rfc822; {JANE}\nAction: failed\n"
        bounce = parse_bounce(report(fields, original=original))
        self.assertEqual(bounce.original_message_id, "<4711@acme.example>")

    def test_without_an_original(self):
        fields = f"Final-Recipient: rfc822; {JANE}\nAction: failed\n"
        bounce = parse_bounce(report(fields, original="", kind="text/plain"))
        self.assertEqual(bounce.original_message_id, "")
        self.assertEqual(bounce.kind, "failed")

    def test_the_reason_stands_in_the_text_alone(self):
        bounce = parse_bounce(
            report(
                f"Final-Recipient: rfc822; {JANE}\nAction: failed\nStatus: 5.0.0\n",
                f"Your message could not be delivered.\n\n<{JANE}>:\n"
                "552 5.2.2 Mailbox full\n",
            )
        )
        self.assertEqual(bounce.recipients[0].category, "mailbox_full")
        self.assertIn("Mailbox full", bounce.recipients[0].diagnostic)

    def test_the_status_tells_where_the_text_does_not(self):
        fields = (
            f"Final-Recipient: rfc822; {JANE}\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 Sorry\n"
        )
        found = parse_bounce(report(fields)).recipients[0]
        self.assertEqual(found.category, "mailbox_unknown")

    def test_several_addresses_without_a_report(self):
        raw = exim(JANE, ANYWHERE, "550 5.1.1 No such user").replace(
            b"\r\n\r\n------ This is",
            b"\r\n  joe@receiver.example\r\n    552 5.2.2 Mailbox full"
            b"\r\n\r\n--- This is",
        )
        self.assertEqual(
            _see(parse_bounce(raw)),
            [
                (JANE, "failed", "mailbox_unknown"),
                ("joe@receiver.example", "failed", "mailbox_full"),
            ],
        )

    def test_an_address_with_a_colon(self):
        """As GMX and IONOS write it."""
        raw = exim(JANE, ANYWHERE, "550 5.1.1 No such user")
        raw = raw.replace(f"X-Failed-Recipients: {JANE}\r\n".encode(), b"")
        changed = raw.replace(f"  {JANE}\r\n".encode(), f"{JANE}:\r\n".encode())
        self.assertNotEqual(changed, raw)
        self.assertEqual(
            _see(parse_bounce(changed)), [(JANE, "failed", "mailbox_unknown")]
        )

    def test_a_delay_without_a_report(self):
        raw = qmail(JANE, ANYWHERE, "451 4.3.0 Temporary failure").replace(
            b"This is a permanent error; I've given up.",
            b"THIS IS A WARNING MESSAGE ONLY. I will keep trying.",
        )
        bounce = parse_bounce(raw)
        self.assertEqual((bounce.kind, _see(bounce)[0][1]), ("delayed", "delayed"))

    def test_exchange_2003(self):
        raw = EXCHANGE_2003.replace("\n", "\r\n").encode()
        self.assertEqual(
            _see(parse_bounce(raw)),
            [("jane@receiver.example", "failed", "mailbox_unknown")],
        )

    def test_a_human_who_quotes_a_bounce(self):
        raw = QUOTED_REPLY.replace("\n", "\r\n").encode()
        self.assertEqual(parse_bounce(raw).kind, "none")

    def test_line_ends_and_mailboxes(self):
        raw = postfix(JANE, ANYWHERE, "550 5.1.1 No such user")
        for changed in (
            raw.replace(b"\r\n", b"\n"),
            b"From MAILER-DAEMON Mon Mar  2 10:00:00 2026\n" + raw,
        ):
            bounce = parse_bounce(changed)
            self.assertEqual(_see(bounce), [(JANE, "failed", "mailbox_unknown")])
