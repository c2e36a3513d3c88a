# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import time

from odoo.tests import BaseCase

from ...mailauth.errors import PermError
from ...mailauth.spf.check_host import check_host
from ..clock import run_in_no_time
from ..common import ZoneResolver, run

DOMAIN = "acme.example"
IP = "192.0.2.1"
OTHER = "203.0.113.9"
# Eight lookups, four deep.
TREE = {
    ("acme.example", "TXT"): [
        "v=spf1 mx include:one.example include:two.example ip4:192.0.2.0/24 -all"
    ],
    ("acme.example", "MX"): [(10, "mx.acme.example"), (20, "mx2.acme.example")],
    ("mx.acme.example", "A"): ["198.51.100.1"],
    ("mx2.acme.example", "A"): ["198.51.100.2"],
    ("one.example", "TXT"): ["v=spf1 include:one-a.example include:one-b.example ~all"],
    ("one-a.example", "TXT"): ["v=spf1 ip4:198.51.100.16/28 ~all"],
    ("one-b.example", "TXT"): ["v=spf1 ip6:2001:db8:1::/48 ~all"],
    ("two.example", "TXT"): ["v=spf1 redirect=two-a.example"],
    ("two-a.example", "TXT"): ["v=spf1 a:two-b.example include:two-c.example ?all"],
    ("two-b.example", "A"): ["198.51.100.77"],
    ("two-c.example", "TXT"): ["v=spf1 ip4:198.51.100.128/25 -all"],
}


def prepare(zone, ip=IP, domain=DOMAIN, sender=None, helo="mail.acme.example", **more):
    sender = f"user@{domain}" if sender is None else sender
    resolver = zone if isinstance(zone, ZoneResolver) else ZoneResolver(zone)
    return check_host(ip, domain, sender, helo, resolver, **more)


def check(zone, **more):
    return run(prepare(zone, **more))


def check_record(record, **more):
    return check({(DOMAIN, "TXT"): [record]}, **more)


class TestCheckHost(BaseCase):
    def test_problems(self):
        """(record or zone, result, problem)"""
        eleven = " ".join(f"include:i{n}.example" for n in range(11))
        includes = {(f"i{n}.example", "TXT"): ["v=spf1 -all"] for n in range(11)}
        many_mx = {(DOMAIN, "MX"): [(n, "mx.acme.example") for n in range(11)]}
        void = "v=spf1 a:x1.example a:x2.example mx:x3.example -all"
        cases = [
            ("v=spf1 ip4:192.0.2.0/24 -all", {}, "pass", ""),
            ("v=spf1 -all", {}, "fail", ""),
            ("v=spf1", {}, "neutral", ""),
            ("unrelated", {}, "none", "record_none: acme.example"),
            ("v=spf1 foo -all", {}, "permerror", "syntax_unknown_mechanism: foo at 7"),
            ("v=spf1 all a:b", {}, "permerror", "syntax_bad_domain: a:b at 11"),
            (f"v=spf1 {eleven} ip4:{IP}", includes, "permerror",
             "too_many_lookups: include:i10.example"),
            (void, {}, "permerror", "too_many_void_lookups: x3.example MX"),
            ("v=spf1 mx -all", many_mx, "permerror", "too_many_mx: acme.example: 11"),
            ("v=spf1 include:x.example ~all", {}, "permerror",
             "include_none: include:x.example"),
            ("v=spf1 redirect=x.example", {}, "permerror",
             "redirect_none: redirect=x.example"),
            ("v=spf1 include:acme.example ~all", {}, "permerror",
             "too_many_lookups: include:acme.example"),
            ("v=spf1 a:slow.example -all", {("slow.example", "A"): "timeout"},
             "temperror", "dns_timeout: slow.example A"),
            ("v=spf1 exists:%{S}%{S}%{S}%{S}.example -all", {}, "permerror",
             "macro_too_long: %{S}%{S}%{S}%{S}.example"),
        ]  # fmt: skip
        for record, zone, result, problem in cases:
            with self.subTest(record=record):
                sender = "x" * 5000 + "@acme.example"
                found = check({**zone, (DOMAIN, "TXT"): [record]}, sender=sender)
                self.assertEqual(found.result, result)
                self.assertEqual(found.problem, problem)

    def test_void_lookups(self):
        """(record, IP version, void lookups, result): a term counts once (4.6.4)"""
        four = {(f"h{n}.example", "A"): ["192.0.2.77"] for n in range(3)}
        hosts = {("m.example", "MX"): [(n, f"h{n}.example") for n in range(3)]}
        gone = {("g.example", "MX"): [(n, f"g{n}.example") for n in range(9)]}
        names = [f"g{n}.example" for n in range(9)]
        pointers = {("1.2.0.192.in-addr.arpa", "PTR"): names}
        cases = [
            ("mx:m.example", 4, 0, "fail"),
            ("mx:m.example", 6, 1, "fail"),
            ("mx:m.example a:h0.example", 6, 2, "fail"),
            ("mx:m.example a:h0.example a:h1.example", 6, 3, "permerror"),
            ("mx:m.example a:h0.example a:h1.example", 4, 0, "fail"),
            ("mx:g.example", 4, 1, "fail"),
            ("mx:g.example mx:none.example", 4, 2, "fail"),
            ("mx:g.example mx:none.example exists:x.example", 4, 3, "permerror"),
            ("ptr", 4, 1, "fail"),
            ("ptr exists:%{p}.x.example", 4, 2, "fail"),
        ]
        for terms, version, void, result in cases:
            with self.subTest(terms=terms, version=version):
                zone = {(DOMAIN, "TXT"): [f"v=spf1 {terms} -all"]}
                zone |= four | hosts | gone | pointers
                ip = IP if version == 4 else "2001:db8::1"
                found = check(zone, ip=ip)
                self.assertEqual((found.void_lookups, found.result), (void, result))

    def test_cause(self):
        """The problem is there taken apart as well."""
        found = check({(DOMAIN, "TXT"): ["v=spf1 include:x.example -all"]})
        cause = (found.cause.code, found.cause.detail)
        self.assertEqual(cause, ("include_none", "include:x.example"))
        self.assertEqual(str(found.cause), found.problem)
        self.assertIsNone(check({(DOMAIN, "TXT"): ["v=spf1 -all"]}).cause)
        self.assertEqual(check({}, domain="local").cause.code, "domain_invalid")

    def test_several_records(self):
        found = check({(DOMAIN, "TXT"): ["v=spf1 -all", "v=spf1 mx -all"]})
        self.assertEqual(found.problem, "record_several: acme.example")
        self.assertEqual(found.result, "permerror")

    def test_no_domain(self):
        for domain in ("localhost", "[192.0.2.1]", "a..example", "x" * 64 + ".example"):
            with self.subTest(domain=domain):
                resolver = ZoneResolver({})
                self.assertEqual(check(resolver, domain=domain).result, "none")
                self.assertEqual(resolver.calls, [])

    def test_wrong_ip(self):
        with self.assertRaises(PermError) as caught:
            check({}, ip="192.0.2.256")
        self.assertEqual(caught.exception.code, "ip_invalid")

    def test_addresses(self):
        record = "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"
        cases = [
            ("192.0.2.200", "pass"),
            ("::ffff:192.0.2.200", "pass"),
            ("2001:db8::5", "pass"),
            ("2001:db9::5", "fail"),
            ("fe80::1%eth0", "fail"),
        ]
        for ip, result in cases:
            with self.subTest(ip=ip):
                self.assertEqual(check_record(record, ip=ip).result, result)

    def test_international(self):
        """IDN are asked as A-labels; such a local part never matches (RFC 8616)."""
        name = "xn--bcher-kva.example"
        zone = {
            (name, "TXT"): [f"v=spf1 exists:%{{l}}.{name} exists:%{{o}} -all"],
            (name, "A"): ["127.0.0.2"],
            (f"user.{name}", "A"): ["127.0.0.2"],
        }
        cases = [
            ("user@bücher.example", 1, "pass"),
            ("jürgen@bücher.example", 2, "pass"),
            ("@bücher.example", 2, "pass"),
        ]
        for sender, lookups, result in cases:
            with self.subTest(sender=sender):
                found = check(zone, domain="Bücher.example", sender=sender)
                self.assertEqual((found.result, found.lookups), (result, lookups))

    def test_explanation(self):
        """(text, explanation): hostile or broken ones are left out (section 6.2)"""
        cases = [
            (["%{i} may not send for %{d}: ask %{r} at %{t}"],
             "192.0.2.1 may not send for acme.example: ask mx.b.example at 7"),
            (["%{x}"], ""),
            (["one", "two"], ""),
            ([b"\xff"], ""),
            (["line\r\nbreak"], ""),
            (["%{s}" * 5000], ""),
            ([], ""),
        ]  # fmt: skip
        for texts, expected in cases:
            with self.subTest(texts=texts):
                zone = {(DOMAIN, "TXT"): ["v=spf1 exp=why.%{d} -all"]}
                zone[("why.acme.example", "TXT")] = texts
                found = check(zone, receiver="mx.b.example", now=7)
                self.assertEqual((found.result, found.explanation), ("fail", expected))
                self.assertEqual((found.lookups, found.void_lookups), (0, 0))

    def test_networks(self):
        found = check(TREE)
        networks = [(n.network, n.term, n.domain) for n in found.networks]
        self.assertEqual(
            networks,
            [
                ("198.51.100.1/32", "mx", "acme.example"),
                ("198.51.100.2/32", "mx", "acme.example"),
                ("198.51.100.16/28", "ip4:198.51.100.16/28", "one-a.example"),
                ("2001:db8:1::/48", "ip6:2001:db8:1::/48", "one-b.example"),
                ("198.51.100.77/32", "a:two-b.example", "two-a.example"),
                ("198.51.100.128/25", "ip4:198.51.100.128/25", "two-c.example"),
                ("192.0.2.0/24", "ip4:192.0.2.0/24", "acme.example"),
            ],
        )
        path = found.networks[5].path
        expected = ("acme.example", "two.example", "two-a.example", "two-c.example")
        self.assertEqual(path, expected)


class TestTrace(BaseCase):
    def test_tree(self):
        root = check(TREE, ip="198.51.100.200").trace
        self.assertEqual((root.outcome, root.lookups), ("pass", 8))
        outcomes = [(s.term, s.outcome, s.lookups) for s in root.children]
        self.assertEqual(
            outcomes,
            [
                ("mx", "no_match", 1),
                ("include:one.example", "no_match", 4),
                ("include:two.example", "match", 8),
            ],
        )
        self.assertEqual(root.children[0].target, "acme.example")
        self.assertEqual(
            root.children[0].found, ("mx.acme.example", "mx2.acme.example")
        )
        (two,) = root.children[2].children
        self.assertEqual((two.domain, two.outcome), ("two.example", "pass"))
        (redirect,) = two.children
        self.assertEqual((redirect.target, redirect.outcome), ("two-a.example", "pass"))

    def test_error_is_kept(self):
        record = "v=spf1 a:x1.example include:x2.example -all"
        root = check_record(record).trace
        self.assertEqual((root.outcome, root.term), ("permerror", record))
        steps = [(s.outcome, s.void_lookups) for s in root.children]
        self.assertEqual(steps, [("no_match", 1), ("include_none", 1)])

    def test_printable(self):
        root = check_record(b"v=spf1 \xff\x1b[31m").trace
        self.assertEqual(root.term, "v=spf1 \\xff\\x1b[31m")


class TestPrefetch(BaseCase):
    def test_side_by_side(self):
        """The latency is that of the longest chain: three records and a host."""
        resolver = ZoneResolver(TREE, delay=1)
        found, took = run_in_no_time(prepare(resolver, ip=OTHER))
        self.assertEqual(found.result, "fail")
        self.assertEqual(took, 4)
        self.assertGreater(len(resolver.calls), 12)
        self.assertEqual(len(resolver.calls), len(set(resolver.calls)))

    def test_questions(self):
        """Exactly what the tree needs is asked, each question once."""
        resolver = ZoneResolver(TREE, delay=0.001)
        check(resolver, ip=OTHER)
        texts = {name for name, rdtype in TREE if rdtype == "TXT"}
        hosts = {name for name, rdtype in TREE if rdtype == "A"}
        expected = {(name, "TXT") for name in texts} | {(DOMAIN, "MX")}
        expected |= {(name, rdtype) for name in hosts for rdtype in ("A", "AAAA")}
        self.assertEqual(sorted(resolver.calls), sorted(expected))

    def _count_terms(self, calls):
        """Terms that were looked up: each here asks for a TXT or, once, for an A."""
        return len([name for name, rdtype in calls if rdtype != "AAAA"]) - 1

    def test_budget(self):
        """No more than ten terms are looked up, and at most nine in vain."""
        wide = " ".join(f"a:h{n}.example" for n in range(40))
        includes = " ".join(f"include:i{n}.example" for n in range(40))
        broad = {
            (f"i{n}.example", "TXT"): [f"v=spf1 a:x{n}.example a:y{n}.example ?all"]
            for n in range(40)
        }
        hosts = {(f"h{n}.example", "A"): [OTHER] for n in range(40)}
        hosts |= {(f"{c}{n}.example", "A"): [OTHER] for c in "xy" for n in range(40)}
        chain = {
            (f"c{n}.example", "TXT"): [f"v=spf1 include:c{n + 1}.example ?all"]
            for n in range(40)
        }
        cases = [
            (f"v=spf1 {wide} -all", 10),
            (f"v=spf1 {includes} -all", 14),
            ("v=spf1 include:c0.example -all", 10),
            ("v=spf1 redirect=c0.example", 10),
        ]
        for record, most in cases:
            with self.subTest(record=record[:40]):
                zone = {**broad, **hosts, **chain, (DOMAIN, "TXT"): [record]}
                resolver = ZoneResolver(zone, delay=0.001)
                found = check(resolver)
                self.assertEqual(found.problem.partition(":")[0], "too_many_lookups")
                self.assertEqual(found.lookups, 11)
                self.assertLessEqual(self._count_terms(resolver.calls), most)

    def test_macros(self):
        """What only the message names is asked side by side as well."""
        record = "v=spf1 exists:%{i}.x.example include:%{l}.y.example a:%{o}.z.example"
        record += " exists:%{p}.p.example mx:%{s}.m.example exists:%{d}.d.example -all"
        zone = {
            (DOMAIN, "TXT"): [record],
            (f"{IP}.x.example", "A"): ["127.0.0.2"],
        }
        resolver = ZoneResolver(zone, delay=0.01)
        self.assertEqual(check(resolver).lookups, 1)
        expected = [
            (DOMAIN, "TXT"),
            (f"{IP}.x.example", "A"),
            ("user.y.example", "TXT"),
            (f"{DOMAIN}.z.example", "A"),
            (f"user@{DOMAIN}.m.example", "MX"),
            (f"{DOMAIN}.d.example", "A"),
        ]
        self.assertEqual(sorted(resolver.calls), sorted(expected))

    def test_nothing_after_all(self):
        resolver = ZoneResolver({(DOMAIN, "TXT"): ["v=spf1 -all a redirect=b.example"]})
        check(resolver)
        self.assertEqual(resolver.calls, [(DOMAIN, "TXT")])


class SlowResolver(ZoneResolver):
    """Takes five seconds about slow.example."""

    async def query(self, name, rdtype):
        await asyncio.sleep(5 if name == "slow.example" else 0)
        return await super().query(name, rdtype)


class TestHostile(BaseCase):
    def _check(self, zone, timeout=0.5, delay=0.0):
        """Return the result; it must come within the deadline."""
        resolver = ZoneResolver(zone, delay=delay)
        resolver.timeout = timeout
        start = time.process_time()
        long_sender = "x" * 2000 + "@acme.example"
        found, took = run_in_no_time(prepare(resolver, sender=long_sender))
        self.assertLessEqual(took, timeout)
        self.assertLess(time.process_time() - start, 5)
        return found

    def test_zones(self):
        """(zone, result): each ends, in time, in a result"""
        loop = "v=spf1 include:b.example include:acme.example -all"
        names = " ".join(f"include:a{n}.example" for n in range(4000))
        hosts = [(n, f"h{n}.example") for n in range(5000)]
        pointers = [f"h{n}.example" for n in range(400)]
        long_cnames = {
            (f"c{n}.example", "CNAME"): [f"c{n + 1}.example"] for n in range(50)
        }
        cases = [
            ({(DOMAIN, "TXT"): [loop], ("b.example", "TXT"): [loop]}, "permerror"),
            ({(DOMAIN, "TXT"): ["v=spf1 " + names]}, "permerror"),
            ({(DOMAIN, "TXT"): ["v=spf1 " + "x" * 64000]}, "permerror"),
            ({(DOMAIN, "TXT"): ["v=spf1 " + "mx " * 20000]}, "permerror"),
            ({(DOMAIN, "TXT"): ["v=spf1 " + "ip4:1.2.3.4 " * 5000]}, "permerror"),
            ({(DOMAIN, "TXT"): ["v=spf1 " + "ip4:1.2.3.4 " * 600]}, "neutral"),
            ({(DOMAIN, "TXT"): [b"\xff" * 60000] * 3}, "none"),
            ({(DOMAIN, "TXT"): ["v=spf1 mx -all"], (DOMAIN, "MX"): hosts}, "permerror"),
            (
                {
                    (DOMAIN, "TXT"): ["v=spf1 ptr:acme.example -all"],
                    ("1.2.0.192.in-addr.arpa", "PTR"): pointers,
                },
                "fail",  # ten names without an address, one void lookup
            ),
            (
                {
                    (DOMAIN, "TXT"): ["v=spf1 ptr:acme.example -all"],
                    ("1.2.0.192.in-addr.arpa", "PTR"): pointers * 2,
                },
                "fail",
            ),
            (
                {
                    **long_cnames,
                    (DOMAIN, "TXT"): ["v=spf1 a:c0.example -all"],
                },
                "temperror",
            ),
            (
                {(DOMAIN, "TXT"): ["v=spf1 exists:" + "%{s}" * 15000 + " -all"]},
                "permerror",
            ),
            (
                {
                    (DOMAIN, "TXT"): ["v=spf1 mx -all"],
                    (DOMAIN, "MX"): [(1, ".."), (2, "x" * 300), (3, "a b\x00.example")],
                },
                "fail",
            ),
        ]
        below = " ".join(f"include:i{n}.example" for n in range(10))
        many = {
            (f"i{n}.example", "TXT"): ["v=spf1" + " ip4:1.2.3.4" * 300]
            for n in range(10)
        }
        cases.append(({(DOMAIN, "TXT"): [f"v=spf1 {below} -all"], **many}, "temperror"))
        for zone, result in cases:
            with self.subTest(zone=str(zone)[:80]):
                self.assertEqual(self._check(zone, timeout=3).result, result)

    def test_slow(self):
        found = self._check({(DOMAIN, "TXT"): ["v=spf1 -all"]}, timeout=0.1, delay=5)
        self.assertEqual(found.result, "temperror")
        self.assertEqual(found.problem, "dns_deadline: acme.example TXT")

    def test_slow_branch(self):
        """What doesn't answer can't change what is evaluated before it."""
        record = f"v=spf1 ip4:{IP} include:slow.example -all"
        resolver = SlowResolver({(DOMAIN, "TXT"): [record]})
        resolver.timeout = 0.2
        for ip, result, problem in ((IP, "pass", ""), (OTHER, "temperror", "dns_dead")):
            found, _took = run_in_no_time(prepare(resolver, ip=ip))
            self.assertEqual((found.result, found.problem[:8]), (result, problem))
