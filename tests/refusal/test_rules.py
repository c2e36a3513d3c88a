# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.refusal.advice import ADVICE, ADVICE_OF
from ...mailauth.refusal.explain import explain_refusal
from ...mailauth.refusal.result import (
    BLAME_OF,
    BLAMES,
    CATEGORIES,
    NEVER_RECIPIENT,
)
from ...mailauth.refusal.rules import PROVIDERS, SOURCES, find_by_host
from .vendors import ANYWHERE, HOSTS, read_texts

# Those that the rules can't do without.
WANTED = {
    "gmail", "yahoo", "outlook", "exchange_online", "apple", "zoho", "gmx", "ionos",
    "ovh", "ses", "sendgrid", "mailgun", "brevo", "proofpoint", "mimecast", "barracuda",
    "postfix", "exim", "sendmail", "spamhaus",
}  # fmt: skip
CODE = (
    r"[2-6]\d\d(/[245]\.\d{1,3}\.\d{1,3})?\Z"
    r"|[245]\.\d{1,3}\.(\d{1,3}(-\d{1,3})?|\*)\Z"
)


def _rules():
    return [rule for provider in PROVIDERS.values() for rule in provider.rules]


def _key(refusal):
    return refusal.rule, refusal.source, refusal.category, refusal.advice


# Of each text, who may say it: hosts with and without rules of their own.
OTHERS = ("", ANYWHERE, HOSTS["exchange_online"], HOSTS["gmx"], HOSTS["barracuda"])


class TestRules(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.found = [
            (*row, explain_refusal(text=row[2], host=HOSTS.get(row[0], ANYWHERE)))
            for row in read_texts()
        ]

    def test_what_vendors_say(self):
        for provider, category, text, found in self.found:
            with self.subTest(provider, text=text):
                self.assertEqual(found.category, category)
                if provider in HOSTS:
                    self.assertEqual(found.provider, provider)

    def test_where_nobody_knows_the_host(self):
        right = [
            explain_refusal(text=text).category == category
            for _provider, category, text, _found in self.found
        ]
        # The rest is unknown rather than wrong, which the next test shows.
        self.assertGreater(sum(right), 0.9 * len(right))

    def test_our_fault_is_never_the_recipients(self):
        for _provider, category, text, _found in self.found:
            if category in NEVER_RECIPIENT:
                for host in OTHERS:
                    with self.subTest(text, host=host):
                        found = explain_refusal(text=text, host=host)
                        self.assertNotEqual(found.blame, "recipient")

    def test_enough_of_them(self):
        pairs = {
            (rule.provider, rule.category)
            for rule in _rules()
            if PROVIDERS[rule.provider].kind != "generic"
        }
        self.assertGreaterEqual(len(pairs), 60)
        self.assertLessEqual(WANTED, PROVIDERS.keys())
        tried = {row[:2] for row in self.found}
        self.assertLessEqual(pairs, tried)

    def test_each_rule_decides_somewhere(self):
        decided = {_key(found) for *_row, found in self.found}
        for rule in _rules():
            key = (rule.quote, rule.source.title, rule.category, rule.advice)
            with self.subTest(rule.provider, rule=rule.quote):
                self.assertIn(key, decided)

    def test_each_row_is_whole(self):
        for rule in _rules():
            with self.subTest(rule.provider, rule=rule.quote):
                self.assertIn(rule.category, CATEGORIES)
                self.assertIn(rule.blame, BLAMES)
                self.assertIn(rule.advice, ADVICE)
                self.assertIn(rule.scope, ("", "recipient", "receiver", "server"))
                self.assertTrue(rule.quote)
                self.assertTrue(rule.codes or rule.texts)
                for code in rule.codes:
                    self.assertRegex(code, CODE)
                for part in (part for text in rule.texts for part in text):
                    self.assertTrue(part.strip())
                    self.assertEqual(part, part.lower())
                if rule.category in NEVER_RECIPIENT:
                    self.assertNotEqual(rule.blame, "recipient")

    def test_never_by_the_code_alone(self):
        """Who is not known has only the codes that a standard has defined."""
        for rule in PROVIDERS["generic"].rules:
            if not rule.texts:
                with self.subTest(rule.codes):
                    self.assertTrue(rule.source.title.startswith("RFC "))

    def test_sources(self):
        used = {rule.source.title for rule in _rules()}
        self.assertEqual({source.title for source in SOURCES.values()}, used)
        for name, source in SOURCES.items():
            with self.subTest(name):
                self.assertRegex(source.as_of, r"(\d{4}-\d\d(-\d\d)?)?\Z")

    def test_defaults(self):
        self.assertEqual(set(BLAME_OF), set(CATEGORIES))
        self.assertEqual(set(ADVICE_OF), set(CATEGORIES))
        used = {rule.advice for rule in _rules()} | set(ADVICE_OF.values())
        self.assertEqual(used, set(ADVICE))

    def test_hosts(self):
        for provider, host in HOSTS.items():
            with self.subTest(host):
                self.assertEqual(find_by_host(f"{host.upper()}."), provider)
        self.assertEqual(find_by_host("notgoogle.com"), "")
        self.assertEqual(find_by_host("google.com.evil.example"), "")
        self.assertEqual(find_by_host(""), "")
