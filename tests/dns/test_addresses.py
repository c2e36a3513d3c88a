# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ipaddress

from odoo.tests import BaseCase

from ...mailauth.dns.addresses import (
    find_fault,
    is_private_host,
    is_public,
    is_public_network,
    is_worth_asking,
)

# (what it is, an address, whether it is public)
ADDRESSES = [
    ("IPv4", "8.8.8.8", True),
    ("IPv4 before a private network", "172.15.255.255", True),
    ("IPv4 after a private network", "172.32.0.0", True),
    ("IPv4 before what carriers share", "100.63.255.255", True),
    ("IPv4 after what carriers share", "100.128.0.0", True),
    ("IPv4 before multicast", "223.255.255.255", True),
    ("IPv6", "2001:4860:4860::8888", True),
    ("IPv6 after IETF protocols", "2001:200::1", True),
    ("IPv6 of RIPE", "2a00:1450:4001::1", True),
    ("this network", "0.0.0.0", False),
    ("private, 10", "10.1.2.3", False),
    ("private, 172", "172.31.255.255", False),
    ("private, 192", "192.168.1.1", False),
    ("carrier-grade, first", "100.64.0.0", False),
    ("carrier-grade, last", "100.127.255.255", False),
    ("loopback", "127.0.0.1", False),
    ("loopback, another", "127.255.0.9", False),
    ("metadata of clouds", "169.254.169.254", False),
    ("IETF protocols", "192.0.0.170", False),
    ("global exception among IETF protocols", "192.0.0.9", False),
    ("documentation 1", "192.0.2.1", True),
    ("documentation 2", "198.51.100.1", True),
    ("documentation 3", "203.0.113.1", True),
    ("AS112", "192.31.196.1", False),
    ("AMT", "192.52.193.1", False),
    ("relay of 6to4", "192.88.99.1", False),
    ("benchmarks", "198.19.255.255", False),
    ("multicast", "224.0.0.1", False),
    ("reserved", "240.0.0.1", False),
    ("broadcast", "255.255.255.255", False),
    ("IPv6 unspecified", "::", False),
    ("IPv6 loopback", "::1", False),
    ("IPv4-compatible", "::8.8.8.8", False),
    ("IPv4-mapped public", "::ffff:8.8.8.8", False),
    ("IPv4-mapped loopback", "::ffff:127.0.0.1", False),
    ("IPv4-translated", "::ffff:0:8.8.8.8", False),
    ("NAT64", "64:ff9b::808:808", False),
    ("NAT64, local", "64:ff9b:1::808:808", False),
    ("discard only", "100::1", False),
    ("Teredo", "2001:0:53aa:64c::1", False),
    ("IPv6 benchmarks", "2001:2::1", False),
    ("ORCHID", "2001:20::1", False),
    ("IPv6 documentation", "2001:db8::1", True),
    ("IPv6 documentation 2", "3fff::1", True),
    ("6to4 of a private address", "2002:a00:1::1", False),
    ("6to4 of a public address", "2002:808:808::1", False),
    ("IPv6 AS112", "2620:4f:8000::1", False),
    ("segment routing", "5f00::1", False),
    ("not allocated", "4000::1", False),
    ("unique local", "fd00::1", False),
    ("unique local, not assigned", "fc00::1", False),
    ("link-local", "fe80::1", False),
    ("link-local with a scope", "fe80::1%eth0", False),
    ("public with a scope", "2a00:1450:4001::1%eth0", False),
    ("site-local", "fec0::1", False),
    ("IPv6 multicast", "ff02::1", False),
    ("a name", "localhost", False),
    ("octal", "010.0.0.1", False),
    ("a number", "2130706433", False),
    ("a network", "8.8.8.0/24", False),
    ("nothing", "", False),
]
# (what it is, as typed, why receivers can't see it)
FAULTS = [
    ("private", "10.0.0.5", "private"),
    ("private, 172", "172.16.0.1", "private"),
    ("private, 192", "192.168.1.1", "private"),
    ("private, mapped", "::ffff:10.0.0.5", "private"),
    ("loopback", "127.0.0.1", "private"),
    ("IPv6 loopback", "::1", "private"),
    ("link-local", "169.254.1.1", "private"),
    ("IPv6 link-local", "fe80::1", "private"),
    ("with a scope", "fe80::1%eth0", "private"),
    ("unique local", "fd12::1", "private"),
    ("site-local", "fec0::1", "private"),
    ("carrier-grade", "100.64.0.1", "shared"),
    ("carrier-grade, mapped", "::ffff:100.127.0.1", "shared"),
    ("multicast", "224.0.0.1", "multicast"),
    ("IPv6 multicast", "ff02::1", "multicast"),
    ("broadcast", "255.255.255.255", "reserved"),
    ("benchmarks", "198.18.0.1", "reserved"),
    ("6to4", "2002:808:808::1", "reserved"),
    ("unspecified", "::", "reserved"),
    ("public, mapped", "::ffff:198.51.100.10", "wrapped"),
    ("a network", "192.0.2.0/24", "network"),
    ("a network with bits of a host", "192.0.2.5/24", "network"),
    ("a name", "smtp.acme.example", "none"),
    ("almost an address", "192.0.2.300", "none"),
    ("nothing", "", "none"),
]


class TestPublicAddress(BaseCase):
    def test_faults(self):
        for what, address, expected in FAULTS:
            with self.subTest(what, address=address):
                self.assertEqual(find_fault(address), expected)
        for what, address, public in ADDRESSES:
            with self.subTest(what, address=address):
                self.assertEqual(not find_fault(address), public)

    def test_addresses(self):
        for what, address, expected in ADDRESSES:
            with self.subTest(what, address=address):
                self.assertEqual(is_public(address), expected)

    def test_networks(self):
        """A network is public if an address in it may be."""
        cases = [
            ("10.0.0.0/8", False), ("10.0.0.0/7", True), ("0.0.0.0/0", True),
            ("192.168.0.0/15", True), ("192.168.4.0/24", False), ("192.0.2.0/24", True),
            ("100.64.0.0/10", False), ("224.0.0.0/3", True), ("240.0.0.0/4", False),
            ("::/0", True), ("::/3", False), ("2000::/3", True), ("2002::/16", False),
            ("fc00::/7", False), ("2001::/23", False), ("2001::/22", True),
        ]  # fmt: skip
        for text, expected in cases:
            with self.subTest(text):
                network = ipaddress.ip_network(text)
                self.assertEqual(is_public_network(network), expected)

    def test_nothing_is_sent_to_documentation(self):
        for what, address, public in ADDRESSES:
            with self.subTest(what, address=address):
                expected = public and "documentation" not in what
                self.assertEqual(is_worth_asking(address), expected)

    def test_hosts_that_are_known_inside_only(self):
        for what, host, private in [
            ("a name", "mail.acme.example", False),
            ("this machine", "localhost", True),
            ("a name inside", "relay", True),
            ("public", "8.8.8.8", False),
            ("documentation", "192.0.2.1", False),
            ("private", "10.1.2.3", True),
            ("IPv6 loopback", "::1", True),
        ]:
            with self.subTest(what, host=host):
                self.assertEqual(is_private_host(host), private)
