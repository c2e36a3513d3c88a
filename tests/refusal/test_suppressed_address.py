# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, new_test_user, tagged

from ...mailauth.errors import TempError
from ...models.inbound.message import read_inbound
from ...models.refusal import reporter
from ...models.refusal.mail_suppressed_address_hold import TRY_TAKES
from ...models.refusal.mail_suppressed_address_note import (
    SEVERAL,
    SUPPRESSED_FOR,
    USUALLY_DEAD,
)
from ...models.tools.carrier import carry
from ..common import ZoneResolver
from .suppressed_common import DAY, DISABLED, NOW, UNKNOWN, SuppressedMixin

EMAIL = "ada@customer.example"
HOUR = timedelta(hours=1)
# What says nothing of an address for good.
NEVER = (
    "550 5.7.26 This mail has been blocked because the sender is unauthenticated. "
    "gsmtp",
    "550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus",
    "550 5.4.5 Daily user sending limit exceeded. gsmtp",
    "554 5.7.1 <{}>: Relay access denied",
    "552 5.2.2 The email account that you tried to reach is over quota. gsmtp",
    "450 4.1.1 <{}>: Recipient address rejected: User unknown",
    "421 4.7.28 Our system has detected an unusual rate of mail. gsmtp",
)
# From our own relay, inside of our own network.
INSIDE = (
    "Received: by relay.acme.example (Postfix)\r\n"
    "\tid 4DEADBEEF; Tue, 10 Mar 2026 12:00:00 +0000 (UTC)\r\n"
    "From: MAILER-DAEMON@relay.acme.example\r\nTo: bounce@acme.example\r\n"
    "Subject: Undelivered Mail Returned to Sender\r\n\r\nBody\r\n"
)
OUTSIDE = (
    "Received: from mail.relay.example (mail.relay.example [93.184.215.14])\r\n"
    "\tby mx.acme.example (Postfix) with ESMTPS id 4DEADBEEF\r\n"
    "\tfor <bounce@acme.example>; Tue, 10 Mar 2026 12:00:00 +0000 (UTC)\r\n"
    "From: MAILER-DAEMON@other.example\r\nTo: bounce@acme.example\r\n"
    "Subject: Undelivered Mail Returned to Sender\r\n\r\nBody\r\n"
)
SIGNED = OUTSIDE.replace("other.example", "customer.example")
RELAYS = ("mail.relay.example", "smtp.gmail.com")
# Who writes a report about somebody at customer.example, which Google hosts; whether a
# signature of that domain is to be believed.
AUTHORS = (
    ("MAILER-DAEMON@other.example", False),
    ("MAILER-DAEMON@customer.example", True),
    ("postmaster@customer.example", True),
    ("MAILER-DAEMON@mx1.customer.example", True),
    ("eve@customer.example", False),  # who is no server
    ("MAILER-DAEMON@notcustomer.example", False),
    ("mailer-daemon@googlemail.com", True),
    ("eve@gmail.com", False),
    ("MAILER-DAEMON@acme.example", True),  # ourselves
    ("MAILER-DAEMON@mail.relay.example", True),  # our relay
    ("MAILER-DAEMON@relay.example", True),
    ("MAILER-DAEMON@eve.relay.example", False),  # a customer of our relay's
    ("postmaster@eve.onmicrosoft.com", False),  # a tenant like any other
    ("MAILER-DAEMON@yahoo.com", False),
)
# What a server that is not ours, or is, writes of a client inside.
PRIVATE = (
    ("relay (unknown [10.0.0.5])", "mx.acme.example", True),
    ("relay (mail.relay.example [10.9.9.9])", "mx.acme.example", True),
    ("relay (localhost [127.0.0.1])", "mx.acme.example", True),
    ("mail.relay.example (unknown [172.17.0.1])", "mx.acme.example", False),
    ("mx.acme.example (gateway [172.17.0.1])", "mx.acme.example", False),
    ("eve.example (unknown [172.17.0.1])", "mail.relay.example", False),
    ("inner.google.com (unknown [10.3.4.5])", "mx.google.com", True),
    ("inner.yahoo.com (unknown [10.3.4.5])", "mx.mail.yahoo.com", False),
)


@tagged("post_install", "-at_install")
class TestRule(SuppressedMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(NOW))

    def test_twice_a_day_apart(self):
        cases = (
            ("once", [0], False),
            ("twice at once", [0, 1], False),
            ("many within a day", [0, 5, 12, 23.9], False),
            ("a day later", [0, 24], True),
            ("the first and the third", [0, 10, 25], True),
            ("a year and a day later", [0, 366 * 24], False),
        )
        for number, (name, hours, expected) in enumerate(cases):
            email = f"ada@customer{number}.example"
            for hour in hours:
                moment = NOW + (hour - hours[-1]) * HOUR
                with freeze_time(moment):
                    refusal = self.refuse(email, moment)
            with self.subTest(name):
                entry = self.entry(email)
                self.assertEqual(entry.active, expected)
                self.assertIn(refusal, entry.refusal_ids)
                self.assertEqual(len(entry.refusal_ids), len(hours))
                until = NOW + SUPPRESSED_FOR if expected else False
                self.assertEqual(entry.until, until)
                self.assertEqual(entry.since, NOW if expected else False)

    def test_disabled_counts_as_well(self):
        self.refuse("ada@gmail.com", NOW - 2 * DAY, DISABLED)
        self.refuse("ada@gmail.com", NOW, UNKNOWN)
        self.assertTrue(self.entry("ada@gmail.com").active)

    def test_what_never_counts(self):
        for number, text in enumerate(NEVER):
            email = f"ada@customer{number}.example"
            for days in (3, 2, 1, 0):
                self.refuse(email, NOW - days * DAY, text)
            with self.subTest(text):
                self.assertFalse(self.entry(email))

    def test_a_hundred_authentication_bounces(self):
        for number in range(100):
            self.refuse(f"ada@c{number}.example", NOW - number * DAY, NEVER[0])
        self.assertFalse(self.addresses.search([]))
        self.assertFalse(self.addresses._has_any())

    def test_the_same_refusal_counts_once(self):
        refusal = self.refuse(EMAIL, NOW - 2 * DAY)
        with freeze_time(NOW):
            self.addresses._note_refusal(refusal)
        self.assertFalse(self.entry(EMAIL).active)
        self.assertEqual(len(self.entry(EMAIL).refusal_ids), 1)

    def test_what_is_no_address(self):
        for text in ("", "nobody", "x" * 5000, "a b@customer.example, c@x.example"):
            self.refuse(text, NOW - 2 * DAY)
        self.assertFalse(self.addresses.search([("email", "not like", "@")]))

    def test_switched_off(self):
        key = "mail_deliverability.suppression"
        self.suppress(EMAIL)
        self.env["ir.config_parameter"].set_param(key, "0")
        self.assertEqual(self.addresses._find_held([EMAIL]), ({}, set()))
        self.refuse("eve@customer.example")
        self.assertFalse(self.entry("eve@customer.example"))
        self.env["ir.config_parameter"].set_param(key, "1")
        self.assertIn(EMAIL, self.addresses._find_held([EMAIL])[0])

    def test_an_error_ends_nothing(self):
        """After SMTP has answered, nothing of ours may raise."""
        with (
            patch.object(type(self.addresses), "_note_one", side_effect=ValueError),
            self.assertLogs(level="WARNING"),
        ):
            self.refuse(EMAIL)
        self.assertFalse(self.entry(EMAIL))


@tagged("post_install", "-at_install")
class TestTry(SuppressedMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(NOW))
        self.suppress(EMAIL)

    def held(self):
        return EMAIL in self.addresses._find_held([EMAIL])[0]

    def test_held_for_90_days(self):
        for days, expected in ((0, True), (89, True), (91, False)):
            with self.subTest(days), freeze_time(NOW + days * DAY):
                self.assertEqual(self.held(), expected)

    def test_one_try(self):
        later = NOW + 91 * DAY
        with freeze_time(later):
            self.assertEqual(self.entry(EMAIL).state, "due")
            self.assertEqual(self.addresses._find_held([EMAIL]), ({}, {EMAIL}))
            self.assertTrue(self.held(), "a second one waits for what comes of it")
        with freeze_time(later + TRY_TAKES + HOUR):
            self.assertFalse(self.held(), "nothing has come back")

    def test_a_try_that_is_refused(self):
        later = NOW + 91 * DAY
        with freeze_time(later):
            self.assertFalse(self.held())
            self.refuse(EMAIL, later)
            self.assertEqual(self.entry(EMAIL).until, later + SUPPRESSED_FOR)
        with freeze_time(later + 80 * DAY):
            self.assertTrue(self.held())

    def test_refused_by_hand_meanwhile(self):
        until = self.entry(EMAIL).until
        with freeze_time(NOW + DAY):
            self.refuse(EMAIL, NOW + DAY)
        self.assertEqual(self.entry(EMAIL).until, until)

    def test_release_forgets(self):
        self.entry(EMAIL).action_release()
        self.assertEqual(self.entry(EMAIL).state, "released")
        self.assertFalse(self.held())
        self.refuse(EMAIL)
        self.assertEqual(self.entry(EMAIL).state, "refused")
        with freeze_time(NOW + 2 * DAY):
            self.refuse(EMAIL, NOW + 2 * DAY)
        self.assertTrue(self.entry(EMAIL).active)

    def test_what_is_over_is_forgotten(self):
        self.refuse("once@customer.example")
        for days, left in ((0, 2), (91, 2), (181, 1), (366, 0)):
            with freeze_time(NOW + days * DAY):
                self.addresses._gc_addresses()
            with self.subTest(days):
                self.assertEqual(len(self.addresses.search([])), left)


@tagged("post_install", "-at_install")
class TestReceiver(SuppressedMixin, TransactionCase):
    """Many addresses of one receiver at once are its own trouble."""

    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(NOW))
        self.emails = [f"a{number}@gmail.com" for number in range(SEVERAL)]

    def alarms(self):
        subject = "suppressed_receiver:gmail.com"
        return self.env["mail.activity"].search([("alarm_subject", "=", subject)])

    def refuse_all(self, when, emails=None):
        with freeze_time(when):
            for email in emails or self.emails:
                self.refuse(email, when)

    def test_nothing_is_suppressed(self):
        for number, email in enumerate(self.emails):
            self.refuse(email, NOW - (2 + number) * DAY)
        self.assertFalse(self.alarms())
        self.refuse_all(NOW)
        self.assertFalse(any(self.entry(one).active for one in self.emails))
        self.assertTrue(self.alarms())
        self.assertIn(f"{SEVERAL} addresses", self.alarms()[0].summary)
        self.assertIn("/odoo/email-refusals", self.alarms()[0].note)

    def test_two_troubles(self):
        """What is said while there is one counts for nothing later."""
        self.refuse_all(NOW - 2 * DAY)
        self.refuse(self.emails[0])
        self.assertFalse(self.entry(self.emails[0]).active)

    def test_who_was_suppressed_before_stays(self):
        self.suppress("dead@gmail.com", when=NOW - 5 * DAY)
        self.refuse_all(NOW, [*self.emails, "dead@gmail.com"])
        self.assertTrue(self.entry("dead@gmail.com").active)

    def test_others_are_no_receiver(self):
        for number in range(SEVERAL * 2):
            self.suppress(f"ada@c{number}.example")

    def test_far_apart(self):
        for number, email in enumerate(self.emails, -SEVERAL):
            with freeze_time(NOW + 2 * number * DAY):
                self.suppress(email, when=NOW + 2 * number * DAY)
        self.assertFalse(self.alarms())

    def test_a_large_mailing(self):
        """Of thousands, some are dead: those are no trouble of their receiver."""
        self.env["mail.send.counter"].create(
            {
                "day": fields.Date.today(),
                "server_id": 0,
                "sent": USUALLY_DEAD * SEVERAL * 2,
            }
        )
        for email in self.emails:
            self.suppress(email)
        self.assertFalse(self.alarms())

    def test_the_alarm_is_closed(self):
        self.refuse_all(NOW)
        self.addresses._resolve_receiver_alarms()
        self.assertTrue(self.alarms())
        with freeze_time(NOW + DAY):
            self.addresses._resolve_receiver_alarms()
        self.assertFalse(self.alarms())


@tagged("post_install", "-at_install")
class TestReports(SuppressedMixin, TransactionCase):
    """Anybody can write a report, about any address."""

    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(NOW))
        self.partner = self.env["res.partner"].create({"name": "Ada", "email": EMAIL})
        self.message = self.partner.message_post(
            body="Hello", partner_ids=self.partner.ids, message_type="comment"
        )
        self.proven = False
        self.startPatcher(
            patch.object(reporter, "is_author_proven", lambda *_: self.proven)
        )
        self.zone = {("customer.example", "MX"): ["10 aspmx.l.google.com."]}
        self.startPatcher(
            patch.object(
                self.registry["ir.config_parameter"],
                "_get_dns_resolver",
                lambda *_: ZoneResolver(self.zone),
            )
        )

    def report(self, raw=OUTSIDE, email=EMAIL, message=None, caller=None):
        """Report an address twice, in a message each; return whether it counts."""
        note = type(self.addresses)._note_refusal
        self.addresses.search([]).unlink()
        for when in (NOW - 2 * DAY, NOW):
            addresses = self.addresses.with_user(caller or self.env.user)
            carrier = carry(addresses, read_inbound(raw))
            with patch.object(
                type(self.addresses),
                "_note_refusal",
                lambda _self, refusals, to=carrier: note(to, refusals.with_env(to.env)),
            ):
                self.refuse(
                    email,
                    when,
                    origin="report",
                    mail_message_id=(self.message if message is None else message).id,
                )
        return self.entry(email).active

    def test_nobody_proves_it(self):
        self.assertFalse(self.report())

    def test_who_may_speak_for_a_receiver(self):
        self.env["mail.alias.domain"].create({"name": "acme.example"})
        self.env["ir.mail_server"].create(
            [{"name": one, "smtp_host": one} for one in RELAYS]
        )
        for author, expected in AUTHORS:
            raw = OUTSIDE.replace("MAILER-DAEMON@other.example", author)
            for proven in (True, False):
                self.proven = proven
                with self.subTest(author, proven=proven):
                    self.assertEqual(self.report(raw), expected and proven)

    def test_its_operator_is_not_known(self):
        """DNS does not answer, or says something else."""
        self.proven = True
        raw = OUTSIDE.replace("other.example", "googlemail.com")
        for answer in (TempError("dns_timeout", ""), [], ["0 mx.customer.example."]):
            self.zone["customer.example", "MX"] = answer
            self.assertFalse(self.report(raw), answer)

    def test_behind_a_nat(self):
        """A server that sees each client as its gateway: whoever it is."""
        servers = self.env["ir.mail_server"]
        servers.create([{"name": one, "smtp_host": one} for one in RELAYS])
        self.zone["mail.relay.example", "A"] = ["10.0.0.5"]
        for client, writer, expected in PRIVATE:
            raw = OUTSIDE.replace(
                "mail.relay.example (mail.relay.example [93.184.215.14])", client
            )
            raw = raw.replace("by mx.acme.example", f"by {writer}")
            with self.subTest(client):
                self.assertEqual(self.report(raw), expected)

    def test_another_recipient(self):
        self.proven = True
        self.assertTrue(self.report(SIGNED))
        self.assertFalse(self.report(SIGNED, email="eve@customer.example"))

    def test_no_mail_of_ours(self):
        self.proven = True
        self.assertFalse(self.report(SIGNED, message=self.env["mail.message"]))

    def test_from_inside(self):
        self.assertTrue(self.report(INSIDE))

    def test_from_whoever_calls(self):
        """Each user may hand in a message, with whatever way it is to have had."""
        user = new_test_user(self.env, "ada", groups="base.group_user")
        self.assertFalse(self.report(INSIDE, caller=user))
        user.group_ids += self.env.ref("base.group_system")
        self.assertTrue(self.report(INSIDE, caller=user))

    def test_from_where_our_mails_leave(self):
        self.assertFalse(self.report())
        server = self.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "mail.relay.example"}
        )
        server.sending_host_ips = "93.184.215.14"
        self.assertTrue(self.report())

    def test_without_a_way(self):
        self.assertFalse(self.report("From: a@b.example\r\n\r\nBody"))

    def test_outside_of_a_message(self):
        self.proven = True
        for when in (NOW - 2 * DAY, NOW):
            self.refuse(EMAIL, when, origin="report", mail_message_id=self.message.id)
        self.assertFalse(self.entry(EMAIL))


@tagged("post_install", "-at_install")
class TestWriting(SuppressedMixin, TransactionCase):
    """Who writes has an address that works."""

    def receive(self, email, number=1, subject="Hello"):
        self.env["mail.thread"].message_process(
            "res.partner",
            f"From: Ada <{email}>\r\nTo: somebody@acme.example\r\n"
            f"Subject: {subject}\r\nMessage-Id: <{number}@customer.example>\r\n\r\nHi",
        )

    def test_release(self):
        now = fields.Datetime.now()
        self.suppress(EMAIL, "eve@customer.example", when=now)
        self.receive("Ada@Customer.example")
        self.assertFalse(self.entry(EMAIL).active)
        self.assertTrue(self.entry("eve@customer.example").active)

    def test_a_first_refusal_is_forgotten(self):
        now = fields.Datetime.now()
        self.refuse(EMAIL, now - 2 * DAY)
        self.receive(EMAIL)
        self.refuse(EMAIL, now)
        self.assertFalse(self.entry(EMAIL).active)
