# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
from pathlib import Path

import polib

from odoo.tests import BaseCase

from ...mailauth.domain.check import CODES
from ...mailauth.domain.reasons import CAUSES, KINDS, TEXTS, TITLES, explain
from ...mailauth.findings import Reason

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "mailauth" / "domain"
MARKED = (TITLES, TEXTS, CAUSES)


class TestReasons(BaseCase):
    def test_explain(self):
        cases = [
            (Reason("bimi_ok"), "The BIMI record names an image."),
            (
                Reason("key_ok", (("selector", "s1"), ("bits", "2048"))),
                "Selector s1 shows a valid key (2048 bits).",
            ),
            (
                Reason("dns_failed", (("cause", "dns_refused"), ("detail", "a TXT"))),
                "Nothing is known: the nameserver refused to answer (a TXT).",
            ),
            (
                Reason("dns_failed", (("cause", "new_cause"), ("detail", "a TXT"))),
                "Nothing is known: the nameserver answered with an error (a TXT).",
            ),
            # A per cent sign from DNS is text, not a placeholder.
            (Reason("spf_ptr", (("term", "ptr:%(x)s"),)), None),
            (Reason("new_code"), "new_code"),
            (Reason("new_code", (("a", "1"),)), "new_code (a: 1)"),
        ]
        for reason, expected in cases:
            with self.subTest(reason):
                text = explain(reason)
                self.assertEqual(text, expected or text)
        self.assertIn("ptr:%(x)s", explain(cases[4][0]))

    def test_every_code_has_a_text(self):
        """Codes that a check writes down itself; the others come from the results."""
        sources = [path.read_text() for path in CHECKS.glob("[!p]*.py")]
        codes = set(re.findall(r'\breason\(\s*"([a-z0-9_]+)"', "".join(sources)))
        self.assertGreater(len(codes), 50)
        self.assertEqual(codes - set(TEXTS), set(), "they need a text in TEXTS")

    def test_every_text_is_used(self):
        """Codes are written down, or put together: f"spf_{issue.code}"."""
        files = [path for path in (ROOT / "mailauth").rglob("*.py")]
        source = "".join(p.read_text() for p in files if p.name != "reasons.py")
        words = set(re.findall(r'"([a-z0-9_]+)"', source))
        beginnings = set(re.findall(r'f"([a-z0-9_]+_)\{', source))
        self.assertGreater(len(beginnings), 5)

        def is_used(code):
            rests = [code.removeprefix(b) for b in beginnings if code.startswith(b)]
            return code.removesuffix("_seen") in words or any(map(is_used, rests))

        self.assertEqual([code for code in TEXTS if not is_used(code)], [])

    def test_every_failure_of_dns_has_words(self):
        sources = (path.read_text() for path in (ROOT / "mailauth").rglob("*.py"))
        codes = set(re.findall(r'"(dns_[a-z_]+)"', "".join(sources)))
        self.assertEqual(codes - {"dns_failed", "dns_silent"}, set(CAUSES))

    def test_kinds_are_of_reasons(self):
        self.assertEqual(set(KINDS) - set(TEXTS), set())

    def test_every_text_is_exported_for_translation(self):
        """Odoo's export of terms finds only literals inside a marking call."""
        source = (CHECKS / "reasons.py").read_text()
        self.assertEqual(source.count(": _lt("), sum(map(len, MARKED)))

    def test_every_check_has_a_title(self):
        self.assertEqual(set(TITLES), set(CODES), "each check needs a title in TITLES")

    def test_every_text_is_translated(self):
        """Of a text that is missing here the screens show the English."""
        texts = {text for marked in MARKED for text in marked.values()}
        files = sorted((ROOT / "i18n").glob("*.po*"))
        self.assertGreater(len(files), 1)
        for path in files:
            entries = polib.pofile(str(path))
            is_template = path.suffix == ".pot"
            known = {one.msgid for one in entries if is_template or one.msgstr}
            with self.subTest(path.name):
                missing = sorted(texts - known)
                self.assertFalse(missing, "run `make pot`, and translate what is new")

    def test_texts_are_sentences(self):
        for code, text in TEXTS.items():
            with self.subTest(code):
                self.assertRegex(text, r"^[A-Z%?+].*(\.|%\(\w+\)s)$")
                self.assertNotIn("  ", text)
