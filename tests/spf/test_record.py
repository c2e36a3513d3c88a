# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time
from ipaddress import ip_network

from odoo.tests import BaseCase

from ...mailauth.errors import PermError
from ...mailauth.spf.record import (
    BadTerm,
    Directive,
    Modifier,
    is_spf,
    parse_record,
    parse_term,
)

# (term, RFC 7208 section, qualifier, mechanism, domain, prefix4, prefix6)
DIRECTIVES = [
    ("all", "5.1", "+", "all", None, 32, 128),
    ("-ALL", "5.1", "-", "all", None, 32, 128),
    ("include:a.example", "5.2", "+", "include", "a.example", 32, 128),
    ("?include:%{d}", "5.2", "?", "include", "%{d}", 32, 128),
    ("a", "5.3", "+", "a", None, 32, 128),
    ("a/24", "5.3", "+", "a", None, 24, 128),
    ("a//64", "5.3", "+", "a", None, 32, 64),
    ("~a:b.example/24//64", "5.3", "~", "a", "b.example", 24, 64),
    ("a:foo:bar/baz.example.com", "7.1", "+", "a", "foo:bar/baz.example.com", 32, 128),
    ("a:example.xn--zckzah", "7.1", "+", "a", "example.xn--zckzah", 32, 128),
    ("a:host.example.", "7.1", "+", "a", "host.example.", 32, 128),
    ("mx:%{l/}.b.example/0", "5.4", "+", "mx", "%{l/}.b.example", 0, 128),
    ("MX//0", "5.4", "+", "mx", None, 32, 0),
    ("ptr", "5.5", "+", "ptr", None, 32, 128),
    ("ptr:a.example", "5.5", "+", "ptr", "a.example", 32, 128),
    ("exists:%{ir}.a.example", "5.7", "+", "exists", "%{ir}.a.example", 32, 128),
    ("exists:a%%", "7.1", "+", "exists", "a%%", 32, 128),
]
NETWORKS = [
    ("ip4:192.0.2.1", "192.0.2.1/32"),
    ("ip4:192.0.2.1/24", "192.0.2.0/24"),
    ("ip4:1.1.1.1/0", "0.0.0.0/0"),
    ("ip6:2001:DB8::1", "2001:db8::1/128"),
    ("ip6:::1.2.3.4/0", "::/0"),
    ("ip6:2001:db8::/32", "2001:db8::/32"),
]
BAD = [
    ("foo", "unknown_mechanism"),
    ("-all.", "unknown_mechanism"),
    ("redirect:a.example", "unknown_mechanism"),
    ("=all", "unknown_mechanism"),
    ("1up=foo", "unknown_mechanism"),
    ("++all", "unknown_mechanism"),
    ("all:x", "bad_argument"),
    ("all/8", "bad_argument"),
    ("include", "bad_argument"),
    ("include:", "bad_domain"),
    ("include:a.example/24", "bad_domain"),
    ("exists", "bad_argument"),
    ("ptr/0", "bad_argument"),
    ("ptr:", "bad_domain"),
    ("a:", "bad_domain"),
    ("a/", "bad_argument"),
    ("a/024", "bad_argument"),
    ("a/24/64", "bad_argument"),
    ("a/33", "bad_prefix"),
    ("a//129", "bad_prefix"),
    ("a:b.example/33", "bad_prefix"),
    ("a:museum", "bad_domain"),
    ("a:museum.", "bad_domain"),
    ("a:111.222.33.44", "bad_domain"),
    ("a:abc.123", "bad_domain"),
    ("a:example.com:8080", "bad_domain"),
    ("a:example.-com", "bad_domain"),
    ("a:foo.example.com\0", "macro_syntax"),
    ("mx:%{q}", "macro_syntax"),
    ("mx:a..%", "macro_syntax"),
    ("ip4", "bad_network"),
    ("ip4:1.2.3", "bad_network"),
    ("ip4:1.2.3.4:8080", "bad_network"),
    ("ip4:1.2.3.4//32", "bad_network"),
    ("ip4:1.2.3.4/33", "bad_network"),
    ("ip4:1.2.3.4/032", "bad_network"),
    ("ip4:01.2.3.4", "bad_network"),
    ("ip4:::1", "bad_network"),
    ("ip6:1.2.3.4", "bad_network"),
    ("ip6::CAFE::BABE", "bad_network"),
    ("ip6:::1.1.1.1/129", "bad_network"),
    ("ip6:fe80::1%eth0", "bad_network"),
    ("redirect=", "bad_domain"),
    ("exp=-all", "bad_domain"),
    ("redirect=%{c}.example", "macro_syntax"),
    ("foo=%abc", "macro_syntax"),
    ("a:\u00e4.example", "not_ascii"),
]


class TestRecord(BaseCase):
    def test_too_long(self):
        """A term that reaches beyond the bound is not half read."""
        text = "v=spf1 " + "a:b.example " * 681 + "a:ccc.example -all"
        for size, expected in ((8191, 0), (8192, 0), (8193, 1), (65535, 1)):
            record = parse_record(text[:8192].ljust(size, "x"))
            with self.subTest(size):
                codes = [bad.code for bad in record.errors]
                self.assertEqual(codes, ["too_long"] * expected)
                names = {term.domain.text for term in record.directives}
                if expected:
                    self.assertEqual(names, {"b.example"})
                    self.assertEqual(record.errors[0].position, 8179)
        record = parse_record(b"v=spf1 " + b"x" * 60000)
        self.assertEqual([bad.code for bad in record.errors], ["too_long"])

    def test_directives(self):
        for text, section, qualifier, mechanism, domain, prefix4, prefix6 in DIRECTIVES:
            with self.subTest(text=text, section=section):
                term = parse_term(text)
                found = term.domain.text if term.domain else None
                self.assertEqual(term.qualifier, qualifier)
                self.assertEqual(term.mechanism, mechanism)
                self.assertEqual(found, domain)
                self.assertEqual((term.prefix4, term.prefix6), (prefix4, prefix6))

    def test_networks(self):
        for text, network in NETWORKS:
            with self.subTest(text=text):
                self.assertEqual(parse_term(text).network, ip_network(network))

    def test_bad(self):
        for text, code in BAD:
            with self.subTest(text=text):
                (term,) = parse_record(f"v=spf1 {text}").terms
                self.assertIsInstance(term, BadTerm)
                self.assertEqual(term.code, code)
                self.assertEqual(term.position, 7)
                with self.assertRaises(PermError) as caught:
                    parse_term(text)
                self.assertEqual(caught.exception.code, code)

    def test_structure(self):
        text = "V=spf1 mx  X.y-z_1=%{d} all a redirect=a.example exp=b.example"
        record = parse_record(text.encode())
        kinds = [type(term) for term in record.terms]
        expected = [Directive, Modifier, Directive, Directive, Modifier, Modifier]
        self.assertEqual(kinds, expected)
        positions = [term.position for term in record.terms]
        self.assertEqual(positions, [7, 11, 24, 28, 30, 49])
        self.assertEqual([term.text for term in record.effective], ["mx", "all"])
        self.assertEqual(record.redirect.value.text, "a.example")
        self.assertEqual(record.exp.value.text, "b.example")

    def test_effective_redirect(self):
        record = parse_record("v=spf1 redirect=a.example mx")
        texts = [term.text for term in record.effective]
        self.assertEqual(texts, ["mx", "redirect=a.example"])

    def test_modifier_twice(self):
        record = parse_record("v=spf1 x=1 x=2 exp=a.example EXP=b.example -all")
        errors = [(bad.text, bad.code) for bad in record.errors]
        self.assertEqual(errors, [("EXP=b.example", "duplicate_modifier")])

    def test_selection(self):
        cases = [
            (b"v=spf1", True),
            (b"V=SPF1 -all", True),
            (b"v=spf1  ", True),
            (b"v=spf10 -all", False),
            (b"v=spf1mx", False),
            (b"v=spf1\tmx", False),
            (b" v=spf1", False),
            (b"", False),
        ]
        for record, expected in cases:
            with self.subTest(record=record):
                self.assertEqual(is_spf(record), expected)
        with self.assertRaises(PermError):
            parse_record(b"v=spf2.0/pra")

    def test_bytes(self):
        record = parse_record(b"v=spf1 a:\xef\xbb\xbfx.example \x00 -all")
        self.assertEqual([bad.position for bad in record.errors], [7, 22])
        self.assertEqual(record.errors[0].text, "a:\\xef\\xbb\\xbfx.example")

    def test_linear_time(self):
        """64 KB of anything are read in a moment."""
        texts = ["a" * 64000, "a:" + "a." * 32000, "a:" + "%{d}" * 16000, "a " * 32000]
        texts += ["a:" + "/1" * 32000, "x=" + "%%" * 32000, "ip4:" + "1." * 32000]
        texts += ["a:x." + "a-" * 32000, "a:" + "%{" * 32000, "ip6:" + ":" * 64000]
        for text in texts:
            with self.subTest(text=text[:10]):
                start = time.process_time()
                parse_record("v=spf1 " + text)
                self.assertLess(time.process_time() - start, 2)
