# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A test message from a mailbox elsewhere, brought back by its source."""

import re

from odoo.tests import tagged

from .trip_common import TripCase
from .verdicts import verdict


@tagged("post_install", "-at_install")
class TestHandBack(TripCase):
    def setUp(self):
        super().setUp()
        self.test = self.send_test(email_to="anna@gmail.example")
        self.raw = self.come_back(self.sink.deliveries[0])
        self.model = self.env["mail.test.message"].with_user(self.admin)

    def test_the_page_leads_to_where_the_source_is_pasted(self):
        told = self.test.get_verdict()
        self.assertEqual(told["actions"][0]["name"], "action_open_explain")
        self.assertIn("anna@gmail.example", told["remark"])

    def test_its_source_brings_it_back(self):
        self.assertEqual(self.model.explain(self.raw), self.test)
        self.assertEqual(self.leg(self.test).state, "back")

    def test_as_an_attachment(self):
        forward = (
            b"From: anna@gmail.example\r\nSubject: Fwd: x\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
            b"Content-Type: message/rfc822\r\n\r\n" + self.raw + b"\r\n--x--\r\n"
        )
        self.assertEqual(self.model.explain(forward), self.test)

    def test_once(self):
        self.model.explain(self.raw)
        again = self.model.explain(self.raw)
        self.assertNotEqual(again, self.test)
        self.assertEqual(again.kind, "explained")

    def test_another_message_that_names_it_is_explained(self):
        forged = (
            b"From: mallory@other.example\r\nSubject: Hi\r\nMessage-ID: "
            + re.search(rb"(?i)\nMessage-ID:\s*(<[^>]+>)", self.raw)[1]
            + b"\r\n\r\nHello\r\n"
        )
        self.assertNotEqual(self.model.explain(forged), self.test)
        self.assertEqual(self.leg(self.test).state, "waiting")

    def test_the_address_is_offered_once(self):
        values = {"state": "done", "verdict": verdict(client_ip="203.0.113.5")}
        self.test.sudo().write(values)
        names = [one["name"] for one in self.test.get_verdict()["actions"]]
        self.assertEqual(names, ["action_use_address", "action_send_again"])
        self.test.action_use_address()
        self.assertIn("203.0.113.5", self.server.sending_host_ips)
        names = [one["name"] for one in self.test.get_verdict()["actions"]]
        self.assertEqual(names, ["action_send_again"])
