# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dns.resolver import per_check
from ...mailauth.domain.reasons import TEXTS
from ...mailauth.spf.reach import KINDS, Stop, find_way, reach_term
from ...mailauth.spf.record import parse_term
from ...mailauth.spf.walker import MAX_TREE, share_tree
from ..common import ZoneResolver, run

ZONE = {
    ("h.example", "A"): ["192.0.2.1"],
    ("in.example", "A"): ["10.0.0.1"],
    ("h.example", "MX"): [(n, f"h{n}.example") for n in range(11)],
    ("ok.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    ("none.example", "TXT"): ["v=spf1 ~all"],
    ("half.example", "TXT"): ["v=spf1 ip4:192.0.2.9 include:no.example -all"],
    ("late.example", "TXT"): ["v=spf1 include:no.example ip4:192.0.2.9 -all"],
    ("slow.example", "TXT"): "timeout",
}
# (terms, whether anybody can pass, the code of what ends it for all others)
WAYS = [
    ("ip4:192.0.2.1 -all", True, ""),
    ("-all", False, ""),
    ("", False, ""),
    ("~ip4:192.0.2.1 ?a:h.example -all", False, ""),
    ("ip4:10.0.0.0/8 ip4:100.64.1.1 ip6:fe80::/10 ip4:224.0.0.5 -all", False, ""),
    ("a:in.example -all", False, ""),
    ("a:h.example -all", True, ""),
    ("include:ok.example -all", True, ""),
    ("-include:ok.example ~all", False, ""),
    ("include:none.example redirect=none.example", False, ""),
    ("redirect=ok.example", True, ""),
    ("include:half.example -all", True, "record_none"),
    ("include:late.example ip4:192.0.2.1 -all", False, "record_none"),
    ("ip4:192.0.2.1 include:late.example -all", True, "record_none"),
    ("include:slow.example ip4:192.0.2.1", False, "dns_timeout"),
    ("mx:h.example ip4:192.0.2.1", False, "too_many_mx"),
    ("-ip4:0.0.0.0/0 ip4:192.0.2.1 -all", False, ""),
    ("-ip4:0.0.0.0/0 ip6:2001:db8::1 -all", True, ""),
    ("-exists:h.example ip4:192.0.2.1 -all", False, ""),
    ("exists:h.example -all", True, ""),
    ("exists:no.example -all", False, ""),
    ("exists:%{i}.no.example -all", True, ""),
    ("ptr -all", True, ""),
    ("+all", True, ""),
    ("a:1.x.example a:2.x.example a:3.x.example +all", False, "too_many_void_lookups"),
    ("include:none.example " * 10 + "a:h.example", False, "too_many_lookups"),
]
# (terms, what is looked for, what becomes of it, what ends it, only for some)
TERMS = [
    ("a:h.example -all", "a:h.example", "found", None, False),
    ("-all", "a:h.example", "missing", None, False),
    ("include:late.example a:h.example", "a:h.example", "stopped",
     Stop("record_none", "include:no.example"), False),
    ("include:half.example", "include:half.example", "stopped",
     Stop("record_none", "include:no.example"), False),
    ("include:no.example", "include:no.example", "stopped",
     Stop("record_none", "include:no.example"), False),
    ("a:h.example " * 11, "mx", "stopped",
     Stop("too_many_lookups", "a:h.example"), False),
    ("a:h.example a:h.example/24 a:h.example/20 include:ok.example",
     "include:ok.example", "found", None, True),
]  # fmt: skip


class TestReach(BaseCase):
    def _walk(self, terms):
        zone = {**ZONE, ("acme.example", "TXT"): [f"v=spf1 {terms}".strip()]}

        async def walk():
            async with per_check(ZoneResolver(zone)) as resolver:
                return await share_tree("acme.example", resolver, MAX_TREE)

        return run(walk())

    def test_ways(self):
        for terms, is_open, stop in WAYS:
            with self.subTest(terms):
                way = find_way(self._walk(terms))
                found = (way.open, way.stop.code if way.stop else "")
                self.assertEqual(found, (is_open, stop))

    def test_terms(self):
        for terms, wanted, outcome, stop, partly in TERMS:
            with self.subTest(terms):
                found = reach_term(self._walk(terms), parse_term(wanted))
                expected = (outcome, stop, partly)
                self.assertEqual((found.outcome, found.stop, found.partly), expected)

    def test_each_kind_has_words(self):
        kinds = {*KINDS.values(), "other"}
        codes = {f"spf_stops_{kind}" for kind in kinds}
        codes |= {f"omitted_spf_dead_{kind}" for kind in (*kinds, "empty")}
        self.assertEqual(codes - set(TEXTS), set())
