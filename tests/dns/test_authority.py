# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dns.authority import (
    Zone,
    find_zone,
    get_addresses,
    pick_reachable,
)
from ...mailauth.dns.resolver import Nameserver
from ..common import ZoneResolver, run

ZONE = {
    ("acme.example", "NS"): ["ns2.acme.example", "NS1.acme.example"],
    ("ns1.acme.example", "A"): ["192.0.2.1"],
    ("ns2.acme.example", "A"): ["192.0.2.2"],
    ("acme.example", "TXT"): ["old"],
}


class TestAuthority(BaseCase):
    def setUp(self):
        super().setUp()
        self.resolver = ZoneResolver(ZONE)

    def test_find_zone(self):
        zone = Zone("acme.example", ("ns1.acme.example", "ns2.acme.example"))
        for name in ("acme.example", "ACME.example.", "a.b.acme.example"):
            with self.subTest(name):
                self.assertEqual(run(find_zone(name, self.resolver)), zone)

    def test_no_zone(self):
        self.assertEqual(run(find_zone("globex.example", self.resolver)), Zone())
        failing = ZoneResolver(ZONE, failing=["acme.example"])
        self.assertEqual(run(find_zone("acme.example", failing)), Zone())

    def test_deep_names_are_bounded(self):
        run(find_zone("a." * 100 + "example", self.resolver))
        self.assertLessEqual(len(self.resolver.calls), 5)

    def test_addresses(self):
        zone = run(find_zone("acme.example", self.resolver))
        addresses = run(get_addresses(zone, self.resolver))
        self.assertEqual(sorted(addresses), ["192.0.2.1", "192.0.2.2"])

    def test_addresses_are_bounded(self):
        """Each server gets its turn before the second address of any."""
        zone = {(f"ns{n}.acme.example", "A"): [f"192.0.2.{n}"] for n in range(3)}
        zone["ns0.acme.example", "A"] = [f"198.51.100.{n}" for n in range(250)]
        names = tuple(f"ns{n}.acme.example" for n in range(3))
        own = Zone("acme.example", names)
        addresses = run(get_addresses(own, ZoneResolver(zone)))
        self.assertEqual(len(addresses), 8)
        self.assertEqual(
            addresses[:3], ("198.51.100.0", "192.0.2.1", "192.0.2.2"), addresses
        )

    def test_only_public_addresses_are_asked(self):
        ours = ("127.0.0.1", "10.1.1.1", "169.254.1.1", "::1", "fd00::1")
        servers = pick_reachable()((*ours, "1.1.1.1"))
        self.assertEqual(servers, (Nameserver("1.1.1.1"),))

    def test_loopback_is_asked_where_it_is_the_resolver(self):
        addresses = ("127.0.0.2", "::1", "10.1.1.1", "1.1.1.1")
        public = Nameserver("1.1.1.1")
        for named, expected in [
            ((), (public,)),
            ((Nameserver("9.9.9.9"),), (public,)),
            ((Nameserver("10.0.0.1"),), (public,)),
            ((Nameserver("1.1.1.1", 5353),), (public,)),
            ((Nameserver("127.0.0.1", 5353),), (public,)),
            (
                (Nameserver("127.0.0.2", 5353), Nameserver("::1", 5354)),
                (public, Nameserver("127.0.0.2", 5353), Nameserver("::1", 5354)),
            ),
        ]:
            with self.subTest(named=named):
                self.assertEqual(pick_reachable(named)(addresses), expected)
