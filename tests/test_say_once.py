# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from unittest.mock import patch

from odoo.tests import BaseCase

from ..models.tools import say_once
from ..models.tools.say_once import SayOnce


def line(text, *args):
    return logging.LogRecord("log", logging.WARNING, "", 0, text, args, None)


class TestSayOnce(BaseCase):
    def test_once_for_each_cause(self):
        once = SayOnce("No server for %s")
        said = [once.filter(line("No server for %s", who)) for who in "aabba"]
        self.assertEqual(said, [True, False, True, False, False])

    def test_other_lines_pass(self):
        once = SayOnce("No server")
        self.assertTrue(all(once.filter(line("Something else")) for _time in range(3)))

    def test_after_an_hour_again(self):
        once = SayOnce()
        with patch.object(say_once.time, "monotonic") as clock:
            said = []
            for clock.return_value in (0, 3599, 3600, 3601):
                said.append(once.filter(line("x")))
        self.assertEqual(said, [True, False, True, False])

    def test_memory_is_bounded(self):
        once = SayOnce()
        with patch.object(say_once, "MOST", 3):
            said = [once.filter(line("%s", number)) for number in (1, 2, 3, 4, 4, 1)]
        self.assertEqual(said, [True, True, True, True, False, True])
        self.assertLessEqual(len(once._said), 3 + 1)
