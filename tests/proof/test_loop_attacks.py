# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
import re
from email import message_from_bytes

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.inbound.message import read_inbound
from ..hostile_messages import make_message, pick_numbers
from .loop_common import DOMAIN, LoopCase

# What Odoo makes of mails that come in.
MADE = (
    "mail.message", "mail.mail", "mail.alias", "mail.activity", "mail.followers",
    "res.partner", "res.users", "mail.test.message", "mail.test.message.leg",
)  # fmt: skip
ROUTES = "odoo.addons.mail.models.mail_thread"
FORGED = "From: {author}\r\nTo: {to}\r\nSubject: {subject}\r\n{more}\r\n\r\nHello\r\n"


@tagged("post_install", "-at_install")
class TestLoopAttacks(LoopCase):
    """Strangers at the gateway: whoever can send a mail can do this."""

    def setUp(self):
        super().setUp()
        self.test = self._send_test()
        self.messages = self.mx.come_back()
        self.original = message_from_bytes(self.messages[0])
        self.to = self.mx.deliveries[0].rcpt_tos[0]
        self.partner = self.env["res.partner"].create({"name": "Customer"})

    def _count(self):
        self.env.flush_all()
        return {name: self.env[name].sudo().search_count([]) for name in MADE}

    def _forge(
        self, to=None, author="Zoé <zoe@acme.example>", subject="Re: Hello", more=()
    ):
        more = "\r\n".join([*more, "X-Nothing: 1"])
        text = FORGED.format(
            author=author, to=to or self.to, subject=subject, more=more
        )
        return text.encode()

    def _hand_in(self, message, user=None, **options):
        """Let it come as what makes records, and may overwrite one."""
        thread = self.env["mail.thread"]
        if user:
            thread = thread.with_user(user)
        return thread.message_process("res.partner", message, **options)

    def assert_nothing_happens(self, message, **options):
        before = self._count()
        self.assertFalse(self._hand_in(message, **options))
        self.assertEqual(self._count(), before)
        self.assertEqual(self.partner.name, "Customer")

    def _finish(self):
        """Let the true messages come, and return what is known then."""
        self._come_back(*self.messages)
        self._judge_tests()
        self.assertEqual((self.test.state, self.test.grade), ("done", "A"))
        return self._read()

    def _read(self):
        self.env.invalidate_all()
        return self.test.read(["state", "grade", "verdict", "back_on", "received_raw"])

    def test_guessed(self):
        """Addresses of the right shape: nothing is routed, made or answered."""
        local = self.to.partition("+")[0]
        for number in range(10):
            token = hashlib.md5(b"%d" % number, usedforsecurity=False).hexdigest()
            message = self._forge(f"{local}+{token}@{DOMAIN}")
            self.assert_nothing_happens(message)
        self.assertEqual(self.test.state, "waiting")
        self._finish()

    def test_used_twice(self):
        known = self._finish()
        for message in self.messages:
            self.assert_nothing_happens(message)
        self._judge_tests()
        self.assertEqual(self._read(), known)
        self.assertEqual(self.test.replays, len(self.messages))

    def test_overwrites_nothing(self):
        """Whatever record the gateway was told to write to."""
        options = {
            "thread_id": self.partner.id,
            "custom_values": {"name": "Mallory"},
            "save_original": True,
        }
        forged = self._forge(more=[f"Message-ID: {self.original['Message-ID']}"])
        for message in (forged, *self.messages, *self.messages, forged):
            self.assert_nothing_happens(message, **options)

    def test_spoofed_reply(self):
        """Before the true one, and after it: it is named, and changes nothing."""
        answer = [
            f"{name}: {self.original['Message-ID']}"
            for name in ("In-Reply-To", "References")
        ]
        forged = [
            self._forge(),
            self._forge(author="mallory@evil.example", more=answer),
            self._forge(f"catchall@{DOMAIN}", "mallory@evil.example", more=answer),
        ]
        for message in forged:
            self.assert_nothing_happens(message)
        self._judge_tests()
        self.assertEqual(self.test.state, "waiting")
        known = self._finish()
        for message in forged:
            self.assert_nothing_happens(message)
        self._judge_tests()
        self.assertEqual(self._read(), known)
        self.assertEqual(self.test.replays, 0)
        self.assertTrue(any(leg.strays for leg in self.test.leg_ids))

    def test_customers_are_heard(self):
        """Who only mentions a test, in a mail to an alias, has written a mail."""
        alias = self.env["mail.alias"].create(
            {
                "alias_name": "sales",
                "alias_domain_id": self.domain.id,
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        more = [f"References: {self.original['Message-ID']}"]
        for to in (alias.alias_full_name, f"{alias.alias_full_name}, {self.to}"):
            with self.subTest(to):
                message = self._forge(to, "Carl <carl@customer.example>", to, more)
                self.assertTrue(self._hand_in(message))
        self.assertEqual(self.test.state, "waiting")
        self._finish()

    def test_employee_at_the_gateway(self):
        """Who may call message_process, and has no right to tests."""
        employee = new_test_user(self.env, "employee", "base.group_user")
        before = self._count()
        for message in (self._forge(), *self.messages, *self.messages):
            self.assertFalse(self._hand_in(message, user=employee))
        self.assertEqual(self._count(), before)
        self._judge_tests()
        self.assertEqual((self.test.state, self.test.grade), ("done", "A"))

    def test_no_token_is_readable(self):
        """Who reads the tables can't hand anything in."""
        token = re.search("[0-9a-f]{32}", self.to)[0].encode()
        self.env.flush_all()
        self._finish()
        self.env.flush_all()
        tables = (
            "mail_test_message", "mail_test_message_leg", "mail_mail", "ir_attachment",
        )  # fmt: skip
        for table in tables:
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            text = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertNotIn(token.decode(), text)

    def test_hostile_bytes(self):
        """Named by a token, none is made a record, and the test goes on."""
        head = f"Delivered-To: {self.to}\r\n".encode()
        before = self._count()
        with mute_logger(ROUTES):
            for number in pick_numbers(20, every=27):
                kind, message = make_message(number)
                # A header section that no mail server takes is not looked at.
                if read_inbound(head + message).headers:
                    with self.subTest(kind, number=number):
                        self.assertFalse(self._hand_in(head + message))
        self.assertEqual(self._count(), before)
        self._judge_tests()
        self.assertEqual(self.test.state, "waiting")
        self._finish()
