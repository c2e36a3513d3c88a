# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A test leaves as a real mail does, and nothing of it remains but the test."""

import hashlib
import re
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.proof.stored import load_raw
from .trip_common import TripCase

ODOO = "odoo.addons.mail.models.mail_mail"
TOKEN_ADDRESS = re.compile(r"^catchall\+([0-9a-f]{32})@acme\.example$")


@tagged("post_install", "-at_install")
class TestSend(TripCase):
    def test_it_leaves_as_a_real_mail(self):
        before = self.count_records()
        test = self.send_test()
        self.assertEqual(test.state, "waiting", test.failure)
        self.assertEqual(self.count_records(), before)
        to = self.sink.recipients()
        self.assertRegex(to[0], TOKEN_ADDRESS)
        self.assertEqual(to[1:], ["bounce@acme.example", "catchall@acme.example"])
        for delivery in self.sink.deliveries:
            self.assertEqual(delivery.mail_from, "bounce@acme.example")
            author = delivery.message["From"].addresses[0]
            self.assertEqual(author.domain, "acme.example")
        self.assertEqual(test.smtp_reply, "250 OK")
        self.assertIn(self.sink.host, test.smtp_server)
        self.assertEqual(test.used_server_id, self.server.id)
        self.assertEqual(test.leg_ids.mapped("state"), ["waiting"] * 3)

    def test_the_bytes_that_left_are_kept(self):
        test = self.send_test()
        self.assertEqual(load_raw(test, "sent_raw"), self.sink.deliveries[0].data)

    def test_only_the_hash_of_the_token_is_stored(self):
        test = self.send_test()
        token = TOKEN_ADDRESS.match(self.sink.recipients()[0])[1]
        stored = self.leg(test).sudo().token_hash
        self.assertEqual(stored, hashlib.sha256(token.encode()).hexdigest())
        rows = [*test.read()[0].values(), *test.leg_ids.sudo().read()[0].values()]
        shown = [value for value in rows if not isinstance(value, bytes)]
        self.assertNotIn(token, repr(shown))

    def test_it_is_counted(self):
        self.set_limit(5)
        self.send_test()
        count = self.env["mail.send.counter"].search([("server_id", "=", 0)], limit=1)
        self.assertEqual(count.sent, 3)

    def test_with_the_limit_used_up_it_says_so(self):
        self.set_limit(1)
        self._make_mail("anna@acme.example").send()
        before = self.count_records()
        with mute_logger(ODOO):
            test = self.send_test()
        self.assertEqual(test.state, "failed")
        self.assertIn("Daily limit reached", test.failure)
        self.assertEqual(self.count_records(), before)
        self.assertEqual(len(self.sink.deliveries), 1)
        self.assertEqual(test.leg_ids.mapped("state"), ["failed"] * 3)

    def test_where_there_is_room_for_the_message_alone(self):
        self.set_limit(1)
        with mute_logger(ODOO):
            test = self.send_test()
        self.assertEqual(test.state, "waiting")
        self.assertEqual(test.leg_ids.mapped("state"), ["waiting", "failed", "failed"])

    def test_refused(self):
        before = self.count_records()
        for name, value, reply in (
            ("data_reply", "554 5.7.1 no spam please", "554 5.7.1 no spam please"),
            ("refused_senders", {"bounce@acme.example"}, "550 5.7.1 sender refused"),
        ):
            with self.subTest(name), patch.object(self.sink, name, value):
                with mute_logger(ODOO):
                    test = self.send_test()
                self.assertEqual((test.state, test.smtp_reply), ("failed", reply))
                self.assertEqual(test.failure, reply)
                self.assertEqual(self.count_records(), before)

    def test_no_server_there(self):
        server = self._make_server("acme.example", name="Gone", smtp_port=9)
        test = self.send_test(server_id=server.id)
        self.assertEqual(test.state, "failed")
        self.assertRegex(
            test.failure, "^The server can't be reached.*check host.*Errno 111"
        )

    def test_archived_server(self):
        self.server.active = False
        with mute_logger(ODOO):
            test = self.send_test(server_id=self.server.id)
        self.assertEqual(test.state, "failed")
        self.assertIn("archived", test.failure)

    def test_server_of_the_configuration_file(self):
        self.server.active = False
        self._configure(from_filter=False)
        test = self.send_test()
        self.assertEqual((test.state, test.used_server_id), ("waiting", 0))

    def test_another_users_server(self):
        other = new_test_user(self.env, "other", email="otto@acme.example")
        server = self._make_server("otto@acme.example", owner_user_id=other.id)
        with self.assertRaises(UserError):
            self.make_test(server_id=server.id)

    def test_a_mailbox_elsewhere(self):
        test = self.send_test(email_to="box@customer.example")
        self.assertFalse(test.to_own)
        delivery = self.sink.deliveries[0]
        self.assertEqual(delivery.rcpt_tos, ("box@customer.example",))
        text = delivery.message.get_body(("plain",)).get_content()
        address = re.search(r"catchall\+[0-9a-f]{32}@acme\.example", text)
        self.assertTrue(address, text)
        told = test.get_waiting()["events"]
        self.assertIn(address[0], str(told))

    def test_company_without_a_domain(self):
        self.company.alias_domain_id = False
        with self.assertRaises(UserError):
            self.send_test()
        test = self.send_test(email_to="box@customer.example")
        self.assertEqual((test.state, len(test.leg_ids)), ("waiting", 1))

    def test_a_long_catchall(self):
        """The token stands in the Message-ID then, and in the subject."""
        self.domain.catchall_alias = "everything-that-nobody-else-wants"
        test = self.send_test()
        delivery = self.sink.deliveries[0]
        self.assertEqual(delivery.rcpt_tos, (self.domain.catchall_email,))
        self.assertIn("openerp-test-", delivery.message["Message-ID"])
        self.assertIn("openerp-test-", delivery.message["Subject"])
        self.hand_in(self.come_back(delivery))
        self.assertEqual(self.leg(test).state, "back")

    def test_a_name_of_several_lines(self):
        """It is a subject: no header field begins in it."""
        test = self.send_test(name="One\r\nBcc: x@y.example\n\ntwo")
        self.assertEqual(test.state, "waiting")
        message = self.sink.deliveries[0].message
        self.assertEqual(message["Subject"], "One Bcc: x@y.example two")
        self.assertFalse(message["Bcc"])

    def test_once_only(self):
        test = self.send_test()
        with self.assertRaises(UserError):
            test.action_send()
        self.assertEqual(len(self.sink.deliveries), 3)

    def test_while_odoo_tests_itself(self):
        servers = type(self.env["ir.mail_server"])
        with patch.object(servers, "_disable_send", lambda *_: True):
            with self.assertRaises(UserError):
                self.send_test()

    def test_what_clients_can_choose(self):
        test = self.make_test(
            state="done", grade="A", verdict={"grade": "A"}, user_id=1, kind="explained"
        )
        self.assertEqual((test.state, test.grade, test.kind), ("draft", False, "trip"))
        self.assertEqual(test.user_id, self.admin)
        test.action_send()
        test.write({"state": "draft", "email_to": "x@customer.example", "name": "N"})
        self.assertEqual((test.state, test.name), ("waiting", "N"))
        self.assertNotEqual(test.email_to, "x@customer.example")

    def test_others_may_not(self):
        employee = new_test_user(self.env, "employee", email="emil@acme.example")
        test = self.make_test()
        with self.assertRaises(AccessError):
            test.with_user(employee).action_send()
        foreign = new_test_user(
            self.env,
            "foreign",
            groups="base.group_system",
            company_id=self.company_2.id,
            company_ids=self.company_2.ids,
        )
        with self.assertRaises(AccessError):
            test.with_user(foreign).action_send()
        subjects = [delivery.message["Subject"] for delivery in self.sink.deliveries]
        self.assertNotIn(test.name, subjects)

    def test_it_is_signed(self):
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        key.action_activate_unchecked()
        self.send_test()
        self.assertIn(b"DKIM-Signature", self.sink.deliveries[0].data)
