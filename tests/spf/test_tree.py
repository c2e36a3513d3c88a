# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dns.resolver import per_check
from ...mailauth.errors import TempError
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
