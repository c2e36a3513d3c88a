# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dkim.difference import TagDifference, compare_records

KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAarsgyv6TQQySs04XrQKCeYhMNvFNwIDAQAB"
OTHER = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuzUtGQdBZ2Wq0vvVRzqzTvyBoZbEFwIDAQAB"
)
OURS = f"v=DKIM1; k=rsa; p={KEY}"

# (case, what DNS shows, (tag, found, expected) of each difference)
CASES = [
    ("the same", OURS, []),
    ("white space", f"v=DKIM1;k=rsa;p={KEY[:20]} {KEY[20:]}", []),
    ("what is meant without being said", f"p={KEY}", []),
    (
        "another key",
        f"v=DKIM1; k=rsa; p={OTHER}",
        [("p", "MIIBIjAN...uzUtGQdBZ2Wq0vvV...FwIDAQAB", None)],
    ),
    (
        "another kind",
        "v=DKIM1; k=ed25519; p=MCowBQ",
        [("k", "ed25519", "rsa"), ("p", "MCowBQ", None)],
    ),
    ("cut off", OURS[:50], [("p", KEY[:32], None)]),
    ("no key", "v=DKIM1; k=rsa", [("p", "", None)]),
    ("another version", f"v=DKIM2; p={KEY}", [("v", "DKIM2", "DKIM1")]),
    ("nothing of the kind", "hello", [("p", "", None)]),
]


class TestDifference(BaseCase):
    def test_records(self):
        for case, found, expected in CASES:
            with self.subTest(case):
                result = compare_records(found, OURS)
                self.assertEqual([one.tag for one in result], [e[0] for e in expected])
                for one, (tag, theirs, ours) in zip(result, expected, strict=True):
                    self.assertEqual(one.found, theirs)
                    if tag != "p":
                        self.assertEqual(one.expected, ours)

    def test_lengths_are_those_of_the_whole_value(self):
        (one,) = compare_records(f"p={OTHER}", OURS)
        self.assertIsInstance(one, TagDifference)
        self.assertEqual(one.found_length, len(OTHER))
        self.assertEqual(one.expected_length, len(KEY))
        self.assertLess(len(one.expected), len(KEY))

    def test_what_is_hostile_stays_short(self):
        (one,) = compare_records("p=" + "A" * 4000, OURS)
        self.assertLess(len(one.found), 60)
