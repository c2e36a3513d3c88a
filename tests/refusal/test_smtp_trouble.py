# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import smtplib
import ssl
from socket import gaierror

from odoo.exceptions import UserError
from odoo.tests import BaseCase

from ...models.refusal.smtp_trouble import (
    LATER,
    NEVER,
    SERVER,
    UNKNOWN,
    find_stage,
    read_connection_error,
    read_delivery_error,
)

TO = ["to@customer.example"]
GMAIL = "smtp.gmail.com"
# How a connection fails, by host; and the cause.
CONNECTIONS = [
    (gaierror(-2, "Name or service not known"), "", "name"),
    (ConnectionRefusedError(111, "Connection refused"), "", "connection"),
    (TimeoutError("timed out"), "", "connection"),
    (ssl.SSLError("wrong version number"), "", "tls"),
    (smtplib.SMTPNotSupportedError("STARTTLS"), "", "tls"),
    (smtplib.SMTPAuthenticationError(535, b"5.7.8 Bad credentials"), GMAIL, "login"),
    (smtplib.SMTPAuthenticationError(534, b"5.7.9 App password needed"), "", "login"),
    (
        smtplib.SMTPAuthenticationError(
            535,
            b"5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        ),
        "smtp.office365.com",
        "oauth",
    ),
    (smtplib.SMTPServerDisconnected("closed"), "", "connection"),
    (smtplib.SMTPConnectError(421, b"4.7.0 too many connections"), "", "rate"),
    (UserError("Missing SMTP Server"), "", "setup"),
    (UnicodeError("label empty or too long"), "", "name"),
]
# What a server answers to a message; by code, words and class; what becomes of it.
ANSWERS = [
    (smtplib.SMTPDataError(451, b"4.3.0 Try again later"), LATER),
    (smtplib.SMTPDataError(552, b"5.3.4 Message too big"), NEVER),
    (smtplib.SMTPDataError(554, b"5.7.1 Looks like spam"), NEVER),
    (smtplib.SMTPDataError(421, b"4.4.2 Timeout"), SERVER),
    (smtplib.SMTPDataError(550, b"5.4.5 Daily user sending limit exceeded."), SERVER),
    (smtplib.SMTPDataError(450, b"4.7.1 Error: too much mail from 192.0.2.1"), SERVER),
    (smtplib.SMTPSenderRefused(530, b"5.7.0 Must authenticate", "a@b.c"), SERVER),
    (
        smtplib.SMTPSenderRefused(432, b"4.3.2 Concurrent connections limit", "a"),
        SERVER,
    ),
]
RECIPIENTS = [
    ({"a": (450, b"4.2.1 receiving mail at a rate that prevents")}, LATER),
    ({"a": (450, b"4.7.1 <a>: Recipient address rejected: Greylisted")}, LATER),
    ({"a": (550, b"5.1.1 No such user")}, NEVER),
    ({"a": (550, b"5.1.1 No such user"), "b": (450, b"4.2.1 busy")}, LATER),
    ({"a": (450, b"4.2.1 busy"), "b": (421, b"closing")}, SERVER),
]


class Wire:
    """A socket that has some answers, and is cut behind the last one."""

    def __init__(self, *answers):
        self.answers = [f"{answer}\r\n".encode() for answer in answers]

    def makefile(self, _mode):
        return self

    def readline(self, _size):
        return self.answers.pop(0) if self.answers else b""

    def sendall(self, data):
        if b"unsendable" in data:
            raise BrokenPipeError(32, "Broken pipe")

    def close(self):
        self.answers = []


class TestSmtpTrouble(BaseCase):
    def test_connections(self):
        for error, host, cause in CONNECTIONS:
            with self.subTest(repr(error)):
                trouble = read_connection_error(error, host)
                self.assertEqual((trouble.kind, trouble.cause), (SERVER, cause))
                self.assertTrue(trouble.text)

    def test_answers(self):
        for error, kind in ANSWERS:
            with self.subTest(repr(error)):
                self.assertEqual(read_delivery_error(error, "", TO).kind, kind)

    def test_recipients(self):
        for recipients, kind in RECIPIENTS:
            with self.subTest(recipients):
                error = smtplib.SMTPRecipientsRefused(recipients)
                trouble = read_delivery_error(error, "", list(recipients))
                self.assertEqual(trouble.kind, kind)
                self.assertEqual(len(trouble.refused), len(recipients))

    def test_where_it_was_cut(self):
        text = "Subject: x\r\n\r\ntext\r\n"
        cases = (
            ((), text, "mail", SERVER),
            (("250 ok",), text, "rcpt", LATER),
            (("250 ok", "250 ok"), text, "data", LATER),
            (("250 ok", "250 ok", "354 go on"), "unsendable", "data", LATER),
            (("250 ok", "250 ok", "354 go on"), text, "end", UNKNOWN),
        )
        for answers, body, stage, kind in cases:
            with self.subTest(answers=answers, body=body):
                session = smtplib.SMTP(timeout=1)
                session.sock, session.helo_resp = Wire(*answers), b"ok"
                try:  # assertRaises would take the traceback away
                    session.sendmail("a@acme.example", TO, body)
                except smtplib.SMTPServerDisconnected as error:
                    self.assertEqual(find_stage(error), stage)
                    trouble = read_delivery_error(error, "", TO)
                self.assertEqual(trouble.kind, kind)
                self.assertTrue(trouble.is_lost)

    def test_another_session(self):
        """Where it had come to can't be told: it fails, as in Odoo."""
        error = smtplib.SMTPServerDisconnected("closed")
        self.assertEqual(read_delivery_error(error, "", TO).kind, NEVER)
