# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""All kinds of reports by the one door, and what of Odoo is another one afterwards.

Each comes twice, a day apart and on another mail, from our own relay: so whatever can
count against an address does.
"""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from . import shapes

DOOR = "odoo.addons.mail_deliverability.models.inbound.fall_through"
THREAD = "odoo.addons.mail.models.mail_thread"
RELAY = """\
Received: from mail.acme.example (mail.acme.example [10.0.0.7])
 by mx.acme.example (Postfix) with ESMTP id 4XyZ;
 Mon, 2 Mar 2026 10:00:00 +0000 (UTC)
"""
STRANGER = RELAY.replace("mail.acme.example [10.0.0.7]", "evil.example [203.0.113.9]")

# What each does: (status of the notification, counted by Odoo, suppressed).
DEAD = ("bounce", 1, True)
BOUNCED = ("bounce", 1, False)
REFUSED = ("bounce", 0, False)
NONE = ("sent", 0, False)

# name: (Action, Status, the words of the server, what it does)
DELIVERY_REPORTS = {
    "unknown": ("failed", "5.1.1", "550 5.1.1 No such user here", DEAD),
    "unknown, relayed": (
        "failed", "5.0.0",
        "550-5.1.1 The email account that you tried to reach does not exist.\n"
        " 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser - gsmtp", DEAD,
    ),
    "disabled": (
        "failed", "5.2.1", "550 5.2.1 The email account is disabled", DEAD
    ),
    "full": ("failed", "5.2.2", "552 5.2.2 Mailbox full", BOUNCED),
    "full for days": ("failed", "4.2.2", "452 4.2.2 Mailbox full", BOUNCED),
    "authentication": (
        "failed", "5.7.26",
        "550-5.7.26 Your email has been blocked because the sender is\n"
        " 550-5.7.26 unauthenticated. DKIM = did not pass\n"
        " 550 5.7.26 https://support.google.com/mail/answer/81126 - gsmtp", REFUSED,
    ),
    "spam": ("failed", "5.7.1", "550 5.7.1 Message rejected as spam", REFUSED),
    "blocklist": (
        "failed", "5.7.1",
        "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using "
        "zen.spamhaus.org", REFUSED,
    ),
    "blocklist that has not answered": (
        "failed", "5.7.1",
        "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using "
        "zen.spamhaus.org; https://check.spamhaus.org/returnc/pub/ (127.255.255.254)",
        REFUSED,
    ),
    "reputation": (
        "failed", "5.7.1",
        "550 5.7.1 Unfortunately, messages from [198.51.100.7] weren't sent. Please "
        "contact your Internet service provider since part of their network is on our "
        "block list (S3140).", REFUSED,
    ),
    "rate": (
        "failed", "4.7.28",
        "421-4.7.28 Gmail has detected an unusual rate of mail from your IP\n"
        " 421 4.7.28 - gsmtp", REFUSED,
    ),
    "may not send as": (
        "failed", "5.7.60",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        REFUSED,
    ),
    "size": (
        "failed", "5.3.4", "552 5.3.4 Message size exceeds fixed limit", REFUSED
    ),
    "expired": ("failed", "4.4.7", "", REFUSED),
    "no words": ("failed", "5.0.0", "", REFUSED),
    "delayed": ("delayed", "4.4.1", "451 4.4.1 Connection timed out", NONE),
    "delivered": ("delivered", "2.0.0", "250 2.0.0 OK", NONE),
    "relayed": ("relayed", "2.0.0", "250 2.0.0 OK", NONE),
    "expanded": ("expanded", "2.0.0", "250 2.0.0 OK", NONE),
}  # fmt: skip

# Other messages that come where reports come.
OTHERS = {
    "receipt": ("""\
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

It was read.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {address}
Original-Message-ID: {original}
Disposition: manual-action/MDN-sent-manually; displayed

--b--
""", NONE),
    "deleted unread": ("""\
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

It was deleted.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {address}
Original-Message-ID: {original}
Disposition: automatic-action/MDN-sent-automatically; deleted/error

--b--
""", NONE),
    "complaint": ("""\
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

Somebody has marked this as spam.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
User-Agent: Feedback/1.0
Original-Rcpt-To: {address}

--b
Content-Type: message/rfc822

Message-ID: {original}
From: anna@acme.example
To: {address}
Subject: Offer

Hello
--b--
""", NONE),
    "TLS report": ("""\
TLS-Report-Domain: acme.example
Content-Type: multipart/report; report-type=tlsrpt; boundary=b

--b

A report.
--b
Content-Type: application/tlsrpt+json

{{"organization-name": "R", "policies": []}}
--b--
""", NONE),
    "DMARC report": ("""\
Content-Type: multipart/mixed; boundary=b

--b

A report.
--b
Content-Type: application/gzip; name="r.example!acme.example!1!2.xml.gz"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="r.example!acme.example!1!2.xml.gz"

H4sIAAAAAAAAA7NJS01NykgsSrWz0QcAzjQ3DAwAAAA=
--b--
""", NONE),
    "vacation": ("""\
Auto-Submitted: auto-replied
Content-Type: text/plain

I am away until Monday.
""", NONE),
    "challenge": ("""\
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
Content-Type: text/plain

Please confirm that you are human.
""", NONE),
}  # fmt: skip


class ReportsCase(TransactionCase):
    """A contact with a mail, and reports on it that come to the bounce address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = 0
        if not cls.env.company.alias_domain_id:
            cls.env.company.alias_domain_id = cls.env["mail.alias.domain"].create(
                {"name": "acme.example"}
            )
        cls.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "mail.acme.example"}
        )
        cls.bounce = cls.env.company.bounce_email
        cls.document = cls.env["res.partner"].create({"name": "The Offer"})

    def make_contact(self, name):
        # Several unknown addresses of one receiver would be that one's trouble.
        email = f"jane@{name}.receiver.example"
        return self.env["res.partner"].create({"name": name, "email": email})

    def send(self, partners):
        """Return a message of the chatter that these have been sent."""
        message = self.document.message_post(
            body=shapes.BODY,
            partner_ids=partners.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        message.notification_ids.notification_status = "sent"
        message.mail_ids.state = "sent"
        self.env.flush_all()
        return message

    def receive(self, raw, way=RELAY):
        type(self).number += 1
        own = f"{way}Message-ID: <report-{self.number}@mail.acme.example>\n"
        whole = own.replace("\n", "\r\n").encode() + raw
        with mute_logger(DOOR, THREAD):
            self.env["mail.thread"].message_process(False, whole)
        self.env.flush_all()
        self.env.invalidate_all()

    def make_report(self, message, *told, original=shapes.ORIGINAL):
        """Return a report of RFC 3464.

        :param told: (address, Action, Status, words of the server) each.
        """
        groups = "\n".join(
            f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
            "Remote-MTA: dns; mx.receiver.example\n"
            + (f"Diagnostic-Code: smtp; {words}\n" if words else "")
            for address, action, status, words in told
        )
        head = "Reporting-MTA: dns; mail.acme.example\n\n"
        raw = shapes.report(head + groups, "Sorry.", original=original)
        raw = raw.replace(shapes.SENDER.encode(), self.bounce.encode())
        return raw.replace(shapes.ORIGINAL_ID.encode(), message.message_id.encode())

    def make_other(self, message, address, text):
        head = (
            f"Return-Path: <>\nFrom: {address}\nTo: {self.bounce}\nSubject: S\n"
            f"In-Reply-To: {message.message_id}\nReferences: {message.message_id}\n"
            "MIME-Version: 1.0\n"
        )
        body = text.format(address=address, original=message.message_id)
        return (head + body).replace("\n", "\r\n").encode()

    def days_later(self, days=2):
        return freeze_time(datetime.now() + timedelta(days=days), tick=True)

    def observe(self, partner, message):
        """Return what Odoo knows of a contact after a report on a message."""
        [note] = message.notification_ids.filtered(
            lambda one: one.res_partner_id == partner
        )
        suppressed = self.env["mail.suppressed.address"].search(
            [("email", "=", partner.email_normalized)]
        )
        return note.notification_status, partner.message_bounce, bool(suppressed)

    def count_all(self):
        """Return how much there is of what no report may make."""
        names = ("mail.message", "mail.mail", "mail.blacklist", "res.partner")
        return {name: self.env[name].search_count([]) for name in names}


@tagged("post_install", "-at_install")
class TestReportKinds(ReportsCase):
    def assert_effect(self, name, make, expected):
        """Receive a report on two mails, two days apart, and look at all of it."""
        status, count, suppressed = expected
        partner = self.make_contact(f"r{self.number}")
        first, second = self.send(partner), self.send(partner)
        before = self.count_all()
        self.receive(make(first, partner.email))
        self.assertEqual(self.observe(partner, first), (status, count, False), name)
        self.assertEqual(self.observe(partner, second)[0], "sent", name)
        with self.days_later():
            self.receive(make(second, partner.email))
            self.receive(make(second, partner.email))
        found = self.observe(partner, second)
        self.assertEqual(found, (status, 2 * count, suppressed), name)
        self.assertEqual(self.count_all(), before, name)

    def test_delivery_reports(self):
        for name, (action, status, words, expected) in DELIVERY_REPORTS.items():
            with self.subTest(name):
                self.assert_effect(
                    name,
                    lambda message, address, told=(action, status, words): (
                        self.make_report(message, (address, *told))
                    ),
                    expected,
                )

    def test_other_messages(self):
        for name, (text, expected) in OTHERS.items():
            with self.subTest(name):
                self.assert_effect(
                    name,
                    lambda message, address, text=text: self.make_other(
                        message, address, text
                    ),
                    expected,
                )

    def test_servers_that_follow_no_standard(self):
        for shape in (shapes.exim, shapes.qmail, shapes.gmx, shapes.ionos):
            with self.subTest(shape.__name__):
                self.assert_effect(
                    shape.__name__,
                    lambda message, address, shape=shape: (
                        shape(address, "mx.receiver.example", "550 5.1.1 User unknown")
                        .replace(shapes.SENDER.encode(), self.bounce.encode())
                        .replace(
                            shapes.ORIGINAL_ID.encode(), message.message_id.encode()
                        )
                    ),
                    DEAD,
                )

    def test_hundred_authentication_bounces(self):
        """Our own fault is nobody's who gets our mails, however often it is said."""
        action, status, words, _effect = DELIVERY_REPORTS["authentication"]
        partners = self.env["res.partner"].create(
            [{"name": "P", "email": f"p{n}@receiver.example"} for n in range(5)]
        )
        before = self.count_all()
        for round_number in range(20):
            with self.days_later(round_number * 4):
                message = self.send(partners)
                told = [(one.email, action, status, words) for one in partners]
                self.receive(self.make_report(message, *told))
        self.assertEqual(set(partners.mapped("message_bounce")), {0})
        suppressed = self.env["mail.suppressed.address"]
        self.assertFalse(suppressed.with_context(active_test=False).search_count([]))
        after = self.count_all()
        self.assertEqual(after["mail.blacklist"], before["mail.blacklist"])
        refusals = self.env["mail.refusal"].search([])
        self.assertEqual(len(refusals), 100)
        self.assertEqual(set(refusals.mapped("blame")), {"our_setup"})


@tagged("post_install", "-at_install")
class TestForgedReports(ReportsCase):
    def setUp(self):
        super().setUp()
        self.jane, self.eve = self.make_contact("j"), self.make_contact("e")
        self.message = self.send(self.jane)
        self.told = (self.jane.email, *DELIVERY_REPORTS["unknown"][:3])

    def assert_untouched(self):
        self.assertEqual(self.observe(self.jane, self.message), NONE)
        self.assertEqual(self.eve.message_bounce, 0)
        self.assertFalse(self.env["mail.refusal"].search_count([]))

    def test_of_no_mail_of_ours(self):
        raw = self.make_report(self.message, self.told)
        self.receive(raw.replace(self.message.message_id.encode(), b"<1@other>"))
        self.assert_untouched()

    def test_naming_somebody_else(self):
        """Each recipient of a mail knows its Message-ID."""
        self.receive(self.make_report(self.message, (self.eve.email, *self.told[1:])))
        self.assert_untouched()

    def test_naming_the_author(self):
        author = self.message.author_id
        before = author.message_bounce
        self.receive(self.make_report(self.message, (author.email, *self.told[1:])))
        self.assert_untouched()
        self.assertEqual(author.message_bounce, before)

    def test_naming_nobody(self):
        self.receive(self.make_report(self.message))
        self.receive(self.make_report(self.message, ("", "failed", "5.1.1", "550 x")))
        self.assert_untouched()

    def test_without_the_original(self):
        self.receive(self.make_report(self.message, self.told, original="Subject: x\n"))
        self.assert_untouched()

    def test_from_a_stranger(self):
        """Who knows mail and recipient is shown; it suppresses nobody."""
        for number in range(4):
            message = self.send(self.jane)
            with self.days_later(2 * number):
                self.receive(self.make_report(message, self.told), way=STRANGER)
        self.assertEqual(self.observe(self.jane, message)[0], "bounce")
        self.assertEqual(self.observe(self.jane, self.message)[0], "sent")
        self.assertFalse(self.observe(self.jane, message)[2])


@tagged("post_install", "-at_install")
class TestManyRecipients(ReportsCase):
    def test_fifty(self):
        """Some are unknown, some refused, some late, and of some nothing is said."""
        kinds = ("unknown", "authentication", "delayed", "delivered", None)
        partners = self.env["res.partner"].create(
            [
                {"name": f"{number}", "email": f"p@r{number}.receiver.example"}
                for number in range(50)
            ]
        )
        message, other = self.send(partners), self.send(partners)
        told, expected = [], {}
        for number, partner in enumerate(partners):
            kind = kinds[number % len(kinds)]
            effect = NONE
            if kind:
                action, status, words, effect = DELIVERY_REPORTS[kind]
                told.append((partner.email, action, status, words))
            expected[partner] = (effect[0], effect[1], False)
        self.receive(self.make_report(message, *told))
        found = {one: self.observe(one, message) for one in partners}
        self.assertEqual(found, expected)
        self.assertEqual(set(other.notification_ids.mapped("notification_status")),
                         {"sent"})  # fmt: skip
        refusals = self.env["mail.refusal"].search([])
        self.assertEqual(len(refusals), 30)

    def test_two_companies(self):
        """Each report is told where its mail was written, and nowhere else."""
        other = self.env["res.company"].create({"name": "Globex"})
        jane = self.make_contact("two")
        mine, theirs = self.send(jane), self.send(jane)
        theirs.record_company_id = other
        told = (jane.email, *DELIVERY_REPORTS["authentication"][:3])
        self.receive(self.make_report(theirs, told))
        self.assertEqual(self.observe(jane, mine)[0], "sent")
        self.assertEqual(self.observe(jane, theirs)[0], "bounce")
        self.assertEqual(self.env["mail.refusal"].search([]).company_id, other)
        user = self.env["res.users"].create(
            {
                "name": "Head of here",
                "login": "head_of_here",
                "company_ids": self.env.company.ids,
                "company_id": self.env.company.id,
                "group_ids": self.env.ref("base.group_system").ids,
            }
        )
        seen = self.env["mail.refusal"].with_user(user)
        self.assertFalse(seen.search_count([]))

    def test_when_it_is_written(self):
        """What a report says counts from when it has come, whatever date it gives."""
        jane = self.make_contact("late")
        message = self.send(jane)
        told = (jane.email, *DELIVERY_REPORTS["unknown"][:3])
        raw = self.make_report(message, told)
        self.receive(b"Date: Mon, 1 Jan 1990 00:00:00 +0000\r\n" + raw)
        refusal = self.env["mail.refusal"].search([])
        age = fields.Datetime.now() - refusal.date
        self.assertLess(abs(age), timedelta(hours=1))
