# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import sys
from unittest.mock import patch

from odoo.tests import BaseCase

from ...mailauth.message.raw import read_raw
from ...mailauth.refusal.guess import find_failures
from .shapes import exim

JANE = "jane@receiver.example"


class TestGuess(BaseCase):
    def test_what_flufl_bounce_knows(self):
        raw = exim(JANE, "mx.receiver.example", "550 5.1.1 No such user")
        self.assertEqual(find_failures(read_raw(raw)), [JANE])

    def test_it_is_an_optional_package(self):
        raw = exim(JANE, "mx.receiver.example", "550 5.1.1 No such user")
        with patch.dict(sys.modules, {"flufl.bounce": None}):
            self.assertEqual(find_failures(read_raw(raw)), [])

    def test_what_breaks_it_is_not_logged(self):
        for raw in (b"Subject: x\r\n\r\n", b"From: \xff\r\nTo: x\r\n\r\n"):
            with self.subTest(raw), self.assertNoLogs("flufl.bounce"):
                self.assertEqual(find_failures(read_raw(raw)), [])

    def test_what_it_is_not_asked(self):
        large = b"Subject: x\r\n\r\n" + b"a" * 300_000
        nested = b"Subject: x\r\n\r\n" + b"\n--b" * 300
        for raw in (large, nested):
            self.assertEqual(find_failures(read_raw(raw)), [])
