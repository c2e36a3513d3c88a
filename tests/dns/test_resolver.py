# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import socket

import dns.message
import dns.rrset

from odoo.tests import BaseCase

from ...mailauth.dns.resolver import (
    CheckResolver,
    DnsResolver,
    Nameserver,
    parse_nameservers,
    per_check,
)
from ...mailauth.dns.wire import Mx
from ...mailauth.errors import PermError, TempError
from ..clock import run_in_no_time
from ..common import ZoneResolver, run
from ..dns_server import DnsServer

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


class Stepwise(DnsServer):
    """Answers with one alias at a time."""

    def answer(self, data, tcp):
        reply = dns.message.from_wire(super().answer(data, tcp))
        reply.answer[:] = [r for r in reply.answer if r.name == reply.question[0].name]
        return reply.to_wire()


class TestDnsResolver(BaseCase):
    def _query(self, name, rdtype, timeout=30, **server):
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
            # Only silence is waited for, and what might be a stray packet.
            patience = {"dns_timeout": 0.3, "dns_malformed": 3}.get(code, 30)
            with self.subTest(name=name), self.assertRaises(TempError) as caught:
                self._query(name, "A", timeout=patience)
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
            resolver = DnsResolver([bad.address, good.address], 30)
            answers = [run(resolver.query("acme.example", "A")) for _try in range(2)]
        self.assertEqual([a.records for a in answers], [("192.0.2.1",)] * 2)
        self.assertEqual(len(bad.queries), 1, "the one that answered is asked first")

    def test_alias_of_no_name(self):
        """An alias that leads where nobody can ask is no crash."""

        class Aliasing(DnsServer):
            def answer(self, data, tcp):
                query = dns.message.from_wire(data)
                reply = dns.message.make_response(query)
                owner = query.question[0].name
                alias = dns.rrset.from_text(owner, 9, "IN", "CNAME", self.zone["to"])
                reply.answer.append(alias)
                return reply.to_wire()

        for target in (".", r"\000" * 63 + ".example."):
            with self.subTest(target=target), Aliasing({"to": target}) as server:
                with self.assertRaises(TempError) as caught:
                    run(DnsResolver([server.address]).query("acme.example", "A"))
                self.assertEqual(caught.exception.code, "dns_malformed")

    def test_alias_over_several_answers(self):
        """A server that answers with one alias at a time is asked on."""
        with Stepwise(ZONE) as server:
            resolver = DnsResolver([server.address])
            answer = run(resolver.query("www.acme.example", "A"))
            self.assertEqual(answer.cnames, ("web.acme.example", "acme.example"))
            self.assertEqual(answer.records, ("192.0.2.1",))
            self.assertEqual(len(server.queries), 3)

    def test_slow_nameserver(self):
        answer = self._query("acme.example", "A", timeout=6, delay=1100)
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


def flip(data, place, bits=1):
    """Return bytes with one of them changed."""
    return data[:place] + bytes([data[place] ^ bits]) + data[place + 1 :]


# What arrives before the right answer, made of it.
STRAYS = {
    "another id": lambda reply: flip(reply, 0),
    "another id, a failure": lambda reply: flip(flip(reply, 0), 3, 2),
    "another question": lambda reply: reply.replace(b"\x04acme", b"\x04evil"),
    "another type": lambda reply: reply.replace(b"\x00\x00\x01", b"\x00\x00\x10", 1),
    "the question itself": lambda reply: flip(reply, 2, 0x80),
    "truncated, another id": lambda reply: flip(flip(reply, 2, 2), 0),
    "truncated, another question": lambda reply: flip(
        reply.replace(b"\x04acme", b"\x04evil"), 2, 2
    ),
    "nothing": lambda reply: b"",
    "three bytes": lambda reply: reply[:3],
    "half a header": lambda reply: reply[:7],
    "a header alone": lambda reply: reply[:12],
    "trailing bytes": lambda reply: reply + b"\x00\x00",
    "cut off": lambda reply: reply[:-3],
    "garbage": lambda reply: b"\xff" * 600,
    "garbage with the id": lambda reply: reply[:2] + b"\xff" * 600,
    "a pointer to itself": lambda reply: reply[:12] + b"\xc0\x0c" + reply[14:],
}


class Truncating(DnsServer):
    """Answers over TCP alone, as ``change`` makes of the right answer."""

    def answer(self, data, tcp):
        reply = super().answer(data, tcp)
        return self.change(reply) if tcp else flip(reply, 2, 2)


class TestStrays(BaseCase):
    """Anybody can send a packet: none but the answer ends a lookup."""

    def _query(self, server):
        # So long that a busy machine does not ask again.
        resolver = DnsResolver([server.address], timeout=60)
        answer = run(resolver.query("acme.example", "A"))
        self.assertEqual(answer.records, ("192.0.2.1",))
        self.assertEqual(len(server.queries), 1, "asked again")

    def test_before_the_answer(self):
        class Straying(DnsServer):
            def send(self, transport, reply, addr):
                for _copy in range(3):
                    transport.sendto(self.stray(reply), addr)
                transport.sendto(reply, addr)

        for what, stray in STRAYS.items():
            with self.subTest(what), Straying(ZONE) as server:
                server.stray = stray
                self._query(server)

    def test_from_elsewhere(self):
        class Elsewhere(DnsServer):
            def send(self, transport, reply, addr):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                    other.bind(("127.0.0.1", 0))
                    other.sendto(reply.replace(b"\xc0\x00\x02", b"\x01\x01\x01"), addr)
                transport.sendto(reply, addr)

        with Elsewhere(ZONE) as server:
            self._query(server)

    def test_nothing_but_garbage(self):
        class Garbage(DnsServer):
            def send(self, transport, reply, addr):
                transport.sendto(reply[:2] + b"\xff" * 20, addr)

        with Garbage(ZONE) as server, self.assertRaises(TempError) as caught:
            run(DnsResolver([server.address], 0.3).query("acme.example", "A"))
        self.assertIn(caught.exception.code, ("dns_malformed", "dns_timeout"))

    def test_answers_over_tcp(self):
        cases = {
            "another id": "dns_malformed",
            "another question": "dns_malformed",
            "three bytes": "dns_malformed",
            "nothing": "dns_malformed",
            "trailing bytes": "dns_malformed",
            "garbage": "dns_malformed",
            "garbage with the id": "dns_malformed",
        }
        changes = {**STRAYS, "truncated again": lambda reply: flip(reply, 2, 2)}
        changes["no answer"] = lambda reply: None
        cases |= {"truncated again": "dns_malformed", "no answer": "dns_timeout"}
        for what, code in cases.items():
            with self.subTest(what), Truncating(ZONE) as server:
                server.change = changes[what]
                with self.assertRaises(TempError) as caught:
                    timeout = 0.3 if code == "dns_timeout" else 10
                    resolver = DnsResolver([server.address], timeout)
                    run(resolver.query("acme.example", "A"))
                self.assertEqual(caught.exception.code, code)
        with Truncating(ZONE) as server:
            server.change = lambda reply: reply
            answer = run(DnsResolver([server.address]).query("acme.example", "A"))
            self.assertEqual(answer.records, ("192.0.2.1",))

    def test_too_large(self):
        addresses = [f"10.1.{number >> 8}.{number & 255}" for number in range(501)]
        with DnsServer({("big.example", "A"): addresses}) as server:
            with self.assertRaises(TempError) as caught:
                run(DnsResolver([server.address]).query("big.example", "A"))
        self.assertEqual(caught.exception.code, "dns_too_large")


class TestCheckResolver(BaseCase):
    def test_bounded_records(self):
        """Neither one answer nor all together hold more than can be looked at."""
        many = [f"10.1.{number >> 8}.{number & 255}" for number in range(500)]
        zone = {(f"h{number}.example", "A"): many for number in range(80)}
        zone["acme.example", "TXT"] = ["v=spf1 -all"]
        zone["a-huge.example", "A"] = [*many, "10.2.0.0"]

        async def ask(resolver):
            async with per_check(resolver) as checked:
                names = sorted(name for name, rdtype in zone if rdtype == "A")
                queries = [checked.query(name, "A") for name in names]
                found = await asyncio.gather(*queries, return_exceptions=True)
                return found, await checked.query("acme.example", "TXT")

        resolver = ZoneResolver(zone, delay=0.001)
        (huge, *found), other = run(ask(resolver))
        self.assertEqual(huge.code, "dns_too_large")
        errors = [one.code for one in found if isinstance(one, TempError)]
        self.assertEqual(errors, ["dns_too_much"] * 40)
        self.assertLess(len(resolver.calls), 40 + 2 * 32)
        self.assertEqual(other.status, "found")

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
            queries = (checked.query(f"a{n}.example", "A") for n in range(50))
            errors = await asyncio.gather(*queries, return_exceptions=True)
            await checked.close()
            return errors

        errors, took = run_in_no_time(ask(ZoneResolver(ZONE, delay=3)))
        self.assertEqual({error.code for error in errors}, {"dns_deadline"})
        self.assertEqual(took, 0.05)

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
