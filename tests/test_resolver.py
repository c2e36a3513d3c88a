import asyncio
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import dns.asyncquery
import dns.message
import dns.rrset

from odoo.tests import BaseCase

from ..mailauth.errors import PermError, TempError
from ..mailauth.resolver import (
    CheckResolver,
    DnsResolver,
    Mx,
    Nameserver,
    parse_nameservers,
    per_check,
)
from .common import ZoneResolver, run
from .dns_server import DnsServer

ZONE = {
    ("acme.example", "SOA"): ["ns.acme.example. root.acme.example. 1 2 3 4 5"],
    ("acme.example", "TXT"): ["v=spf1 -all", b"\xff bytes", ("two ", "strings")],
    ("acme.example", "MX"): [(10, "MX.Acme.example")],
    ("acme.example", "A"): ["192.0.2.1"],
    ("acme.example", "AAAA"): ["2001:db8::1"],
    ("null.acme.example", "MX"): [(0, ".")],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["Mail.acme.example"],
    ("www.acme.example", "CNAME"): ["web.acme.example"],
    ("web.acme.example", "CNAME"): ["acme.example"],
    ("lost.acme.example", "CNAME"): ["nowhere.acme.example"],
    ("empty.acme.example", "CNAME"): ["acme.example"],
    ("loop.acme.example", "CNAME"): ["loop.acme.example"],
    ("long.example", "TXT"): ["x" * 60000],
    ("xn--bcher-kva.example", "A"): ["192.0.2.2"],
    ("servfail.example", "ANY"): "servfail",
    ("refused.example", "ANY"): "refused",
    ("silent.example", "ANY"): "timeout",
    ("broken.example", "ANY"): "malformed",
}
TXT = (b"v=spf1 -all", b"\xff bytes", b"two strings")


class TestNameservers(BaseCase):
    def test_valid(self):
        cases = [
            ("", ()),
            (" , ", ()),
            ("192.0.2.1", (Nameserver("192.0.2.1", 53),)),
            ("192.0.2.1:5353", (Nameserver("192.0.2.1", 5353),)),
            ("2001:db8::1", (Nameserver("2001:db8::1", 53),)),
            ("[2001:db8::1]", (Nameserver("2001:db8::1", 53),)),
            ("[2001:db8::1]:54", (Nameserver("2001:db8::1", 54),)),
            ("192.0.2.1, ::1", (Nameserver("192.0.2.1"), Nameserver("::1"))),
        ]
        for text, expected in cases:
            with self.subTest(text=text):
                self.assertEqual(parse_nameservers(text), expected)

    def test_invalid(self):
        parts = ["ns.example", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "[::1"]
        parts += ["[192.0.2.1]:53", "192.0.2.1:x", "192.0.2.256", "[::1]53", ":53"]
        for part in parts:
            with self.subTest(part=part), self.assertRaises(PermError) as caught:
                parse_nameservers(f"192.0.2.1,{part}")
            self.assertEqual(caught.exception.code, "nameserver_invalid")
            self.assertEqual(caught.exception.detail, part)


class TestDnsResolver(BaseCase):
    def _query(self, name, rdtype, timeout=2, **server):
        with DnsServer(ZONE, **server) as running:
            resolver = DnsResolver([running.address], timeout)
            return run(resolver.query(name, rdtype))

    def test_answers(self):
        cases = [
            ("ACME.example.", "A", "found", {"192.0.2.1"}, ()),
            ("acme.example", "AAAA", "found", {"2001:db8::1"}, ()),
            ("acme.example", "TXT", "found", set(TXT), ()),
            ("acme.example", "MX", "found", {Mx(10, "mx.acme.example")}, ()),
            ("null.acme.example", "MX", "found", {Mx(0, "")}, ()),
            ("1.2.0.192.in-addr.arpa", "PTR", "found", {"mail.acme.example"}, ()),
            ("web.acme.example", "CNAME", "found", {"acme.example"}, ()),
            ("bücher.example", "A", "found", {"192.0.2.2"}, ()),
            ("long.example", "TXT", "found", {b"x" * 60000}, ()),
            ("acme.example", "DS", "nodata", set(), ()),
            ("no.acme.example", "A", "nxdomain", set(), ()),
            ("web.acme.example", "A", "found", {"192.0.2.1"}, ("acme.example",)),
            ("empty.acme.example", "DS", "nodata", set(), ("acme.example",)),
            ("lost.acme.example", "A", "nxdomain", set(), ("nowhere.acme.example",)),
        ]
        for name, rdtype, status, records, cnames in cases:
            with self.subTest(name=name, rdtype=rdtype):
                answer = self._query(name, rdtype)
                self.assertEqual(answer.status, status)
                self.assertEqual(set(answer.records), records)
                self.assertEqual(answer.cnames, cnames)
                self.assertFalse(answer.authenticated)

    def test_chain_and_ttl(self):
        answer = self._query("www.acme.example", "A", authenticated=True)
        self.assertEqual(answer.cnames, ("web.acme.example", "acme.example"))
        self.assertEqual(answer.ttl, 300)
        self.assertTrue(answer.authenticated)

    def test_failures(self):
        cases = [
            ("servfail.example", "dns_servfail"),
            ("refused.example", "dns_refused"),
            ("silent.example", "dns_timeout"),
            ("broken.example", "dns_malformed"),
            ("loop.acme.example", "dns_cname_loop"),
        ]
        for name, code in cases:
            with self.subTest(name=name), self.assertRaises(TempError) as caught:
                self._query(name, "A", timeout=0.3)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(name, caught.exception.detail)

    def test_nobody_listens(self):
        with DnsServer() as server:
            address = server.address
        with self.assertRaises(TempError) as caught:
            run(DnsResolver([address], 0.3).query("acme.example", "A"))
        self.assertIn(caught.exception.code, ("dns_network", "dns_timeout"))

    def test_second_nameserver(self):
        bad = DnsServer({("acme.example", "ANY"): "servfail"})
        with bad, DnsServer(ZONE) as good:
            resolver = DnsResolver([bad.address, good.address], 2)
            answers = [run(resolver.query("acme.example", "A")) for _try in range(2)]
        self.assertEqual([a.records for a in answers], [("192.0.2.1",)] * 2)
        self.assertEqual(len(bad.queries), 1, "the one that answered is asked first")

    def test_alias_of_no_name(self):
        """An alias that leads where nobody can ask is no crash."""
        for target in (".", r"\000" * 63 + ".example."):

            async def answer(query, *args, **options):
                reply = dns.message.make_response(query)
                name = query.question[0].name
                rrset = dns.rrset.from_text(name, 9, "IN", "CNAME", target)  # noqa: B023
                reply.answer.append(rrset)
                return dns.message.from_wire(reply.to_wire()), False

            patched = patch.object(dns.asyncquery, "udp_with_fallback", answer)
            with self.subTest(target=target), patched:
                with self.assertRaises(TempError) as caught:
                    run(DnsResolver(["192.0.2.1"]).query("acme.example", "A"))
                self.assertEqual(caught.exception.code, "dns_malformed")

    def test_slow_nameserver(self):
        answer = self._query("acme.example", "A", timeout=3, delay=1100)
        self.assertEqual(answer.records, ("192.0.2.1",))

    def test_dead_nameserver(self):
        with DnsServer() as server:
            dead = server.address
        with DnsServer(ZONE) as server:
            resolver = DnsResolver(f"{dead}, {server.address}", 3)
            answer = run(resolver.query("acme.example", "A"))
        self.assertEqual(answer.records, ("192.0.2.1",))

    def test_invalid_name(self):
        with self.assertRaises(PermError):
            run(DnsResolver(["192.0.2.1"]).query("a..example", "A"))


class TestCheckResolver(BaseCase):
    def test_each_question_once(self):
        async def ask(resolver):
            async with per_check(resolver) as checked, per_check(checked) as inner:
                checked.prefetch("acme.example", "TXT")
                checked.prefetch("a..example", "TXT")
                names = ["acme.example", "ACME.example."]
                return await asyncio.gather(*(inner.query(n, "TXT") for n in names))

        resolver = ZoneResolver(ZONE, delay=0.01)
        answers = run(ask(resolver))
        self.assertEqual([answer.records for answer in answers], [TXT, TXT])
        self.assertEqual(resolver.calls, [("acme.example", "TXT")])

    def test_failure_reaches_everybody(self):
        async def ask(resolver):
            async with per_check(resolver) as checked:
                queries = [checked.query("silent.example", "A") for _try in range(2)]
                return await asyncio.gather(*queries, return_exceptions=True)

        errors = run(ask(ZoneResolver(ZONE)))
        self.assertEqual([error.code for error in errors], ["dns_timeout"] * 2)

    def test_deadline(self):
        async def ask(resolver):
            checked = CheckResolver(resolver, timeout=0.05)
            start = time.monotonic()
            queries = (checked.query(f"a{n}.example", "A") for n in range(50))
            errors = await asyncio.gather(*queries, return_exceptions=True)
            await checked.close()
            return errors, time.monotonic() - start

        errors, elapsed = run(ask(ZoneResolver(ZONE, delay=3)))
        self.assertEqual({error.code for error in errors}, {"dns_deadline"})
        self.assertLess(elapsed, 1)

    def test_bounded(self):
        async def ask(resolver):
            checked = CheckResolver(resolver, limit=4)
            await asyncio.gather(*(checked.query(f"a{n}.x", "A") for n in range(20)))

        resolver = ZoneResolver(ZONE, delay=0.001)
        run(ask(resolver))
        self.assertEqual(resolver.busiest, 4)

    def test_fresh_check(self):
        async def ask(resolver):
            async with per_check(resolver) as checked:
                return (await checked.query("new.example", "A")).status

        resolver = ZoneResolver({})
        self.assertEqual(run(ask(resolver)), "nxdomain")
        resolver.zone[("new.example", "A")] = ["192.0.2.1"]
        self.assertEqual(run(ask(resolver)), "found")


class TestImport(BaseCase):
    def test_no_odoo(self):
        """Importing the package, all of it, loads no odoo."""
        root = Path(__file__).resolve().parent.parent
        code = (
            "import importlib, pkgutil, sys, mailauth\n"
            "for module in pkgutil.iter_modules(mailauth.__path__):\n"
            "    if module.name != '__main__':\n"
            "        importlib.import_module('mailauth.' + module.name)\n"
            "print([name for name in sys.modules if name.split('.')[0] == 'odoo'])"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.stdout.strip(), "[]", done.stderr)
