# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dns.host_pattern import match_weight, parse_patterns
from ...mailauth.errors import PermError

# (rule, patterns, host, matches)
MATCHES = [
    ("the exact name", "smtp.gmail.com", "smtp.gmail.com", True),
    ("another name", "smtp.gmail.com", "smtp2.gmail.com", False),
    ("case and the trailing dot", "SMTP.Gmail.com.", "smtp.GMAIL.com.", True),
    ("a name that only ends so", "gmail.com.example", "smtp.gmail.com", False),
    ("a star in front: one label", "*.ovh.net", "ssl0.ovh.net", True),
    ("a star in front: several labels", "*.ovh.net", "ns1.anycast.ovh.net", True),
    ("a star in front needs a label", "*.ovh.net", "ovh.net", False),
    ("a lookalike", "*.ovh.net", "evilovh.net", False),
    ("a star inside: one label", "smtp.*.aws.com", "smtp.eu-west-1.aws.com", True),
    ("a star inside: not two labels", "smtp.*.aws.com", "smtp.a.b.aws.com", False),
    ("a part of a label", "*.awsdns-*.com", "ns-1.awsdns-63.com", True),
    ("a part that is missing", "*.awsdns-*.com", "ns-1.awsdn.com", False),
    ("overlapping parts of a label", "*.aba*aba.com", "ns.aba.com", False),
    ("the second of two", "a.example, b.example", "b.example", True),
    ("separated by spaces", "a.example b.example", "b.example", True),
    ("IDN", "smtp.xn--mller-kva.example", "smtp.m\xfcller.example", True),
    ("no host", "*.ovh.net", "", False),
    ("rubbish as host", "*.ovh.net", "..\x00" + "a" * 5000, False),
    ("no pattern", "", "smtp.gmail.com", False),
]
INVALID = [
    "*",
    "*.com",
    "smtp.*",
    "a.*.com",
    "a**b.example.com",
    "gmail",
    "a..example",
    "x" * 64 + ".example",
    "x." * 200 + "example",
]


class TestHostPattern(BaseCase):
    def test_match(self):
        for rule, patterns, host, expected in MATCHES:
            with self.subTest(rule):
                weight = match_weight(parse_patterns(patterns), host)
                self.assertEqual(weight > 0, expected)

    def test_more_specific_weighs_more(self):
        order = [
            "*.example.com",
            "*.b.example.com",
            "a*.b.example.com",
            "a1.b.example.com",
        ]
        weights = [match_weight(parse_patterns(p), "a1.b.example.com") for p in order]
        self.assertEqual(weights, sorted(set(weights)))

    def test_invalid(self):
        for text in INVALID:
            with self.subTest(text[:40]), self.assertRaises(PermError) as caught:
                parse_patterns(text)
            self.assertEqual(caught.exception.code, "host_pattern")

    def test_bounded(self):
        with self.assertRaises(PermError) as caught:
            parse_patterns("a.example " * 51)
        self.assertEqual(caught.exception.code, "host_patterns")
