# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import dataclasses

from odoo.tests import BaseCase

from ...mailauth.dkim.lookup import check_dkim_key
from ...mailauth.errors import TempError
from ..common import ZoneResolver, run
from .published import (
    HOSTED,
    NAME,
    OTHER_VALUE,
    OUR_ED,
    OUR_RSA,
    RSA,
    SHORT_VALUE,
    VALUE,
)
from .test_record import RECORDS

# (rule, zone, our key or None, result, problem)
ANSWERS = (
    ("6376 3.6.2.1: there", {(NAME, "TXT"): [VALUE]}, None, "pass", ""),
    ("6376 3.6.2.1: ours", {(NAME, "TXT"): [VALUE]}, OUR_RSA, "pass", ""),
    (
        "6376 3.6.2.2: split strings are joined, no space between",
        {(NAME, "TXT"): [(VALUE[:200], VALUE[200:])]},
        OUR_RSA,
        "pass",
        "",
    ),
    (
        "6376 3.6.1: equal in type and data, whatever else it says",
        {(NAME, "TXT"): [b"p=" + RSA + b"; t=s; n=x"]},
        OUR_RSA,
        "pass",
        "",
    ),
    ("6376 3.6.2.1: no such name", {}, None, "none", "key_absent"),
    (
        "2308 2.2: the name has only other records",
        {(NAME, "A"): ["192.0.2.1"]},
        OUR_RSA,
        "none",
        "key_absent",
    ),
    (
        "6376 3.6.2.2: several records",
        {(NAME, "TXT"): [VALUE, OTHER_VALUE]},
        OUR_RSA,
        "permerror",
        "key_several",
    ),
    (
        "6376 3.6.1: revoked",
        {(NAME, "TXT"): [b"v=DKIM1; p="]},
        OUR_RSA,
        "permerror",
        "key_revoked",
    ),
    ("6376 6.1.2: nonsense", {(NAME, "TXT"): [b"x"]}, None, "permerror", "key_syntax"),
    (
        "6376 3.6.1: another key",
        {(NAME, "TXT"): [OTHER_VALUE]},
        OUR_RSA,
        "fail",
        "key_differs",
    ),
    (
        "8463 4.2: another type",
        {(NAME, "TXT"): [VALUE]},
        OUR_ED,
        "fail",
        "key_differs",
    ),
    (
        "1034 3.6.2: a CNAME to our key",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "TXT"): [VALUE]},
        OUR_RSA,
        "pass",
        "",
    ),
    (
        "1034 3.6.2: a CNAME to somebody else's key",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "TXT"): [OTHER_VALUE]},
        OUR_RSA,
        "fail",
        "key_cname_differs",
    ),
    (
        "1034 3.6.2: a CNAME that points nowhere",
        {(NAME, "CNAME"): [HOSTED]},
        OUR_RSA,
        "none",
        "key_cname_dangling",
    ),
    (
        "1034 3.6.2: a CNAME to a name without TXT",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "A"): ["192.0.2.1"]},
        None,
        "none",
        "key_cname_dangling",
    ),
    (
        "6376 6.1.2: DNS fails",
        {(NAME, "TXT"): TempError("dns_timeout", NAME)},
        OUR_RSA,
        "temperror",
        "dns_timeout",
    ),
    (
        "1034 3.6.2: CNAMEs in a circle",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "CNAME"): [NAME]},
        None,
        "temperror",
        "dns_loop",
    ),
    (
        "8301 3.2: short, and not ours: the difference counts",
        {(NAME, "TXT"): [SHORT_VALUE]},
        OUR_RSA,
        "fail",
        "key_differs",
    ),
)

# (rule, selector, valid)
SELECTORS = (
    ("6376 3.1: a label", "odoo-202611", True),
    ("6376 3.1: labels", "mail.2026.acme", True),
    ("6376 3.1: upper case", "S1", True),
    ("2181 11: an underscore inside", "s_1", True),
    ("6376 3.1: empty", "", False),
    ("6376 3.1: an empty label", "a..b", False),
    ("6376 3.1: a last dot", "a.", False),
    ("1035 2.3.1: a hyphen first", "-a", False),
    ("1035 2.3.1: a hyphen last", "a-", False),
    ("1035 2.3.4: 63 bytes", "a" * 63, True),
    ("1035 2.3.4: 64 bytes", "a" * 64, False),
    ("1035 2.3.1: a space", "a b", False),
    ("6376 3.5: a tag would end", "a;b", False),
    ("5321 2.3.1: a line would end", "a\nb", False),
    ("5321 2.3.1: a line would end", "a\n", False),
    ("6376 3.1: not ASCII", "clé", False),
)


class TestCheckDkimKey(BaseCase):
    def test_answers(self):
        for rule, zone, public_key, result, problem in ANSWERS:
            with self.subTest(rule):
                resolver = ZoneResolver(zone)
                check = check_dkim_key("s1", "acme.example", resolver, public_key)
                found = run(check)
                self.assertEqual((found.result, found.problem), (result, problem))
                self.assertEqual(found.name, NAME)
                self.assertEqual(resolver.calls, [(NAME, "TXT")])

    def test_the_tables_are_long_enough(self):
        self.assertGreaterEqual(len(RECORDS) + len(ANSWERS), 60)

    def test_selectors(self):
        for rule, selector, valid in SELECTORS:
            with self.subTest(rule, selector=selector):
                resolver = ZoneResolver({})
                found = run(check_dkim_key(selector, "acme.example", resolver))
                problem = "key_absent" if valid else "key_selector"
                self.assertEqual(found.problem, problem)
                self.assertEqual(len(resolver.calls), int(valid))

    def test_evidence_of_a_cname(self):
        zone = {(NAME, "CNAME"): [HOSTED], (HOSTED, "TXT"): [b"t=y; p=" + RSA]}
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver(zone)))
        self.assertEqual(found.cnames, (HOSTED,))
        self.assertEqual(found.found, ("t=y; p=" + RSA.decode(),))
        self.assertEqual(found.warnings, ("key_testing",))
        self.assertEqual(found.record.public_key, OUR_RSA)
        self.assertEqual(found.ttl, 300)

    def test_what_was_found_is_bounded(self):
        zone = {(NAME, "TXT"): [bytes([n % 256]) * 5000 for n in range(200)]}
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver(zone)))
        self.assertEqual((found.problem, found.detail), ("key_several", "200"))
        self.assertEqual(len(found.found), 10)
        self.assertLess(sum(map(len, found.found)), 10 * 4 * 4096 + 1)

    def test_what_was_found_is_shown_safely(self):
        zone = {(NAME, "TXT"): [b"v=DKIM1; n=\xe2\x80\xae\x1b[1m; p="]}
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver(zone)))
        for text in (*found.found, found.detail):
            self.assertTrue(text.isascii() and text.isprintable(), text)

    def test_a_result_is_frozen(self):
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver({})))
        with self.assertRaises(dataclasses.FrozenInstanceError):
            found.result = "pass"
