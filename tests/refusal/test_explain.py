# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import smtplib

from odoo.tests import BaseCase

from ...mailauth.refusal.explain import explain_refusal

OFFICE = "smtp.office365.com"
GMAIL = "gmail-smtp-in.l.google.com"
RELAY = "mail.acme.example"


def _quote(text, host=GMAIL):
    return f"host {host}[192.0.2.1] said: {text} (in reply to end of DATA command)"


# (case, text, host, category, blame, scope, temporary, advice)
CASES = (
    (
        "5.7.30 is missing DKIM at Gmail",
        "550 5.7.30 This mail has been blocked because DKIM does not pass. - gsmtp",
        GMAIL,
        ("authentication", "our_setup", "server", False, "set_up_dkim"),
    ),
    (
        "5.7.30 is the end of passwords at Exchange Online",
        "550 5.7.30 Basic authentication is not supported",
        OFFICE,
        ("relay_denied", "our_setup", "server", False, "use_oauth"),
    ),
    (
        "5.7.30 alone is nothing",
        "550 5.7.30 Sorry",
        "mx.receiver.example",
        ("unknown", "unknown", "server", False, "read_text"),
    ),
    (
        "504 5.7.40 and 550 5.7.40 differ within Gmail",
        "504 5.7.40 Unrecognized Authentication Type - gsmtp",
        GMAIL,
        ("relay_denied", "our_setup", "server", False, "check_login"),
    ),
    (
        "550 5.7.40 and 504 5.7.40 differ within Gmail",
        "550 5.7.40 Sorry - gsmtp",
        GMAIL,
        ("authentication", "our_setup", "server", False, "set_up_dmarc"),
    ),
    (
        "the first line of GMX is that of unknown addresses, the second one decides",
        "550-Requested action not taken: mailbox unavailable\n"
        "550 invalid DNS MX or A/AAAA resource record",
        "mx00.gmx.net",
        ("authentication", "our_setup", "server", False, "check_sender"),
    ),
    (
        "what another host has said is the receiver's",
        _quote("550-5.7.26 Gmail requires all senders to authenticate"),
        RELAY,
        ("authentication", "our_setup", "receiver", False, "check_domain"),
    ),
    (
        "the server itself is no receiver, also where it names itself",
        _quote("421 4.7.28 Gmail has detected an unusual rate of email"),
        GMAIL,
        ("rate", "our_volume", "server", True, "slow_down"),
    ),
    (
        "an address that is unknown is the recipient's, whoever says so",
        _quote("550 5.1.1 The email account that you tried to reach does not exist."),
        RELAY,
        ("mailbox_unknown", "recipient", "recipient", False, "correct_address"),
    ),
    (
        "too fast for one address alone",
        "450 4.2.1 The user you are trying to contact is receiving email too quickly.",
        GMAIL,
        ("rate", "our_volume", "recipient", True, "slow_down"),
    ),
    (
        "a receiver that does not know its own domain",
        _quote("554 5.7.1 <jane@acme.example>: Relay access denied", "mx.a.example"),
        RELAY,
        ("relay_denied", "their_server", "receiver", False, "ask_receiver"),
    ),
    (
        "our server does not let us relay",
        "554 5.7.1 <jane@acme.example>: Relay access denied",
        RELAY,
        ("relay_denied", "our_setup", "server", False, "check_login"),
    ),
    (
        "Spamhaus answers an open resolver: no listing",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using"
        " zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/",
        "mx.receiver.example",
        ("their_trouble", "their_server", "server", False, "ask_receiver"),
    ),
    (
        "not our quota but theirs",
        "552 5.2.2 User quota exceeded",
        "mx.receiver.example",
        ("mailbox_full", "recipient", "recipient", False, "ask_recipient"),
    ),
    (
        "not their quota but ours",
        "550 5.4.5 Daily sending quota exceeded",
        "mx.receiver.example",
        ("account_limit", "our_volume", "server", False, "wait_for_reset"),
    ),
    (
        "5.1.1 with another reason is not the recipient's",
        "550 5.1.1 <jane@acme.example> rejected: policy",
        "mx.receiver.example",
        ("unknown", "unknown", "server", False, "read_text"),
    ),
    (
        "words in addresses and names of hosts are no reasons",
        "550 5.1.1 <spam@dkim.example>: no such user, ask relay.spf.example",
        "mx.receiver.example",
        ("mailbox_unknown", "recipient", "recipient", False, "correct_address"),
    ),
    (
        "greylisting holds one address",
        "451 4.7.1 Greylisting in action, please come back later",
        "mx.receiver.example",
        ("their_trouble", "their_server", "recipient", True, "wait"),
    ),
    (
        "no connection",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "",
        ("their_trouble", "their_server", "server", False, "check_connection"),
    ),
    (
        "a name that does not exist is our setup",
        "gaierror: [Errno -2] Name or service not known",
        "",
        ("their_trouble", "our_setup", "server", False, "check_connection"),
    ),
    ("nothing", "", "", ("unknown", "unknown", "server", False, "read_text")),
    (
        "a code that says nothing",
        "550 Sorry",
        "mx.receiver.example",
        ("unknown", "unknown", "server", False, "read_text"),
    ),
)
# (text, host, whether the next mail would be refused as well)
STOPS = (
    ("535 5.7.8 Authentication failed", RELAY, True),
    ("421 4.7.0 Too many connections", RELAY, True),
    ("550 5.4.5 Daily sending quota exceeded", RELAY, True),
    ("ConnectionRefusedError: [Errno 111] Connection refused", "", True),
    ("451 4.3.0 Temporary failure", RELAY, True),
    ("550 5.7.60 SMTP; Client does not have permissions to send as", OFFICE, False),
    ("550 5.1.1 No such user", RELAY, False),
    ("552 5.3.4 Message size exceeds fixed limit", RELAY, False),
    ("450 4.2.0 Greylisted", RELAY, False),
    (_quote("421 4.7.28 unusual rate - gsmtp"), RELAY, False),
    ("550 Sorry", RELAY, False),
)


class TestExplain(BaseCase):
    def test_cases(self):
        for case, text, host, expected in CASES:
            with self.subTest(case):
                found = explain_refusal(text=text, host=host)
                self.assertEqual(
                    (
                        found.category,
                        found.blame,
                        found.scope,
                        found.temporary,
                        found.advice,
                    ),
                    expected,
                )

    def test_stops_server(self):
        for text, host, expected in STOPS:
            with self.subTest(text):
                found = explain_refusal(text=text, host=host)
                self.assertIs(found.stops_server, expected)

    def test_codes_that_are_given(self):
        found = explain_refusal(550, "5.7.40", b"Sorry", GMAIL.upper() + ".")
        self.assertEqual(found.advice, "set_up_dmarc")
        self.assertEqual(found.reply_code, "550")
        found = explain_refusal("421", None, "Temporary failure", "mx.a.example")
        self.assertIs(found.temporary, True)

    def test_the_words_of_another(self):
        """Who hands Gmail's answer on gives its codes no other meaning."""
        text = "550 5.7.30 Blocked because DKIM did not pass. ab12 - gsmtp"
        found = explain_refusal(None, None, text, "smtp.office365.com")
        self.assertEqual((found.provider, found.advice), ("gmail", "set_up_dkim"))

    def test_exceptions_of_smtplib(self):
        said = (
            550,
            b"5.1.1 <jane@acme.example>: User unknown in virtual mailbox table",
        )
        errors = (
            smtplib.SMTPRecipientsRefused({"jane@acme.example": said}),
            smtplib.SMTPSenderRefused(*said, "info@acme.example"),
            smtplib.SMTPDataError(*said),
        )
        for error in errors:
            with self.subTest(type(error).__name__):
                found = explain_refusal(text=str(error))
                self.assertEqual(found.category, "mailbox_unknown")
                self.assertEqual(found.enhanced_code, "5.1.1")

    def test_the_source_is_named(self):
        found = explain_refusal(text="550 5.7.26 unauthenticated - gsmtp")
        self.assertEqual(found.provider, "gmail")
        self.assertIn("Gmail", found.source)
        self.assertTrue(found.url and found.as_of and found.rule)
