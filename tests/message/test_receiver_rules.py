# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import datetime
import re
from pathlib import Path

from odoo.tests import BaseCase

from ...mailauth.message import content, receiver_rules
from ...mailauth.message.content.reasons import TEXTS
from ...mailauth.message.reasons import TITLES, TODO
from ...mailauth.message.receiver_rules import RULES


def _read_sources(module, pattern):
    folder = Path(module.__file__).parent
    return "\n".join(path.read_text() for path in folder.glob(pattern))


_CONTENT = _read_sources(content, "*.py")
_MESSAGE = _read_sources(receiver_rules, "*.py")


class TestReceiverRules(BaseCase):
    def test_each_rule_is_asked_and_explained(self):
        for code in RULES:
            self.assertIn(f'"{code}"', _CONTENT + _MESSAGE)
            self.assertTrue(TITLES[code])
            self.assertTrue(TODO[code])
        self.assertLessEqual(set(content.reasons.TITLES), set(RULES))
        self.assertEqual(set(content.reasons.TITLES), set(content.reasons.TODO))

    def test_each_reason_has_a_text(self):
        asked = set(re.findall(r'\breason\(\s*"(\w+)"', _CONTENT))
        self.assertLessEqual(asked, set(TEXTS))

    def test_each_rule_says_who_asks_where_and_when(self):
        for code, rule in RULES.items():
            with self.subTest(code):
                self.assertTrue(rule.source)
                day = datetime.date.fromisoformat(rule.as_of)
                self.assertLessEqual(datetime.date(2024, 1, 1), day)
                self.assertIn(rule.weakens, "ABCDF")

    def test_advice_costs_nothing(self):
        for code, rule in RULES.items():
            with self.subTest(code):
                if rule.status == "info":
                    self.assertEqual(rule.weakens, "A")
                # Where a receiver demands something the grade says so, too.
                if rule.status == "fail":
                    self.assertTrue(rule.receivers)
                    self.assertNotEqual(rule.weakens, "A")
