# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import json

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode

from odoo.tests import BaseCase

from ...mailauth.dns.wire import Mx
from ...mailauth.errors import TempError
from ..common import ZoneResolver, run
from ..dns_server import DnsServer, Zone

ZONE = {
    ("acme.example", "SOA"): ["ns.acme.example. root.acme.example. 1 2 3 4 5"],
    ("acme.example", "TXT"): ["v=spf1 -all", b"\xff bytes", ("two ", "strings")],
    ("acme.example", "MX"): [(10, "mx.acme.example"), (20, "MX2.acme.example.")],
    ("a.b.acme.example", "A"): ["192.0.2.1"],
    ("www.acme.example", "CNAME"): ["a.b.acme.example"],
    ("lost.acme.example", "CNAME"): ["nowhere.example"],
    ("*.wild.example", "TXT"): ["v=DMARC1"],
    ("a b/%:.example", "A"): ["192.0.2.7"],
    ("servfail.example", "ANY"): "servfail",
    ("silent.example", "TXT"): "timeout",
    ("long.example", "TXT"): ["x" * 4000],
}


class TestDnsServer(BaseCase):
    def _ask(self, server, name, rdtype, timeout=30):
        query = dns.message.make_query(name, rdtype)
        host, _colon, port = server.address.rpartition(":")
        reply, _tcp = asyncio.run(
            dns.asyncquery.udp_with_fallback(query, host, timeout, int(port))
        )
        return reply

    def test_records(self):
        cases = [
            ("acme.example", "TXT", "NOERROR", ['"v=spf1 -all"', '"two " "strings"']),
            ("acme.example", "MX", "NOERROR", ["10 mx.acme.example."]),
            ("www.acme.example", "A", "NOERROR", ["a.b.acme.example.", "192.0.2.1"]),
            ("x.wild.example", "TXT", "NOERROR", ['"v=DMARC1"']),
            (r"A\032b/%:.example", "A", "NOERROR", ["192.0.2.7"]),
            ("b.acme.example", "A", "NOERROR", []),
            ("acme.example", "AAAA", "NOERROR", []),
            ("acme.example", "DNSKEY", "NOERROR", []),
            ("acme.example", "DS", "NOERROR", []),
            ("no.example", "A", "NXDOMAIN", []),
            ("lost.acme.example", "A", "NXDOMAIN", ["nowhere.example."]),
            ("servfail.example", "A", "SERVFAIL", []),
        ]
        with DnsServer(ZONE) as server:
            for name, rdtype, rcode, expected in cases:
                with self.subTest(name=name, rdtype=rdtype):
                    reply = self._ask(server, name, rdtype)
                    self.assertEqual(dns.rcode.to_text(reply.rcode()), rcode)
                    found = [r.to_text() for rrset in reply.answer for r in rrset]
                    for text in expected:
                        self.assertIn(text, found)
                    self.assertEqual(bool(found), bool(expected))

    def test_soa_with_negative_answer(self):
        with DnsServer(ZONE) as server:
            reply = self._ask(server, "no.acme.example", "A")
        self.assertEqual(reply.authority[0].name.to_text(), "acme.example.")

    def test_tcp_on_truncation(self):
        with DnsServer(ZONE) as server:
            reply = self._ask(server, "long.example", "TXT")
            self.assertEqual(server.tcp_queries, 1)
        self.assertEqual(len(reply.answer[0][0].strings), 16)

    def test_silence(self):
        with DnsServer(ZONE) as server, self.assertRaises(dns.exception.Timeout):
            self._ask(server, "silent.example", "TXT", timeout=0.2)

    def test_change_while_running(self):
        with DnsServer(ZONE, authenticated=True) as server:
            server.zone[("new.example", "A")] = ["192.0.2.9"]
            reply = self._ask(server, "new.example", "A")
            self.assertIn(("new.example", "A"), server.queries)
        self.assertEqual(reply.answer[0][0].address, "192.0.2.9")
        self.assertTrue(reply.flags & dns.flags.AD)

    def test_zone_from_json(self):
        text = json.dumps({"A.example.": {"txt": ["a", ["b", "c"]], "ANY": "refused"}})
        expected = {
            ("a.example", "TXT"): ["a", ("b", "c")],
            ("a.example", "ANY"): "refused",
        }
        self.assertEqual(Zone.from_json(text), expected)


class TestZoneResolver(BaseCase):
    def test_answers(self):
        mx = (Mx(10, "mx.acme.example"), Mx(20, "mx2.acme.example"))
        txt = (b"v=spf1 -all", b"\xff bytes", b"two strings")
        cases = [
            ("ACME.example.", "TXT", "found", txt, ()),
            ("acme.example", "MX", "found", mx, ()),
            ("www.acme.example", "A", "found", ("192.0.2.1",), ("a.b.acme.example",)),
            ("b.acme.example", "A", "nodata", (), ()),
            ("no.example", "A", "nxdomain", (), ()),
        ]
        resolver = ZoneResolver(ZONE)
        for name, rdtype, status, records, cnames in cases:
            with self.subTest(name=name, rdtype=rdtype):
                answer = run(resolver.query(name, rdtype))
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.records, records)
                self.assertEqual(answer.cnames, cnames)
        self.assertEqual(resolver.calls[0], ("acme.example", "TXT"))

    def test_failures(self):
        zone = {**ZONE, ("r.example", "A"): TempError("dns_refused")}
        resolver = ZoneResolver(zone, failing=["acme.example"])
        cases = [
            ("acme.example", "A", "dns_servfail"),
            ("silent.example", "TXT", "dns_timeout"),
            ("r.example", "A", "dns_refused"),
        ]
        for name, rdtype, code in cases:
            with self.subTest(name=name), self.assertRaises(TempError) as caught:
                run(resolver.query(name, rdtype))
            self.assertEqual(caught.exception.code, code)
