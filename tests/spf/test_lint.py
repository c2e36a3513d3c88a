# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.errors import TempError
from ...mailauth.spf.lint import lint_record
from ..common import ZoneResolver, run

DOMAIN = "acme.example"
LONG = " ".join(f"ip4:192.0.2.{n}" for n in range(18))
ELEVEN = " ".join(f"a:h{n}.acme.example" for n in range(11))
HOSTS = {(f"h{n}.acme.example", "A"): [f"192.0.2.{n}"] for n in range(11)}
ZONE = {
    **HOSTS,
    ("acme.example", "A"): ["192.0.2.1"],
    ("acme.example", "MX"): [(10, "h1.acme.example"), (20, "h2.acme.example")],
    ("ok.example", "TXT"): ["v=spf1 a:h1.acme.example ip4:40.92.0.0/15 -all"],
    ("deep.example", "TXT"): ["v=spf1 include:ok.example mx:acme.example ?all"],
    ("none.example", "TXT"): ["unrelated"],
    ("two.example", "TXT"): ["v=spf1 -all", "v=spf1 mx -all"],
    ("bad.example", "TXT"): ["v=spf1 ip4:1.2.3 -all"],
    ("loop.example", "TXT"): ["v=spf1 include:loop.example -all"],
    ("slow.example", "TXT"): "timeout",
    ("mx.example", "MX"): [(n, "h1.acme.example") for n in range(11)],
    ("type99.example", "SPF"): ["v=spf1 -all"],
    ("half.example", "MX"): [(1, "h1.acme.example"), (2, "no.acme.example")],
    ("both.example", "MX"): [(1, "h1.acme.example"), (2, "six.acme.example")],
    ("six.acme.example", "AAAA"): ["2001:db8::6"],
}
# (record, [(code, status, section, position)])
CASES = [
    ("v=spf1 mx -all", []),
    ("v=spf1 mx ~all", []),
    ("v=spf1 redirect=ok.example", []),
    ("v=spf1 include:deep.example -all", []),
    ("v=spf1 mx", [("no_all", "warning", "4.7", -1)]),
    ("v=spf1 mx +all", [("pass_all", "fail", "5.1", 10)]),
    ("v=spf1 mx ?all", [("neutral_all", "warning", "5.1", 10)]),
    ("v=spf1 -all mx", [("after_all", "warning", "5.1", 12)]),
    (
        "v=spf1 -all redirect=ok.example",
        [("redirect_ignored", "warning", "6.1", 12)],
    ),
    ("v=spf1 ptr -all", [("ptr", "warning", "5.5", 7)]),
    ("v=spf1 mx mx -all", [("duplicate", "warning", "4.6", 10)]),
    (
        "v=spf1 a:H1.acme.example a:h1.acme.example. ~all",
        [("duplicate", "warning", "4.6", 25)],
    ),
    ("v=spf1 ip4:10.0.0.0/15 -all", [("wide_network", "warning", "5.6", 7)]),
    ("v=spf1 ip4:10.0.0.0/16 -all", []),
    ("v=spf1 ip6:2001:db8::/31 -all", [("wide_network", "warning", "5.6", 7)]),
    ("v=spf1 ip6:2001:db8::/32 -all", []),
    ("v=spf1 a/8 -all", [("wide_network", "warning", "5.6", 7)]),
    ("v=spf1 -ip4:10.0.0.0/8 mx -all", []),
    ("v=spf1 foo -all", [("syntax_unknown_mechanism", "fail", "4.6", 7)]),
    ("v=spf1 mx  ip4:1.2.3 -all", [("syntax_bad_network", "fail", "4.6", 11)]),
    ("v=spf1 a:local -all", [("syntax_bad_domain", "fail", "4.6", 7)]),
    ("v=spf1 a/33 -all", [("syntax_bad_prefix", "fail", "4.6", 7)]),
    ("v=spf1 include -all", [("syntax_bad_argument", "fail", "4.6", 7)]),
    (
        "v=spf1 exists:%{x}.acme.example ~all",
        [("syntax_macro_syntax", "fail", "4.6", 7)],
    ),
    ("v=spf1 exp=a.b exp=a.b -all", [("syntax_duplicate_modifier", "fail", "4.6", 15)]),
    (b"v=spf1 \xe4 -all", [("syntax_not_ascii", "fail", "4.6", 7)]),
    ("v=spf1 include=ok.example -all", [("lost_mechanism", "warning", "6", 7)]),
    ("v=spf1 x=ok.example -all", []),
    (
        "v=spf1 " + "ip4:192.0.2.255 " * 15 + "ip4:1.23",
        [
            ("syntax_bad_network", "fail", "4.6", 247),
            *[("duplicate", "warning", "4.6", 7 + 16 * n) for n in range(1, 15)],
            ("no_all", "warning", "4.7", -1),
            ("cut", "warning", "3.3", -1),
        ],
    ),
    (f"v=spf1 {LONG} -all", [("long_string", "info", "3.3", -1)]),
    (f"v=spf1 {ELEVEN} -all", [("too_many_lookups", "fail", "4.6.4", -1)]),
    ("v=spf1 a:no.acme.example -all", [("void_lookups", "warning", "4.6.4", -1)]),
    (
        "v=spf1 a:x1.example a:x2.example mx:x3.example -all",
        [("void_lookups", "fail", "4.6.4", -1)],
    ),
    # What is empty for clients of one family only is as it should be, up to the limit.
    (
        "v=spf1 a:h1.acme.example a:h2.acme.example mx -all",
        [("void_ipv6", "info", "4.6.4", -1)],
    ),
    ("v=spf1 a:h1.acme.example mx -all", []),
    ("v=spf1 mx:half.example -all", [("void_lookups", "warning", "4.6.4", -1)]),
    ("v=spf1 mx:both.example -all", []),
    ("v=spf1 include:no.example -all", [("include_none", "fail", "5.2", 7)]),
    ("v=spf1 include:none.example -all", [("include_none", "fail", "5.2", 7)]),
    ("v=spf1 redirect=none.example", [("redirect_none", "fail", "6.1", 7)]),
    ("v=spf1 include:two.example -all", [("include_several", "fail", "4.5", 7)]),
    ("v=spf1 include:bad.example -all", [("include_syntax", "fail", "4.6", 7)]),
    ("v=spf1 include:loop.example ~all", [("include_loop", "fail", "4.6.4", 7)]),
    ("v=spf1 include:slow.example ~all", [("dns_timeout", "temperror", "4.4", 7)]),
    ("v=spf1 mx:mx.example -all", [("too_many_mx", "fail", "4.6.4", 7)]),
    ("v=spf1 exists:%{i}.list.example -all", []),
]


class TestLint(BaseCase):
    def _lint(self, *records, domain=DOMAIN, **zone):
        return run(
            lint_record(domain, ZoneResolver({**ZONE, (domain, "TXT"): records}))
        )

    def test_issues(self):
        for record, expected in CASES:
            with self.subTest(record=record):
                lint = self._lint(record)
                found = [(i.code, i.status, i.section, i.position) for i in lint.issues]
                # What loops or lies deeper has a position in another record.
                self.assertEqual(sorted(found), sorted(expected))

    def test_no_record(self):
        issues = self._lint("unrelated").issues
        self.assertEqual(
            [(i.code, i.status) for i in issues], [("record_none", "fail")]
        )

    def test_nearly(self):
        lint = self._lint("unrelated", ' "v=spf1 mx -all"')
        self.assertEqual(
            [(i.code, i.status, i.section, i.detail) for i in lint.issues],
            [("record_nearly", "fail", "4.5", ' "v=spf1 mx -all"')],
        )
        self.assertEqual((lint.records, lint.tree), ((), None))
        self.assertEqual(self._lint("v=spf1 mx -all", " v=spf1 a -all").issues, ())

    def test_alias(self):
        zone = {("alias.example", "CNAME"): ["ok.example"]}
        lint = run(lint_record("alias.example", ZoneResolver({**ZONE, **zone})))
        self.assertEqual(lint.alias, "ok.example")

    def test_several(self):
        lint = self._lint("v=spf1 -all", "v=spf1 foo ~all")
        codes = [issue.code for issue in lint.issues]
        self.assertEqual(codes, ["syntax_unknown_mechanism", "record_several"])
        self.assertEqual(len(lint.records), 2)
        self.assertIsNone(lint.tree)

    def test_type99(self):
        lint = self._lint("v=spf1 -all", domain="type99.example")
        self.assertEqual([issue.code for issue in lint.issues], ["type99"])

        lint = run(lint_record("type99.example", ZoneResolver(ZONE)))
        codes = [issue.code for issue in lint.issues]
        self.assertEqual(codes, ["record_none", "type99"])
        self.assertEqual(lint.meant.counting, (b"v=spf1 -all",))

    def test_costs_and_networks(self):
        lint = self._lint("v=spf1 mx include:deep.example ip6:2001:db8::/48 -all")
        self.assertEqual(lint.cost.lookups, 5)
        costs = [(cost.term, cost.lookups) for cost in lint.costs]
        self.assertEqual(costs, [("mx", 1), ("include:deep.example", 4)])
        networks = [(n.network, n.term, n.path[1:]) for n in lint.networks]
        deep, ok = ("deep.example",), ("deep.example", "ok.example")
        self.assertEqual(
            networks,
            [
                ("192.0.2.1/32", "mx", ()),
                ("192.0.2.2/32", "mx", ()),
                ("192.0.2.1/32", "a:h1.acme.example", ok),
                ("40.92.0.0/15", "ip4:40.92.0.0/15", ok),
                ("192.0.2.1/32", "mx:acme.example", deep),
                ("192.0.2.2/32", "mx:acme.example", deep),
                ("2001:db8::/48", "ip6:2001:db8::/48", ()),
            ],
        )

    def test_no_answer(self):
        with self.assertRaises(TempError):
            run(lint_record("slow.example", ZoneResolver(ZONE)))

    def test_hostile(self):
        record = "v=spf1 " + " ".join(f"x{n} a:{n}.example" for n in range(3000))
        resolver = ZoneResolver({(DOMAIN, "TXT"): [record]})
        lint = run(lint_record(DOMAIN, resolver))
        self.assertEqual(len(lint.issues), 100)
        self.assertLess(len(resolver.calls), 130)
