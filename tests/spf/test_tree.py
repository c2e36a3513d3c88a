# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.dns.resolver import per_check
from ...mailauth.errors import TempError
from ...mailauth.spf.check_host import check_host
from ...mailauth.spf.networks import find_networks
from ...mailauth.spf.tree import render_tree
from ...mailauth.spf.walker import MAX_TREE, share_tree
from ..common import ZoneResolver, run

ZONE = {
    ("acme.example", "TXT"): ["v=spf1 a include:_spf.a.example ip4:192.0.2.1 -all"],
    ("acme.example", "A"): ["192.0.2.2"],
    ("_spf.a.example", "TXT"): ["v=spf1 include:_spf.b.example ~all"],
    ("_spf.b.example", "TXT"): ["v=spf1 ip4:192.0.2.3 ~all"],
}
TREE = """\
acme.example: 3 of 10 lookups
  a [1]
  include:_spf.a.example [2]
    _spf.a.example: 1 of 10 lookups
      include:_spf.b.example [1]
        _spf.b.example: 0 of 10 lookups
          ip4:192.0.2.3
          ~all
      ~all
  ip4:192.0.2.1
  -all"""


class TestSpfTree(BaseCase):
    def _render(self, zone, domain="acme.example"):
        async def body():
            async with per_check(ZoneResolver(zone)) as resolver:
                return render_tree(await share_tree(domain, resolver, MAX_TREE))

        return run(body())

    def test_tree(self):
        self.assertEqual(self._render(ZONE), TREE)

    def test_failures_are_part_of_it(self):
        zone = {**ZONE, ("_spf.b.example", "TXT"): TempError("dns_timeout")}
        self.assertIn("dns_timeout", self._render(zone))
        del zone[("_spf.a.example", "TXT")]
        self.assertIn("_spf.a.example [1] record_none", self._render(zone))
        self.assertIn("record_none", self._render({}))

    def test_hostile_records_are_bounded(self):
        terms = " ".join(f"ip4:192.0.2.{n % 256}" for n in range(2000))
        zone = {("acme.example", "TXT"): [f"v=spf1 {terms} -all"]}
        self.assertLessEqual(len(self._render(zone).splitlines()), 81)
        zone = {("acme.example", "TXT"): [b"v=spf1 exists:" + b"\xff<b>" * 9000]}
        lines = self._render(zone).splitlines()
        self.assertTrue(all(len(line) < 300 for line in lines))


HOSTS = ["four.example", "six.example", "both.example", "gone.example"]
NESTED = [f"d{n}.example" for n in range(4)]
# Clients that no host has.
CLIENTS = {4: "203.0.113.9", 6: "2001:db8:9::9"}
FOUND = {
    ("four.example", "A"): ["192.0.2.4"],
    ("six.example", "AAAA"): ["2001:db8::6"],
    ("both.example", "A"): ["192.0.2.5"],
    ("both.example", "AAAA"): ["2001:db8::5"],
}


def records(later):
    """Records that may lead to the domains in ``later``, so that none loops."""
    hosts = st.sampled_from([*HOSTS, *NESTED])
    term = st.one_of(
        st.tuples(st.sampled_from(["a:", "mx:"]), hosts).map("".join),
        st.sampled_from(["ip4:192.0.2.1", "a", "mx", "exists:gone.example"]),
        st.sampled_from([f"include:{domain}" for domain in later] or ["mx"]),
    )
    terms = st.lists(st.tuples(st.sampled_from("+-~?"), term).map("".join), max_size=4)
    ends = ["-all", "", *(f"redirect={domain}" for domain in later)]
    return st.tuples(terms, st.sampled_from(ends)).map(
        lambda drawn: " ".join(["v=spf1", *drawn[0], drawn[1]]).rstrip()
    )


EXCHANGES = st.lists(st.sampled_from(HOSTS), max_size=3, unique=True)
ZONES = st.tuples(
    st.tuples(*(records(NESTED[n + 1 :]) for n in range(len(NESTED)))),
    st.tuples(*[EXCHANGES] * len(NESTED)),
)


class TestOneAccount(BaseCase):
    """The tree, and whoever judges a client, count lookups in the same way."""

    def test_counts(self):
        within = []

        @settings(max_examples=150)
        @given(ZONES, st.sampled_from([4, 6]))
        def check(drawn, version):
            tree, found = run(self._ask_both(self._make_zone(*drawn), CLIENTS[version]))
            void = tree.cost.void4 if version == 4 else tree.cost.void6
            expected = (tree.cost.lookups, void)
            beyond = expected[0] > 10 or expected[1] > 2
            self.assertEqual(bool(found.problem), beyond, (expected, found.problem))
            if not beyond:
                counted = (found.lookups, found.void_lookups)
                self.assertEqual(counted, expected)
                within.append(expected)

        check()
        self.assertGreater(len(set(within)), 10)

    def _make_zone(self, texts, exchanges):
        zone = {**FOUND}
        for domain, text, hosts in zip(NESTED, texts, exchanges, strict=True):
            zone[domain, "TXT"] = [text]
            if hosts:
                zone[domain, "MX"] = list(enumerate(hosts))
        return zone

    async def _ask_both(self, zone, ip):
        async with per_check(ZoneResolver(zone)) as resolver:
            tree = await share_tree(NESTED[0], resolver, MAX_TREE)
        found = await check_host(ip, NESTED[0], "", "h", ZoneResolver(zone))
        return tree, found

    def test_networks(self):
        """What is not all known is told from what is not there."""

        def find(zone, domain="acme.example"):
            found = run(find_networks(domain, ZoneResolver(zone)))
            return found and {one.network: one.path for one in found}

        known = {
            "192.0.2.2/32": ("acme.example",),
            "192.0.2.3/32": ("acme.example", "_spf.a.example", "_spf.b.example"),
            "192.0.2.1/32": ("acme.example",),
        }
        self.assertEqual(find(ZONE), known)
        silent = {("_spf.b.example", "TXT"): TempError("dns_timeout")}
        self.assertIsNone(find({**ZONE, **silent}))
        self.assertIsNone(find({("acme.example", "TXT"): TempError("dns_servfail")}))
        absent = {name: v for name, v in ZONE.items() if "_spf.b.example" not in name}
        self.assertEqual(list(find(absent)), ["192.0.2.2/32", "192.0.2.1/32"])
        self.assertEqual(find({}), ())
        self.assertEqual(find({}, "no name..example"), ())
