# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.reports.result import Auth, Record
from ...mailauth.reports.source import Source, name_sources
from ...mailauth.spf.tree import AuthorizedNetwork

OWN, GOOGLE = "acme.example", "_spf.google.example"
BIG, N = "big.example", "_n.google.example"
NETWORKS = (
    AuthorizedNetwork("192.0.2.0/24", "ip4:192.0.2.0/24", OWN, (OWN,)),
    AuthorizedNetwork("198.51.0.0/16", "ip4:198.51.0.0/16", BIG, (OWN, BIG)),
    AuthorizedNetwork("198.51.100.0/24", "ip4:198.51.100.0/24", N, (OWN, GOOGLE, N)),
    AuthorizedNetwork("2001:db8::/32", "ip6:2001:db8::/32", GOOGLE, (OWN, GOOGLE)),
)
# (case, address, service)
SERVICES = (
    ("named by the record itself", "192.0.2.7", OWN),
    ("by an include of an include", "198.51.100.7", GOOGLE),
    ("by the wider one", "198.51.7.7", "big.example"),
    ("IPv6", "2001:db8::7", GOOGLE),
    ("nobody", "203.0.113.7", ""),
    ("no address", "", ""),
)


class TestSource(BaseCase):
    def test_services(self):
        for case, address, service in SERVICES:
            with self.subTest(case):
                (found,) = name_sources([Record(address, 1)], NETWORKS)
                self.assertEqual(found.service, service)

    def test_what_is_known_of_a_source(self):
        signed = (
            Auth("dkim", OWN, "s1", "pass"),
            Auth("dkim", "mail.example", "s2", "fail"),
            Auth("spf", OWN, "", "pass"),
        )
        records = [
            Record("192.0.2.7", 3, dkim="fail", spf="fail", auth=signed),
            Record("203.0.113.7", 1, dkim="fail", spf="fail"),
            Record("192.0.2.7", 2, dkim="pass", spf="fail", auth=signed),
        ]
        self.assertEqual(
            name_sources(records, NETWORKS),
            (
                Source(
                    "192.0.2.7",
                    OWN,
                    "192.0.2.0/24",
                    ((OWN, "s1"),),
                    True,
                    (OWN,),
                    (OWN,),
                ),
                Source("203.0.113.7"),
            ),
        )
