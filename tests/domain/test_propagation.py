# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dns.authority import (
    Zone,
    find_zone,
    pick_reachable,
)
from ...mailauth.domain.propagation import compare
from ...mailauth.errors import TempError
from ...mailauth.findings import Finding
from ..common import ZoneResolver, run
from ..dns_server import DnsServer

SOA = "ns1.acme.example. admin.acme.example. 1 7200 3600 1209600 300"
ZONE = {
    ("acme.example", "NS"): ["ns2.acme.example", "NS1.acme.example"],
    ("ns1.acme.example", "A"): ["192.0.2.1"],
    ("ns2.acme.example", "A"): ["192.0.2.2"],
    ("acme.example", "TXT"): ["old"],
}


async def judge(resolver):
    """A check that passes where the record is the new one."""
    answer = await resolver.query("acme.example", "TXT")
    status = "pass" if b"new" in answer.records else "fail"
    outside = await resolver.query("other.example", "TXT")
    found = " ".join(record.decode() for record in outside.records)
    return (
        Finding("spf_record", status, name="acme.example", rdtype="TXT"),
        Finding("mx", "warning", found=found, subject="a"),
    )


class TestPropagation(BaseCase):
    def setUp(self):
        super().setUp()
        self.resolver = ZoneResolver(ZONE)

    def _compare(self, reachable, zone=None, timeout=30.0):
        async def body():
            own = zone or await find_zone("acme.example", self.resolver)
            findings = await judge(self.resolver)
            return await compare(
                own, findings, judge, self.resolver, reachable, timeout
            )

        return run(body())

    def test_published_but_not_yet_visible(self):
        published = {
            ("acme.example", "TXT"): ["new"],
            ("acme.example", "SOA"): [SOA],
        }
        self.resolver.zone[("other.example", "TXT")] = ["theirs"]
        with DnsServer(published) as server:
            comparison = self._compare(lambda _ips: (server.address,))
        self.assertTrue(comparison.asked)
        (pending,) = comparison.pending
        self.assertEqual((pending.code, pending.ttl), ("spf_record", 300))

    def test_same_at_both(self):
        with DnsServer({**ZONE, ("acme.example", "SOA"): [SOA]}) as server:
            comparison = self._compare(lambda _ips: (server.address,))
        self.assertTrue(comparison.asked)
        self.assertEqual(comparison.pending, ())

    def test_nobody_to_ask(self):
        self.assertFalse(self._compare(lambda _ips: ()).asked)
        self.assertFalse(self._compare(pick_reachable()).asked)

    def test_they_don_t_answer(self):
        for failure in ("timeout", "refused", "malformed"):
            with self.subTest(failure):
                zone = {("acme.example", "ANY"): failure}
                with DnsServer(zone) as server:
                    comparison = self._compare(
                        lambda _ips, s=server: (s.address,), timeout=0.5
                    )
                self.assertFalse(comparison.asked)

    def test_nothing_is_asked_where_all_is_well(self):
        self.resolver.zone[("acme.example", "TXT")] = ["new"]

        async def well(resolver):
            return (await judge(resolver))[:1]

        async def body():
            zone = await find_zone("acme.example", self.resolver)
            findings = await well(self.resolver)
            self.resolver.calls.clear()
            return await compare(zone, findings, well, self.resolver, pick_reachable())

        self.assertFalse(run(body()).asked)
        self.assertEqual(self.resolver.calls, [])

    def test_a_silent_resolver_is_no_error(self):
        zone = Zone("acme.example", ("ns1.acme.example",))
        self.resolver.zone[("ns1.acme.example", "A")] = TempError("dns_timeout")
        self.assertFalse(self._compare(pick_reachable(), zone).asked)
