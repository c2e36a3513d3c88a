# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.message.raw import read_raw
from ...mailauth.refusal.guess import find_failures
from .shapes import exim

JANE = "jane@receiver.example"


class TestGuess(BaseCase):
    def test_what_flufl_bounce_knows(self):
        raw = exim(JANE, "mx.receiver.example", "550 5.1.1 No such user")
        # It is an optional package: without it nothing is found, and nothing fails.
        self.assertIn(find_failures(read_raw(raw)), ([], [JANE]))

    def test_what_it_is_not_asked(self):
        large = b"Subject: x\r\n\r\n" + b"a" * 300_000
        nested = b"Subject: x\r\n\r\n" + b"\n--b" * 300
        for raw in (large, nested):
            self.assertEqual(find_failures(read_raw(raw)), [])
