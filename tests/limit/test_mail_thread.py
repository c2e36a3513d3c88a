# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
import time
from unittest.mock import Mock, patch
from xmlrpc.client import Binary

from freezegun import freeze_time
from psycopg2 import OperationalError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import BaseCase, new_test_user, tagged

from ...mailauth.dkim.sign import sign_message
from ...mailauth.dkim.verify import find_signature
from ...models.dkim import mail_alias_domain_seen
from ...models.inbound import author as inbound_author
from ...models.inbound.author import Allowance
from ...models.limit.send_class import PUBLIC, Demand
from ..common import run
from ..dkim_common import DOMAIN, NOW, SIGNERS, ZONE, resolver
from .test_mail_mail import LimitCase

GATEWAY_LOGGER = "odoo.addons.mail_deliverability.models.limit.mail_thread"
AUTHOR_LOGGER = "odoo.addons.mail_deliverability.models.inbound.author"


def write(author=f"someone@{DOMAIN}", to="catchall@acme.example", path="", number=1):
    """Return a message that comes from outside."""
    lines = [
        *([f"Return-Path: <{path}>"] if path else ()),
        f"From: Someone <{author}>",
        f"To: {to}",
        "Subject: Hello",
        f"Message-Id: <{number}@outside.example>",
        "Date: Thu, 01 Jan 2026 00:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return "\r\n".join([*lines, "", "Hello", ""]).encode()


def sign(message):
    return sign_message(message, SIGNERS[:1], NOW)


class TestSignedBy(BaseCase):
    def test_only_a_signature_of_the_author_counts(self):
        signed = sign(write())
        key = f"{SIGNERS[0].selector}._domainkey.{DOMAIN}"
        cases = (
            ("the domain itself", signed, DOMAIN, True, [key]),
            ("one below it", signed, f"news.{DOMAIN}", True, [key]),
            ("one above it", signed, DOMAIN.partition(".")[2], True, [key]),
            ("another one", signed, "globex.example", False, []),
            ("one that ends alike", signed, f"x{DOMAIN}", False, []),
            ("no signature", write(), DOMAIN, False, []),
            ("changed", signed.replace(b"Hello", b"Hallo"), DOMAIN, False, [key]),
            ("no message", b"\0\0\0", DOMAIN, False, []),
        )
        for name, message, domain, expected, asked in cases:
            with self.subTest(name):
                dns = resolver()
                found = run(find_signature(message, domain, dns, NOW))
                self.assertEqual(bool(found), expected)
                self.assertEqual([n for n, _type in dns.calls], asked)


class TestAllowance(BaseCase):
    def test_so_many_an_hour(self):
        with freeze_time("2026-03-10 12:00:00") as clock:
            allowance = Allowance(2)
            allowance._since = time.monotonic()
            self.assertEqual([allowance.take() for _ in range(3)], [True, True, False])
            clock.tick(3601)
            self.assertTrue(allowance.take())


@tagged("post_install", "-at_install")
class TestGateway(LimitCase):
    def setUp(self):
        super().setUp()
        self.set_limit(10)  # two of them for the public
        self.dns.zone.update(ZONE)
        self.patch(inbound_author, "_allowance", Allowance(100))
        # The author's domain shall be another one than the company's.
        self.domain.name = self.server.from_filter = "company.example"
        self.to = self.domain.catchall_email
        self.env["res.partner"].create(
            {"name": "Known", "email": "known@customer.example"}
        )

    def receive(self, message):
        self.env["mail.thread"].message_process("res.partner", message)

    def test_who_is_answered(self):
        known = "known@customer.example"
        cases = (
            ("somebody known", write(known, self.to, number=1), True),
            ("a stranger", write("x@stranger.example", self.to, number=2), False),
            ("signed", sign(write(to=self.to, number=3)), True),
            ("forged", write(to=self.to, number=4), False),
            (
                "signed, and its Return-Path is a victim",
                sign(write(to=self.to, path="victim@other.example", number=5)),
                False,
            ),
            (
                "signed, and its Return-Path is below",
                sign(write(to=self.to, path=f"b@bounce.{DOMAIN}", number=6)),
                True,
            ),
            ("a bounce", write(known, self.to, "<>", 7), False),
        )
        for name, message, expected in cases:
            with self.subTest(name):
                self.env["mail.send.counter"].search([]).unlink()
                self.sink.deliveries.clear()
                self.receive(message)
                self.assertEqual(bool(self.sink.deliveries), expected)

    def test_signatures_of_our_own_domain_are_remembered(self):
        """Once, after the mail is stored, and with nothing that could refuse it."""
        domain = self.env["mail.alias.domain"].create({"name": DOMAIN})
        key = f"{SIGNERS[0].selector}._domainkey.{DOMAIN}"
        self.env.cr.postcommit.clear()
        with patch.object(mail_alias_domain_seen, "_store") as store:
            self.receive(write(to=self.to, number=1))
            self.env.cr.postcommit.run()
            store.assert_not_called()
            self.receive(sign(write(to=self.to, number=2)))
            self.env.cr.postcommit.run()
            store.assert_called_once_with(self.env.registry, (domain.id,), key)
        mail_alias_domain_seen._store(self.env.registry, (domain.id,), key)
        self.env.invalidate_all()
        self.assertEqual(list(domain.seen_signatures), [key])
        with patch.object(mail_alias_domain_seen, "_store") as store:
            self.receive(sign(write(to=self.to, number=3)))
            self.env.cr.postcommit.run()
            store.assert_not_called()

    def test_what_can_not_be_remembered_is_logged(self):
        logger = mail_alias_domain_seen.__name__
        registry = Mock(cursor=Mock(side_effect=OperationalError("full")))
        with self.assertLogs(logger, logging.WARNING) as logs:
            mail_alias_domain_seen._store(registry, (1,), "s1._domainkey.acme.example")
        self.assertIn("full", logs.output[0])

    def test_strangers_do_not_use_up_the_limit(self):
        with self.assertLogs(GATEWAY_LOGGER, logging.INFO) as logs:
            for number in range(6):
                self.receive(write("known@customer.example", self.to, number=number))
        self.assertEqual(len(self.sink.deliveries), 2)
        self.assertEqual(len(logs.output), 4)
        self.assertIn("<5@outside.example>", logs.output[-1])
        self.assertFalse(self.env["mail.mail"].search([("state", "!=", "sent")]))
        self.make_mails(8)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 10)

    def test_what_can_not_be_asked_proves_nothing(self):
        """The message is taken all the same; the log tells it once."""
        parameters = type(self.env["ir.config_parameter"])
        errors = (UserError("a parameter"), OSError(24, "Too many open files"))
        for error in errors:
            self.patch(inbound_author, "_logged", set())
            with (
                self.subTest(error=error),
                patch.object(parameters, "_get_dns_resolver", side_effect=error),
                self.assertLogs(AUTHOR_LOGGER, logging.WARNING) as logs,
            ):
                for number in range(2):
                    self.receive(sign(write(to=self.to, number=number)))
                self.assertFalse(self.sink.deliveries)
                self.assertEqual(len(logs.output), 1)

    def test_an_unreadable_parameter_refuses_no_mail(self):
        self.patch(inbound_author, "_logged", set())
        self.env["ir.config_parameter"].set_param(
            "mail_deliverability.nameservers", self.dns.address
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE ir_config_parameter SET value = 'dns.acme.example'"
            " WHERE key = 'mail_deliverability.nameservers'"
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        with self.assertLogs(AUTHOR_LOGGER, logging.WARNING) as logs:
            self.receive(sign(write(to=self.to)))
        self.assertIn("dns.acme.example", logs.output[0])
        self.assertFalse(self.sink.deliveries)

    def test_what_is_refused_late_leaves_nothing(self):
        """Another worker has taken the last room after we had looked."""
        thread = type(self.env["mail.thread"])
        self.patch(thread, "_get_reason_for_silence", lambda *_arguments: "")
        limits = self.env["ir.mail_server"]._get_send_limits(Demand(PUBLIC))
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            reservation = ledger.reserve(fields.Datetime.now(), 100, limits)
            ledger.settle(reservation, reservation.granted)
        self.receive(write("known@customer.example", self.to))
        self.assertFalse(self.sink.deliveries)
        self.assertFalse(self.env["mail.mail"].search([]))

    def test_what_an_incoming_mail_causes(self):
        """The notice to a follower: by a visitor, whoever the author claims to be."""
        follower = new_test_user(
            self.env(context={"no_reset_password": True}),
            "follower",
            email="follower@company.example",
            notification_type="email",
        )
        record = self.env["res.partner"].create({"name": "Record"})
        record.message_subscribe(follower.partner_id.ids)
        original = record.message_post(
            body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        author = self.env.user.partner_id.email_normalized
        reply = write(author, self.to).replace(
            b"Subject:", f"In-Reply-To: {original.message_id}\r\nSubject:".encode()
        )
        self.env["mail.send.counter"].search([]).unlink()
        self.sink.deliveries.clear()
        self.receive(reply)
        self.assertEqual(self._last().rcpt_tos, ("follower@company.example",))
        count = self.env["mail.send.counter"].search([("server_id", "=", 0)])
        self.assertEqual((count.sent, count.visitors, count.public), (1, 1, 0))

    def test_a_colleague_who_answers_by_mail(self):
        """Proven by the signature: as if posted in the chatter."""
        for user_type, signed, visitors in (
            ("base.group_user", True, 0),
            ("base.group_user", False, 1),
            ("base.group_portal", True, 1),
        ):
            with self.subTest(user_type, signed=signed):
                self.env["mail.send.counter"].search([]).unlink()
                author = self.env["res.users"].search([("login", "=", "author")])
                author = author or new_test_user(
                    self.env(context={"no_reset_password": True}),
                    "author",
                    email=f"author@{DOMAIN}",
                )
                author.group_ids = self.env.ref(user_type)
                record = self.env["res.partner"].create({"name": "Record"})
                partner = self.env["res.partner"].create(
                    {"name": "Follower", "email": "follower@customer.example"}
                )
                record.message_subscribe(partner.ids)
                original = record.message_post(
                    body="Hello",
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
                self.env["mail.send.counter"].search([]).unlink()
                number = f"{user_type}{signed}"
                reply = write(f"author@{DOMAIN}", self.to, number=number).replace(
                    b"Subject:",
                    f"In-Reply-To: {original.message_id}\r\nSubject:".encode(),
                )
                self.receive(sign(reply) if signed else reply)
                count = self.env["mail.send.counter"].search([("server_id", "=", 0)])
                self.assertEqual((count.sent, count.visitors), (1, visitors))

    def test_ways_in(self):
        """As the gateway's script, fetchmail and others hand messages over."""
        raw = write("known@customer.example", self.to)
        for number, form in enumerate((raw, raw.decode(), Binary(raw))):
            with self.subTest(type(form).__name__):
                self.env["mail.message"].search([]).filtered(
                    lambda one: one.message_id == "<1@outside.example>"
                ).unlink()
                self.receive(form)
                self.assertEqual(len(self.sink.deliveries), min(number + 1, 2))
