# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
from pathlib import Path

from odoo.tests import BaseCase

from ...mailauth.domain.reasons import TEXTS as DOMAIN_TEXTS
from ...mailauth.findings import Reason, reason
from ...mailauth.message.grade import _grade
from ...mailauth.message.reasons import (
    _BY_REASON,
    GRADES,
    TEXTS,
    TITLES,
    TODO,
    explain,
    find_title,
)
from ...mailauth.message.receiver_rules import RULES

MESSAGE = Path(__file__).parents[2] / "mailauth" / "message"


def _read_sources():
    paths = (path for path in MESSAGE.rglob("*.py") if path.name != "reasons.py")
    return "".join(path.read_text() for path in sorted(paths))


class TestMessageReasons(BaseCase):
    def test_every_code_has_a_text(self):
        source = _read_sources()
        made = set(re.findall(r'\breason\(\s*"([a-z0-9_]+)"', source))
        self.assertGreater(len(made), 30)
        self.assertEqual(made - set(TEXTS) - set(DOMAIN_TEXTS), set())
        found = set(re.findall(r'\bmake_finding\(\s*"([a-z0-9_]+)"', source))
        found |= set(re.findall(r'\bbreak_rule\(\s*"([a-z0-9_]+)"', source))
        found |= set(RULES)
        self.assertGreater(len(found), 40)
        self.assertEqual(found - set(TITLES), set(), "they need a title")
        self.assertEqual(found - set(TODO), set(), "what is to be done?")
        self.assertEqual(set(TODO), set(TITLES))

    def test_every_text_is_used(self):
        source = _read_sources()
        words = set(re.findall(r'"([a-z0-9_]+)"', source))
        beginnings = tuple(re.findall(r'f"([a-z0-9_]+_)\{', source))
        endings = tuple(re.findall(r'f"\{\w+\}(_[a-z0-9_]+)"', source))
        words |= set(_BY_REASON.values())
        # ptr_absent and its like become pointer_absent.
        words |= {word.replace("ptr_", "pointer_") for word in words}
        unused = [
            code
            for code in (*TEXTS, *TITLES)
            if code not in words
            and not code.startswith(beginnings)
            and not code.endswith(endings)
        ]
        self.assertEqual(unused, [])

    def test_texts_are_sentences(self):
        for code, text in {
            **TEXTS,
            **{f"todo of {c}": t for c, t in TODO.items()},
        }.items():
            with self.subTest(code):
                self.assertRegex(text, r"^[A-Z%].*(\.|%\(\w+\)s)$")
                self.assertNotIn("  ", text)
        for code, text in TITLES.items():
            with self.subTest(code):
                self.assertRegex(text, r"^[A-Z].*[^.]$")
                self.assertLess(len(text), 70)

    def test_explain(self):
        cases = [
            (
                reason("spf_result_none", domain="a.example"),
                "a.example has no SPF record.",
            ),
            (
                reason("unanswered", what="SPF", cause="dns_refused", detail="a TXT"),
                "SPF: the nameserver refused to answer (a TXT).",
            ),
            # A per cent sign of a stranger's is text, not a placeholder.
            (reason("added_text", text="%(x)s"), None),
            (Reason("new_code"), "new_code"),
            (Reason("new_code", (("a", "1"),)), "new_code (a: 1)"),
        ]
        for why, expected in cases:
            with self.subTest(why):
                text = explain(why)
                self.assertEqual(text, expected or text)
        self.assertIn("%(x)s", explain(cases[2][0]))

    def test_a_broken_record_is_no_list_without_the_server(self):
        for codes, key in [
            (["spf_result_fail"], "spf_fails"),
            (["spf_stops_several", "spf_result_permerror"], "spf_broken"),
            ([], "spf_fails"),
        ]:
            with self.subTest(codes):
                self.assertEqual(find_title("spf_fails", codes), key)
                self.assertIn(key, TITLES)

    def test_grades(self):
        """The table, row by row."""
        cases = [
            # (SPF counts, DKIM counts, the policy, what rules cost, the letter)
            (True, True, "none", "A", "A"),
            (True, True, "reject", "A", "A"),
            (True, True, "reject", "B", "B"),
            (True, True, "reject", "F", "F"),
            (True, False, "reject", "A", "C"),
            (False, True, "none", "B", "C"),
            (True, True, "", "B", "C"),
            (True, False, "", "A", "C"),
            (False, False, "none", "A", "D"),
            (False, False, "", "B", "D"),
            (False, False, "quarantine", "A", "F"),
            (False, False, "reject", "B", "F"),
        ]
        for *case, letter in cases:
            with self.subTest(case):
                self.assertEqual(_grade(*case), letter)
        self.assertEqual(set(GRADES), {*"ABCDF", ""})
