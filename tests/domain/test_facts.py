# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.domain.facts import Address
from ...mailauth.errors import PermError
from ...mailauth.findings import STATUSES, Finding, worst_status


class TestFacts(BaseCase):
    def test_addresses(self):
        for ip in ("192.0.2.1", "2001:db8::1"):
            self.assertEqual(Address(ip).ip, ip)
        for ip in ("", "192.0.2", "192.0.2.0/24", "relay.acme.example"):
            with self.subTest(ip), self.assertRaises(PermError) as caught:
                Address(ip)
            self.assertEqual(caught.exception.code, "address_invalid")

    def test_worst_status(self):
        cases = [
            ((), "pass"),
            (("pass", "info"), "pass"),
            (("info", "warning", "pass"), "warning"),
            (("warning", "temperror"), "temperror"),
            (STATUSES, "fail"),
        ]
        for statuses, expected in cases:
            with self.subTest(statuses):
                findings = tuple(Finding("mx", status) for status in statuses)
                self.assertEqual(worst_status(findings), expected)
