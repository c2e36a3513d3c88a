# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.refusal.bounce import parse_bounce

HEAD = "From: Jane <jane@receiver.example>\nTo: bounce@acme.example\n"
DAEMON = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.receiver.example\n"
ORIGINAL = "Message-ID: <1@acme.example>\nSubject: Offer\nFrom: anna@acme.example\n"


def _report(report_type, kind, fields, head=HEAD, original="message/rfc822"):
    return f"""{head}Subject: Report
MIME-Version: 1.0
Content-Type: multipart/report; report-type={report_type}; boundary=b

--b
Content-Type: text/plain

For humans.
--b
Content-Type: {kind}

{fields}
--b
Content-Type: {original}

{ORIGINAL}

--b--
"""


def _status(action, kind="message/delivery-status"):
    return _report(
        "delivery-status",
        kind,
        "Reporting-MTA: dns; mx.receiver.example\n\n"
        f"Final-Recipient: rfc822; jane@receiver.example\nAction: {action}\n",
        DAEMON,
    )


def _attached(kind, name, head="", subject="Report"):
    return f"""{HEAD}Subject: {subject}
MIME-Version: 1.0
{head}Content-Type: multipart/mixed; boundary=b

--b
Content-Type: {kind}; name="{name}"
Content-Disposition: attachment; filename="{name}"
Content-Transfer-Encoding: base64

H4sIAAAA
--b--
"""


def _plain(head, subject="Offer", answers=True, text="I am away."):
    referred = "In-Reply-To: <1@acme.example>\n" if answers else ""
    return f"{HEAD}{head}{referred}Subject: {subject}\n\n{text}\n"


DMARC_NAME = "receiver.example!acme.example!1772409600!1772495999.xml.gz"
RECEIPT = (
    "Reporting-UA: mail.receiver.example; Outlook\n"
    "Final-Recipient: rfc822;jane@receiver.example\n"
    "Original-Message-ID: <1@acme.example>\n"
    "Disposition: manual-action/MDN-sent-automatically; displayed"
)
# (case, message, kind, identifier of the original)
KINDS = (
    ("DSN, failed", _status("failed"), "failed", "<1@acme.example>"),
    ("DSN, delayed", _status("Delayed"), "delayed", "<1@acme.example>"),
    ("DSN, delivered", _status("delivered"), "delivered", "<1@acme.example>"),
    ("DSN, relayed", _status("relayed"), "relayed", "<1@acme.example>"),
    ("DSN, expanded", _status("expanded"), "expanded", "<1@acme.example>"),
    (
        "DSN of RFC 6533",
        _status("failed", "message/global-delivery-status"),
        "failed",
        "<1@acme.example>",
    ),
    (
        "DSN in a multipart/mixed",
        _status("failed").replace("multipart/report", "multipart/mixed"),
        "failed",
        "<1@acme.example>",
    ),
    (
        "DSN that an answer is generated for (Exim)",
        "Auto-Submitted: auto-replied\n" + _status("failed"),
        "failed",
        "<1@acme.example>",
    ),
    (
        "read receipt",
        _report(
            "disposition-notification", "message/disposition-notification", RECEIPT
        ),
        "receipt",
        "<1@acme.example>",
    ),
    (
        "read receipt, RFC 6533",
        _report(
            "disposition-notification",
            "message/global-disposition-notification",
            RECEIPT.replace("rfc822;", "utf-8;"),
        ),
        "receipt",
        "<1@acme.example>",
    ),
    (
        "complaint",
        _report(
            "feedback-report",
            "message/feedback-report",
            "Feedback-Type: abuse\nUser-Agent: FBL/1.0\nVersion: 1\n"
            "Original-Rcpt-To: <jane@receiver.example>",
        ),
        "complaint",
        "<1@acme.example>",
    ),
    (
        "complaint with the header alone",
        _report(
            "feedback-report",
            "message/feedback-report",
            "Feedback-Type: fraud\nVersion: 1",
            original="text/rfc822-headers",
        ),
        "complaint",
        "<1@acme.example>",
    ),
    (
        "the contrary of a complaint",
        _report(
            "feedback-report",
            "message/feedback-report",
            "Feedback-Type: not-spam\nVersion: 1",
        ),
        "none",
        "<1@acme.example>",
    ),
    (
        "DMARC, a failure",
        _report(
            "feedback-report",
            "message/feedback-report",
            "Feedback-Type: auth-failure\nAuth-Failure: dmarc\nVersion: 1",
        ),
        "dmarc_report",
        "<1@acme.example>",
    ),
    (
        "TLS report",
        _attached("application/tlsrpt+gzip", "a!b!1!2.json.gz"),
        "tls_report",
        "",
    ),
    (
        "TLS report by its header",
        _attached(
            "application/octet-stream",
            "report.gz",
            "TLS-Report-Domain: acme.example\n",
        ),
        "tls_report",
        "",
    ),
    (
        "TLS report by its name",
        _attached(
            "application/gzip",
            DMARC_NAME.replace(".xml", ".json"),
            subject="Report Domain: acme.example Submitter: x Report-ID: <1@x>",
        ),
        "tls_report",
        "",
    ),
    (
        "DMARC, aggregate",
        _attached("application/gzip", DMARC_NAME),
        "dmarc_report",
        "",
    ),
    (
        "DMARC, zip called a stream",
        _attached("application/octet-stream", DMARC_NAME.replace(".xml.gz", ".zip")),
        "dmarc_report",
        "",
    ),
    (
        "DMARC, the mail is the file",
        f'{HEAD}Subject: x\nContent-Type: application/zip; name="{DMARC_NAME[:-7]}.zip"'
        "\nContent-Transfer-Encoding: base64\n\nUEsDBA==\n",
        "dmarc_report",
        "",
    ),
    (
        "DMARC by its subject",
        _attached(
            "application/gzip",
            "report.gz",
            subject="Report Domain: acme.example Submitter: x Report-ID: <1@x>",
        ),
        "dmarc_report",
        "",
    ),
    (
        "RFC 3834",
        _plain("Auto-Submitted: auto-replied (vacation)\n"),
        "auto_reply",
        "<1@acme.example>",
    ),
    (
        "made by a machine",
        _plain("Auto-Submitted: auto-generated\n", answers=False),
        "auto_reply",
        "",
    ),
    ("X-Autoreply", _plain("X-Autoreply: yes\n"), "auto_reply", "<1@acme.example>"),
    (
        "X-Autorespond",
        _plain("X-Autorespond: Offer\n", answers=False),
        "auto_reply",
        "",
    ),
    (
        "Precedence",
        _plain("Precedence: auto_reply\n"),
        "auto_reply",
        "<1@acme.example>",
    ),
    (
        "Exchange's absence note",
        _plain(
            "X-Auto-Response-Suppress: All\n",
            "Automatic reply: Offer",
            answers=False,
        ),
        "auto_reply",
        "",
    ),
    (
        "an absence note in German",
        _plain("", "=?utf-8?q?Abwesenheitsnotiz=3A_Offer?="),
        "auto_reply",
        "<1@acme.example>",
    ),
    (
        "an absence note from the null sender",
        "Return-Path: <>\n" + _plain("", "Out of Office: Offer", answers=False),
        "auto_reply",
        "",
    ),
    (
        "who is there instead, in an absence note",
        "Return-Path: <>\nAuto-Submitted: auto-replied\n"
        + _plain(
            "",
            "Automatic reply: Offer",
            text="I have left. Please use the following address:\njoe@receiver.example",
        ),
        "auto_reply",
        "<1@acme.example>",
    ),
    ("a mail that speaks of an office", _plain("", "Out of office", False), "none", ""),
    ("not made by a machine", _plain("Auto-Submitted: no\n"), "none", ""),
    (
        "wants no answers, and is none",
        _plain("X-Auto-Response-Suppress: All\n", "Ticket 4711", False),
        "none",
        "",
    ),
    ("bulk", _plain("Precedence: bulk\n", answers=False), "none", ""),
    ("a reply", _plain("", "Re: Offer"), "none", ""),
    ("an invoice", _attached("application/pdf", "invoice.pdf"), "none", ""),
    ("an archive", _attached("application/zip", "photos.zip"), "none", ""),
    (
        "a forwarded message",
        f"{HEAD}Content-Type: message/rfc822\n\n{ORIGINAL}\n\ntext\n",
        "none",
        "",
    ),
    (
        "a report of another kind",
        _report("x-unknown", "text/x-unknown", "a: b"),
        "none",
        "",
    ),
    (
        "a report that names nobody",
        _report("delivery-status", "message/delivery-status", "Reporting-MTA: dns; x"),
        "none",
        "",
    ),
    (
        "a daemon that says nothing of it",
        f"{DAEMON}Subject: Hello\n\nHello jane@receiver.example\n",
        "none",
        "",
    ),
    ("nothing", "", "none", ""),
)
WITHOUT_RECIPIENTS = (
    "receipt",
    "complaint",
    "tls_report",
    "dmarc_report",
    "auto_reply",
    "none",
)


class TestKinds(BaseCase):
    def test_kinds(self):
        self.assertGreaterEqual(len(KINDS), 20)
        for case, text, kind, original in KINDS:
            with self.subTest(case):
                found = parse_bounce(text.replace("\n", "\r\n").encode())
                self.assertEqual(found.kind, kind)
                if kind != "none":
                    self.assertEqual(found.original_message_id, original)
                if kind in WITHOUT_RECIPIENTS:
                    self.assertEqual(found.recipients, ())
                else:
                    address = found.recipients[0].address
                    self.assertEqual(address, "jane@receiver.example")

    def test_who_a_receipt_or_a_complaint_is_about(self):
        for case, text, kind, _original in KINDS:
            if case in ("read receipt", "complaint"):
                with self.subTest(kind):
                    found = parse_bounce(text.encode())
                    self.assertEqual(found.about, ("jane@receiver.example",))

    def test_what_it_refers_to(self):
        head = "In-Reply-To: <1@a>\nReferences: <2@a>\n <1@a>\n"
        found = parse_bounce(_status("failed").replace(DAEMON, DAEMON + head).encode())
        self.assertEqual(found.referred_ids, ("<1@a>", "<2@a>"))
