# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a delivery report changes, and what it does not."""

import logging
import re
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.inbound import takers
from ...models.refusal import evidence, mail_refusal_alarm, mail_thread as door
from ...models.refusal.mail_delivery_report import MailDeliveryReport
from . import shapes
from .inbound_common import (
    FULL,
    NO_DKIM,
    NO_ROOM,
    UNKNOWN_USER,
    InboundCase,
    describe,
)

JANE, JOHN = "jane@receiver.example", "john@receiver.example"
DOOR = "odoo.addons.mail_deliverability.models.inbound.fall_through"
REPORTS = "odoo.addons.mail_deliverability.models.refusal.mail_delivery_report"
SQL = "odoo.sql_db"
SENT = {"jane": "sent", "john": "sent"}
RECEIPT = """\
Return-Path: <jane@receiver.example>
From: Jane <jane@receiver.example>
To: {to}
Subject: Read: Offer
Message-ID: <receipt@receiver.example>
In-Reply-To: {original}
References: {original}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

It was read.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; jane@receiver.example
Original-Message-ID: {original}
Disposition: manual-action/MDN-sent-manually; displayed

--b--
"""
COMPLAINT = """\
From: complaints@receiver.example
To: {to}
Subject: Complaint
Message-ID: <complaint@receiver.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

Somebody has marked this as spam.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
User-Agent: Feedback/1.0
{about}
--b
Content-Type: message/rfc822

Message-ID: {original}
From: anna@acme.example
Subject: Offer

Hello
--b--
"""
TLS_REPORT = """\
From: tls@receiver.example
To: {to}
Subject: Report Domain: acme.example Submitter: receiver.example Report-ID: <1>
Message-ID: <tls@receiver.example>
References: {original}
TLS-Report-Domain: acme.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=tlsrpt; boundary=b

--b

A report.
--b
Content-Type: application/tlsrpt+json

{{}}
--b--
"""
VACATION = """\
Return-Path: <>
From: Jane <jane@receiver.example>
To: {to}
Subject: Automatic reply: Offer
Message-ID: <vacation@receiver.example>
In-Reply-To: {original}
References: {original}
Auto-Submitted: auto-replied

I am away until Monday.
"""

HUMAN = """\
From: John <john@receiver.example>
To: {to}
{head}
Subject: What is this?
Message-ID: <human-{number}@receiver.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="human"

--human
Content-Type: text/plain

Delivery has failed to these recipients:

jane@receiver.example: 550 5.1.1 unknown
--human
Content-Type: message/rfc822
Content-Disposition: attachment

{report}
--human--
"""


def crlf(text, **values):
    return text.format(**values).replace("\n", "\r\n").encode()


@tagged("post_install", "-at_install")
class TestReports(InboundCase):
    def test_unknown_address(self):
        """One recipient of one message, and Odoo counts."""
        self.bounce(JANE)
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})
        note = self.note_of(self.jane)
        self.assertEqual(note.failure_type, "mail_bounce")
        self.assertEqual(note.failure_reason, f"smtp; {UNKNOWN_USER}")
        self.assertEqual(note.refusal_category, "mailbox_unknown")
        self.assertEqual(note.refusal_blame, "recipient")
        self.assertEqual(self.bounces(), [1, 0])
        refusal = self.refusals()
        self.assertEqual(refusal.recipient, JANE)
        self.assertEqual(refusal.origin, "report")
        self.assertEqual(refusal.mail_message_id, self.message)
        self.assertEqual(refusal.message_id, self.message.message_id)

    def test_only_what_is_wrong_with_the_address_counts(self):
        for reply, status, category, count in (
            (UNKNOWN_USER, "5.1.1", "mailbox_unknown", 1),
            (FULL, "5.2.2", "mailbox_full", 1),
            (NO_DKIM, "5.7.26", "authentication", 0),
            (NO_ROOM, "4.2.2", "mailbox_full", 1),
            ("550 5.7.1 Message rejected as spam", "5.7.1", "content", 0),
            ("", "4.4.7", "their_trouble", 0),
        ):
            with self.subTest(reply=reply):
                message = self.send(self.jane)
                before = self.jane.message_bounce
                self.bounce(JANE, reply=reply, status=status, message=message)
                note = self.note_of(self.jane, message)
                self.assertEqual(note.notification_status, "bounce")
                self.assertEqual(note.refusal_category, category)
                self.assertEqual(self.jane.message_bounce - before, count)
                self.assertFalse(self.refusals()[-1].temporary)

    def test_authentication_bounces_blame_nobody(self):
        for _number in range(8):
            message = self.send(self.jane)
            self.bounce(JANE, reply=NO_DKIM, status="5.7.26", message=message)
        self.assertEqual(self.bounces(), [0, 0])
        blames = set(self.refusals().mapped("blame"))
        self.assertEqual(blames, {"our_setup"})
        self.assertFalse(self.env["mail.blacklist"].search_count([]))

    def test_delayed(self):
        told = describe((JANE, "delayed", "4.4.1", "451 4.4.1 try again later"))
        for _number in range(2):
            self.receive(self.report(told))
        self.assertEqual(self.statuses(), SENT)
        self.assertEqual(self.note_of(self.jane).delivery_report, "delayed")
        self.assertFalse(self.note_of(self.john).delivery_report)
        self.assertEqual(self.bounces(), [0, 0])
        refusal = self.refusals()
        self.assertEqual(len(refusal), 1)
        self.assertTrue(refusal.temporary)
        self.bounce(JANE, reply="", status="4.4.7")
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})
        self.assertFalse(self.note_of(self.jane).delivery_report)
        self.receive(self.report(told))
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})

    def test_what_has_arrived(self):
        for action in ("delivered", "relayed", "expanded"):
            with self.subTest(action):
                message = self.send(self.jane)
                told = describe((JANE, action, "2.1.5", "250 2.1.5 OK"))
                self.receive(self.report(told, message))
                note = self.note_of(self.jane, message)
                self.assertEqual(note.notification_status, "sent")
                self.assertEqual(note.delivery_report, action)
                self.assertTrue(note.delivery_reported_on)
        self.assertFalse(self.refusals())
        self.assertEqual(self.bounces(), [0, 0])

    def test_late_reports_of_delay(self):
        late = describe((JANE, "delayed", "4.4.1", "451 4.4.1 try again later"))
        self.receive(self.report(describe((JANE, "delivered", "2.0.0", "250 OK"))))
        self.receive(self.report(late))
        self.assertEqual(self.note_of(self.jane).delivery_report, "delivered")

    def test_one_report_with_all_outcomes(self):
        more = self.make_partners("ann", "bea", "cem")
        message = self.send(self.jane | self.john | more)
        told = describe(
            (JANE, "failed", "5.1.1", UNKNOWN_USER),
            (JOHN, "failed", "5.7.26", NO_DKIM),
            ("ann@receiver.example", "delayed", "4.4.1", "451 4.4.1 later"),
            ("bea@receiver.example", "delivered", "2.1.5", "250 2.1.5 OK"),
            ("eve@elsewhere.example", "failed", "5.1.1", UNKNOWN_USER),
        )
        self.receive(self.report(told, message))
        self.assertEqual(
            self.statuses(message),
            {
                "jane": "bounce",
                "john": "bounce",
                "ann": "sent",
                "bea": "sent",
                "cem": "sent",
            },
        )
        self.assertEqual(self.bounces(), [1, 0])
        self.assertEqual(len(self.refusals()), 3)

    def test_fifty_recipients(self):
        partners = self.make_partners(*(f"p{number}" for number in range(50)))
        message = self.send(partners)
        told = [(one.email, "failed", "5.1.1", UNKNOWN_USER) for one in partners[:49]]
        raw = self.report(describe(*told), message)
        self.receive(raw)
        self.assertEqual(partners.mapped("message_bounce"), [1] * 49 + [0])
        self.assertEqual(list(self.statuses(message).values()).count("bounce"), 49)
        self.assertEqual(len(self.refusals()), 49)
        self.assertEqual(
            set(message.notification_ids.mapped("failure_reason")),
            {f"smtp; {UNKNOWN_USER}", False},
        )

    def test_the_same_report_again(self):
        """It is no second bounce."""
        self.bounce(JANE)
        self.bounce(JANE)
        self.assertEqual(self.bounces(), [1, 0])
        self.assertEqual(len(self.refusals()), 1)
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})

    def test_without_words(self):
        """The status is all that there is to read, not the type of no words."""
        self.bounce(JANE, reply="", status="4.4.7")
        self.assertEqual(self.note_of(self.jane).failure_reason, "4.4.7")

    def test_what_was_forged_before(self):
        """It hides nothing that another report says, and is counted once with it."""
        self.bounce(JANE, reply=NO_DKIM, status="5.7.26")
        self.assertEqual(self.bounces(), [0, 0])
        self.bounce(JANE)
        self.assertEqual(self.bounces(), [1, 0])
        self.assertEqual(self.note_of(self.jane).refusal_category, "mailbox_unknown")
        self.bounce(JANE, reply=FULL, status="5.2.2")
        self.assertEqual(self.bounces(), [1, 0])

    def test_what_is_proven_only_the_second_time(self):
        addresses = self.env["mail.suppressed.address"].with_context(active_test=False)
        with patch.object(evidence, "is_proven_report", return_value=False):
            self.bounce(JANE)
        self.assertFalse(addresses.search([("email", "=", JANE)]))
        with patch.object(evidence, "is_proven_report", return_value=True):
            self.bounce(JANE)
            self.bounce(JANE)
        self.assertEqual(len(addresses.search([("email", "=", JANE)]).refusal_ids), 1)
        self.assertEqual(self.bounces(), [1, 0])

    def test_our_own_fault_has_to_be_proven(self):
        """Anybody may write a report; administrators are told where it is one."""
        proves = patch.object(mail_refusal_alarm, "is_proven_report")
        with proves as is_proven_report:
            is_proven_report.return_value = False
            self.bounce(JANE, reply=NO_DKIM, status="5.7.26")
            self.assertFalse(self.refusals().is_proven)
            self.bounce(JOHN)
            is_proven_report.assert_called_once()
            is_proven_report.return_value = True
            self.bounce(JANE, reply=NO_DKIM, status="5.7.26")
        self.assertEqual(self.refusals().mapped("is_proven"), [True, False])

    def test_shapes(self):
        """Those of the servers that write them, whether they follow an RFC or not."""
        for shape in (
            shapes.postfix,
            shapes.exim,
            shapes.exim_report,
            shapes.sendmail,
            shapes.gmail,
            shapes.exchange_online,
            shapes.qmail,
            shapes.gmx,
            shapes.ionos,
        ):
            with self.subTest(shape.__name__):
                message = self.send(self.jane)
                before, count = self.jane.message_bounce, self.count_messages()
                raw = shape(JANE, "mx.receiver.example", "550 5.1.1 User unknown")
                raw = raw.replace(
                    shapes.ORIGINAL_ID.encode(), message.message_id.encode()
                )
                self.receive(raw)
                self.assertEqual(self.statuses(message), {"jane": "bounce"})
                self.assertEqual(self.jane.message_bounce, before + 1)
                self.assertEqual(self.count_messages(), count)


@tagged("post_install", "-at_install")
class TestNoReports(InboundCase):
    """What changes nothing."""

    def assert_unchanged(self):
        self.assertEqual(self.statuses(), SENT)
        self.assertEqual(self.bounces(), [0, 0])
        self.assertFalse(self.refusals())

    def receive_text(self, text, to=None, **values):
        to = to or self.env.company.bounce_email or "bounce@acme.example"
        values = {"to": to, "original": self.message.message_id, **values}
        return self.receive(crlf(text, **values))

    def test_of_no_mail_of_ours(self):
        raw = self.report(describe((JANE, "failed", "5.1.1", UNKNOWN_USER)))
        raw = raw.replace(self.message.message_id.encode(), b"<other@acme.example>")
        with self.assertLogs(REPORTS, level=logging.INFO) as logs:
            self.receive(raw)
        self.assertIn("of no mail that was sent to whom it names", logs.output[0])
        self.assert_unchanged()

    def test_of_somebody_it_was_not_sent_to(self):
        """Each recipient knows the Message-ID."""
        eve = self.env["res.partner"].create({"name": "Eve", "email": "eve@e.example"})
        with self.assertLogs(REPORTS, level=logging.INFO):
            self.bounce("eve@e.example")
        self.assert_unchanged()
        self.assertEqual(eve.message_bounce, 0)

    def test_without_an_original(self):
        told = describe((JANE, "failed", "5.1.1", UNKNOWN_USER))
        self.receive(self.report(told, original="Subject: Offer\n"))
        self.assert_unchanged()

    def test_receipt(self):
        count = self.count_messages()
        for to in (None, "odoo@acme.example"):
            self.receive_text(RECEIPT, to)
        self.assert_unchanged()
        self.assertEqual(self.count_messages(), count)

    def test_tls_report(self):
        count = self.count_messages()
        self.receive_text(TLS_REPORT)
        self.assert_unchanged()
        self.assertEqual(self.count_messages(), count)

    def get_domain(self):
        domains = self.env["mail.alias.domain"]
        return domains.search([], limit=1) or domains.create({"name": "acme.example"})

    def test_vacation(self):
        """To the bounce address it is dropped as ever, else it is a mail like all."""
        domain = self.get_domain()
        count = self.count_messages()
        self.receive_text(VACATION, domain.bounce_email)
        self.assert_unchanged()
        self.assertEqual(self.count_messages(), count)
        self.receive_text(VACATION, domain.catchall_email)
        self.assert_unchanged()
        self.assertEqual(self.count_messages(), count + 1)

    def test_a_human_with_an_odd_name(self):
        """Who answers as postmaster@ is no report."""
        count = self.count_messages()
        domain = self.get_domain()
        answer = VACATION.replace("jane@receiver", "postmaster@receiver")
        answer = answer.replace("Auto-Submitted: auto-replied\n", "")
        answer = answer.replace("Return-Path: <>\n", "").replace(
            "Automatic reply", "Re"
        )
        self.receive_text(answer, domain.catchall_email)
        self.assert_unchanged()
        self.assertEqual(self.count_messages(), count + 1)

    def test_a_human_who_tells_of_a_failure(self):
        """An answer to the mail is kept, whatever it tells and whoever writes it."""
        count = self.count_messages()
        domain = self.get_domain()
        answer = VACATION.replace("jane@receiver", "postmaster@receiver")
        answer = answer.replace("Auto-Submitted: auto-replied\n", "")
        answer = answer.replace("Return-Path: <>\n", "")
        answer = answer.replace("Automatic reply", "Re").replace(
            "I am away until Monday.",
            f"Your mail was not delivered, what have you sent?\n\n{JANE}\n",
        )
        self.receive_text(answer, domain.catchall_email)
        self.assertEqual(self.count_messages(), count + 1)

    def test_a_human_who_names_the_bounce_address(self):
        """A mail with a copy to it, or that brings a report along, is one like all."""
        domain = self.get_domain()
        told = describe((JANE, "failed", "5.1.1", UNKNOWN_USER))
        brought = self.report(told).decode()
        for number, head in enumerate(
            (
                f"Cc: {domain.bounce_email}",
                f"X-Envelope-To: {domain.bounce_email}",
                f"Received: from a by b for <{domain.bounce_email}>; now",
                f'Cc: "{domain.bounce_email}" <x@receiver.example>',
            )
        ):
            count = self.count_messages()
            text = HUMAN.format(
                to=domain.catchall_email, head=head, number=number, report=brought
            )
            with self.subTest(head):
                self.receive(re.sub(r"\r?\n", "\r\n", text).encode())
                self.assert_unchanged()
                self.assertEqual(self.count_messages(), count + 1)

    def test_what_only_odoo_takes_for_a_report(self):
        """It decodes From before it looks for a daemon there."""
        told = describe((JANE, "failed", "5.1.1", UNKNOWN_USER))
        raw = self.report(told).replace(b"multipart/report", b"multipart/mixed")
        raw = raw.replace(b"Return-Path: <>\r\n", b"")
        raw = re.sub(
            rb"(?m)^From: [^\r]*",
            b"From: =?us-ascii?q?mailer=2Ddaemon=40e=2Eexample?=",
            raw,
            count=1,
        )
        count = self.count_messages()
        self.receive(raw)
        self.assertEqual(self.count_messages(), count)
        self.assert_unchanged()

    def test_what_is_too_large_to_be_read(self):
        for place in (takers, door):
            self.startPatcher(patch.object(place, "MAX_TAKEN", 100))
        count = self.count_messages()
        self.bounce(JANE)
        self.assertEqual(self.count_messages(), count)
        self.assert_unchanged()

    def test_what_fails_is_left_to_odoo(self):
        with (
            patch.object(MailDeliveryReport, "_read", side_effect=ZeroDivisionError),
            mute_logger(DOOR),
        ):
            self.bounce(JANE)
        self.assertEqual(self.statuses(), {"jane": "bounce", "john": "sent"})
        self.assertEqual(self.bounces(), [1, 0])

    def test_hostile(self):
        """Nothing that somebody writes keeps a report from being dropped."""
        for reply, address in (
            ("550 5.1.1 " + "x " * 60_000, JANE),
            ("550 5.1.1 a\x00b", "jane\x00@receiver.example"),
            ("550 5.1.1", "%" * 200 + "@receiver.example"),
            ("550 5.1.1", "_____________@________.example"),
        ):
            with self.subTest(address=address), mute_logger(REPORTS, SQL):
                message = self.send(self.john)
                self.bounce(address, reply=reply, message=message)
                self.assertEqual(self.statuses(message), {"john": "sent"})
        self.assert_unchanged()

    def test_thousand_recipients(self):
        told = [
            (f"p{number}@receiver.example", "failed", "5.1.1", UNKNOWN_USER)
            for number in range(1000)
        ]
        with mute_logger(REPORTS):
            self.receive(self.report(describe(*told)))
        self.assert_unchanged()


@tagged("post_install", "-at_install")
class TestComplaints(InboundCase):
    def complain(self, message, about):
        text = crlf(
            COMPLAINT,
            to="bounce@acme.example",
            original=message.message_id,
            about=f"Original-Rcpt-To: {about}\n" if about else "",
        )
        self.receive(text)

    def test_shown(self):
        self.complain(self.message, JANE)
        self.assertEqual(self.statuses(), SENT)
        self.assertEqual(self.note_of(self.jane).delivery_report, "complaint")
        self.assertFalse(self.note_of(self.john).delivery_report)
        self.assertEqual(self.bounces(), [0, 0])
        refusal = self.refusals()
        self.assertEqual((refusal.recipient, refusal.category), (JANE, "content"))
        self.assertNotEqual(refusal.blame, "recipient")

    def test_of_the_only_recipient(self):
        """Many services hide who has complained."""
        message = self.send(self.jane)
        self.complain(message, "")
        note = self.note_of(self.jane, message)
        self.assertEqual(note.delivery_report, "complaint")

    def test_of_one_of_several(self):
        self.complain(self.message, "")
        self.assertEqual(
            set(self.message.notification_ids.mapped("delivery_report")), {False}
        )
