# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import datetime
import re
from pathlib import Path

from odoo.tests import BaseCase

from ...mailauth.message import content
from ...mailauth.message.content.reasons import TEXTS, TITLES, TODO
from ...mailauth.message.receiver_rules import RULES

_SOURCE = "\n".join(
    path.read_text() for path in Path(content.__file__).parent.glob("*.py")
)


class TestReceiverRules(BaseCase):
    def test_each_rule_is_asked_and_explained(self):
        for code in RULES:
            self.assertIn(f'"{code}"', _SOURCE)
        for texts in (TITLES, TODO):
            self.assertEqual(set(texts), set(RULES))

    def test_each_reason_has_a_text(self):
        asked = set(re.findall(r'\breason\(\s*"(\w+)"', _SOURCE))
        self.assertLessEqual(asked, set(TEXTS))

    def test_each_rule_says_who_asks_where_and_when(self):
        for code, rule in RULES.items():
            with self.subTest(code):
                self.assertTrue(rule.source)
                day = datetime.date.fromisoformat(rule.as_of)
                self.assertLessEqual(datetime.date(2024, 1, 1), day)
                self.assertIn(rule.weakens, "ABF")

    def test_advice_costs_nothing(self):
        for code, rule in RULES.items():
            with self.subTest(code):
                if rule.status == "info":
                    self.assertEqual(rule.weakens, "A")
                # Where a receiver demands something the grade says so, too.
                if rule.status == "fail":
                    self.assertTrue(rule.receivers)
                    self.assertIn(rule.weakens, "BF")
