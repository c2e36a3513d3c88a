# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What comes back is taken before Odoo routes it; all else is Odoo's."""

from unittest.mock import patch
from xmlrpc.client import Binary

import psycopg2

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.inbound.message import read_inbound
from ...models.proof import mail_test_message_leg_receive
from ...models.proof.stored import load_raw
from .trip_common import TripCase

TAKE = "odoo.addons.mail_deliverability.models.proof.mail_test_message_take"
UNKNOWN = "0" * 32
ORDINARY = (
    "From: Bob <bob@customer.example>\r\nTo: {to}\r\nSubject: {subject}\r\n"
    "Date: Thu, 26 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@customer.example>\r\n"
    "{more}\r\nHello\r\n"
)


@tagged("post_install", "-at_install")
class TestTake(TripCase):
    def setUp(self):
        super().setUp()
        self.test = self.send_test()
        self.arrival, self.bounce, self.reply = self.sink.deliveries
        self.before = self.count_records()

    def ordinary(self, to, subject="Hello", more=""):
        return ORDINARY.format(to=to, subject=subject, more=more).encode()

    def assert_nothing_made(self):
        self.assertEqual(self.count_records(), self.before)

    def test_taken(self):
        raw = self.come_back(self.arrival)
        for form in (raw, Binary(raw), raw.decode(), raw.replace(b"\r\n", b"\n")):
            with self.subTest(type(form).__name__):
                test = self.send_test()
                first = self.sink.deliveries[-3]
                shape = {bytes: bytes, Binary: Binary, str: bytes.decode}[type(form)]
                came = self.come_back(first)
                came = came if b"\r\n" in raw else came.replace(b"\r\n", b"\n")
                self.assertFalse(self.hand_in(shape(came), model="res.partner"))
                self.assertEqual(
                    (test.state, self.leg(test).state), ("judging", "back")
                )
                self.assertEqual(load_raw(self.leg(test), "raw"), came)
        self.assert_nothing_made()

    def test_all_legs(self):
        for delivery in self.sink.deliveries:
            self.hand_in(self.come_back(delivery))
        self.assertEqual(self.test.leg_ids.mapped("state"), ["back"] * 3)
        self.assert_nothing_made()

    def test_changed_on_its_way(self):
        """A list changes the subject, a service the Message-ID: it is the same."""
        for name in (b"Subject", b"Message-Id", b"From", b"Date"):
            with self.subTest(name):
                test = self.send_test()
                raw = self.come_back(self.sink.deliveries[-3])
                start = raw.index(b"\r\n" + name + b":") + 2
                end = raw.index(b"\r\n", start)
                raw = raw[:start] + name + b": x@y.example" + raw[end:]
                self.hand_in(raw)
                self.assertEqual(self.leg(test).state, "back")

    def test_replay(self):
        raw = self.come_back(self.arrival)
        self.hand_in(raw)
        self.hand_in(raw + b"and more\r\n")
        self.assertIn("came once more", str(self.test.get_waiting()["events"]))
        self.hand_in(raw)
        leg = self.leg(self.test)
        self.assertEqual((leg.replays, self.test.replays), (2, 2))
        self.assertEqual(load_raw(leg, "raw"), raw)
        told = self.test.get_waiting()["events"]
        self.assertIn("came again, 2 times", str(told))
        self.assert_nothing_made()

    def test_spoofed(self):
        """Who knows the address alone can't hand in another message."""
        spoofed = self.ordinary(self.arrival.rcpt_tos[0])
        self.hand_in(spoofed)
        leg = self.leg(self.test)
        self.assertEqual(
            (self.test.state, leg.state, leg.strays), ("waiting",) * 2 + (1,)
        )
        self.assertEqual(load_raw(leg, "stray_raw"), spoofed)
        self.assertIn("bob@customer.example", leg.stray_note)
        self.hand_in(self.come_back(self.arrival))
        self.hand_in(spoofed)
        self.assertEqual(
            (self.test.state, leg.state, leg.strays), ("judging", "back", 2)
        )
        self.assertEqual(load_raw(leg, "raw"), self.come_back(self.arrival))
        self.assert_nothing_made()

    def test_spoofed_with_a_subject_that_can_not_be_read(self):
        """Odoo would route what the taker trips over."""
        for subject in ("=?utf-8?b?A?=", "=?x?q?a?=", "=?utf-8?q?=FF?=", "=?hex?q?z?="):
            with self.subTest(subject):
                spoofed = self.ordinary(self.arrival.rcpt_tos[0], subject)
                self.assertFalse(self.hand_in(spoofed, model="res.partner"))
        self.assertEqual(self.leg(self.test).strays, 4)
        self.assert_nothing_made()

    def test_spoofed_reply(self):
        message_id = self.arrival.message["Message-ID"]
        more = f"In-Reply-To: {message_id}\r\nReferences: {message_id}\r\n"
        self.hand_in(self.ordinary("catchall@acme.example", "Re: Test message", more))
        self.assertEqual(self.test.leg_ids.mapped("state"), ["waiting"] * 3)
        self.assertEqual(self.test.state, "waiting")
        self.assert_nothing_made()

    def test_handed_back(self):
        """Forwarded as an attachment, by whoever reads the mailbox."""
        attached = self.come_back(self.arrival)
        raw = (
            b"From: anna@acme.example\r\nTo: " + self.arrival.rcpt_tos[0].encode()
            + b"\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
            b"--b\r\nContent-Type: text/plain\r\n\r\nHere it is\r\n"
            b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + attached + b"\r\n--b--\r\n"
        )  # fmt: skip
        self.hand_in(raw)
        leg = self.leg(self.test)
        self.assertEqual((self.test.state, leg.state), ("judging", "back"))
        self.assertEqual(load_raw(leg, "raw").rstrip(), attached.rstrip())
        self.assertIn("anna@acme.example", leg.note)

    def test_report(self):
        """That it could not be delivered is no arrival."""
        raw = (
            b"From: MAILER-DAEMON@relay.example\r\nTo: bounce@acme.example\r\n"
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
            b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            b"Reporting-MTA: dns; relay.example\r\n\r\nAction: failed\r\n"
            b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
            + self.arrival.data
            + b"\r\n--b--\r\n"
        )
        self.hand_in(raw)
        self.assertEqual(self.test.state, "waiting")
        self.assertIn("delivery report", self.leg(self.test).stray_note)

    def test_unknown_token(self):
        """Addressed to a test that there is not: nothing is made of it."""
        for to in (
            f"catchall+{UNKNOWN}@acme.example",
            f"Catchall+{UNKNOWN}@ACME.example",
        ):
            self.assertFalse(self.hand_in(self.ordinary(to), model="res.partner"))
        self.assert_nothing_made()
        self.assertEqual(self.test.state, "waiting")

    def test_customers_mails_are_odoos(self):
        """What only mentions a test, or is for an alias too, is not taken."""
        model = self.env["ir.model"]._get("res.partner")
        self.env["mail.alias"].create(
            {
                "alias_name": "sales",
                "alias_model_id": model.id,
                "alias_domain_id": self.domain.id,
            }
        )
        token_to = self.arrival.rcpt_tos[0]
        message_id = self.arrival.message["Message-ID"]
        cases = {
            "token in the body": self.ordinary("sales@acme.example", token_to),
            "alias besides": self.ordinary(f"sales@acme.example, {token_to}"),
            "unknown besides": self.ordinary(
                f"sales@acme.example, catchall+{UNKNOWN}@acme.example"
            ),
            "an answer": self.ordinary(
                "sales@acme.example", "Re", f"References: {message_id}\r\n"
            ),
            "elsewhere": self.ordinary(f"x+{UNKNOWN}@customer.example"),
            "no such mailbox": self.ordinary(f"x+{UNKNOWN}@acme.example"),
        }
        tests = self.env["mail.test.message"]
        for name, raw in cases.items():
            with self.subTest(name):
                raw += token_to.encode() + message_id.encode()
                with patch.object(type(tests), "_receive") as receive:
                    taken = self.env["mail.thread"]._is_taken(read_inbound(raw))
                self.assertFalse(taken)
                receive.assert_not_called()

    def test_an_ordinary_mail_costs_no_query(self):
        message = read_inbound(self.ordinary("sales@acme.example") + b"+" * 100_000)
        tests = self.env["mail.test.message"]
        with self.assertQueryCount(0):
            self.assertFalse(tests._take_inbound(message))

    def test_a_stranger_hands_it_in(self):
        """Whoever may call message_process has no more rights than his own."""
        employee = new_test_user(self.env, "employee", email="emil@acme.example")
        thread = self.env["mail.thread"].with_user(employee)
        self.assertFalse(thread.message_process(False, self.come_back(self.arrival)))
        self.assertEqual(self.test.state, "judging")

    def test_it_can_not_be_stored(self):
        """Then it is lost, and still none of Odoo's."""
        legs = type(self.env["mail.test.message.leg"])
        for error in (psycopg2.OperationalError("x"), OSError("no space")):
            with (
                patch.object(legs, "_receive", side_effect=error),
                mute_logger(TAKE),
            ):
                self.hand_in(self.come_back(self.arrival), model="res.partner")
        self.assert_nothing_made()
        self.assertEqual(self.leg(self.test).state, "waiting")

    def test_too_large(self):
        with patch.object(mail_test_message_leg_receive, "MAX_MESSAGE", 100):
            self.hand_in(self.come_back(self.arrival))
        leg = self.leg(self.test)
        self.assertEqual((leg.state, leg.strays), ("waiting", 1))
        self.assertIn("30 MB", leg.stray_note)

    def test_faster_than_the_servers_answer(self):
        """It is back while it is still being handed over."""
        servers = type(self.env["ir.mail_server"])
        deliver, thread = servers._deliver, self.env["mail.thread"]
        deliveries = self.sink.deliveries

        def and_come_back(self_, session, *args):
            refused = deliver(self_, session, *args)
            delivery = deliveries[-1]
            raw = b"Received: from a ([203.0.113.5]) by b\r\n" + delivery.data
            thread.message_process(False, raw)
            return refused

        with patch.object(servers, "_deliver", and_come_back):
            test = self.send_test()
        self.assertEqual((test.state, test.failure), ("judging", False))
        self.assertEqual(test.leg_ids.mapped("state"), ["back"] * 3)

    def test_its_answer_got_lost(self):
        """Nobody knows whether it has left, until it is back."""
        with patch.object(self.sink, "close_after_data", True):
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                test = self.send_test()
        self.assertEqual(test.state, "failed")
        self.hand_in(self.come_back(self.sink.deliveries[-1]))
        self.assertEqual((test.state, self.leg(test).state), ("judging", "back"))
