# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.errors import PermError
from ...mailauth.spf.macro import (
    expand,
    expand_domain,
    parse_domain_macros,
    parse_explanation,
)

# The examples of RFC 7208 section 7.4.
VALUES = {
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "c": "192.0.2.3",
    "v": "in-addr",
    "h": "mx.example.org",
    "p": "mx.example.org",
    "r": "receiver.example.net",
    "t": "1700000000",
}
CASES = [
    ("%{s}", "strong-bad@email.example.com"),
    ("%{o}", "email.example.com"),
    ("%{d}", "email.example.com"),
    ("%{d4}", "email.example.com"),
    ("%{d3}", "email.example.com"),
    ("%{d2}", "example.com"),
    ("%{d1}", "com"),
    ("%{dr}", "com.example.email"),
    ("%{d2r}", "example.email"),
    ("%{l}", "strong-bad"),
    ("%{l-}", "strong.bad"),
    ("%{lr}", "strong-bad"),
    ("%{lr-}", "bad.strong"),
    ("%{l1r-}", "strong"),
    ("%{D2R}", "example.email"),
    ("%{d00002}", "example.com"),
    ("%{d99999999999999999999}", "email.example.com"),
    ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
    ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
    (
        "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
        "3.2.0.192.in-addr.strong.lp._spf.example.com",
    ),
    ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ("%{S}", "strong-bad%40email.example.com"),
    ("a%%b%_c%-d", "a%b c%20d"),
    ("%{l+-}x", "strong.badx"),
    ("%{p}", "mx.example.org"),
    ("", ""),
]


class TestMacro(BaseCase):
    def test_expand(self):
        for text, expected in CASES:
            with self.subTest(text=text):
                self.assertEqual(expand(parse_domain_macros(text), VALUES), expected)

    def test_ip6(self):
        nibbles = "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1"
        values = {**VALUES, "i": nibbles, "v": "ip6"}
        string = parse_domain_macros("%{ir}.%{v}._spf.%{d2}")
        expected = ".".join(reversed(nibbles.split("."))) + ".ip6._spf.example.com"
        self.assertEqual(expand(string, values), expected)

    def test_explanation(self):
        string = parse_explanation("%{c} at %{t}: ask %{r}.")
        expected = "192.0.2.3 at 1700000000: ask receiver.example.net."
        self.assertEqual(expand(string, VALUES), expected)
        self.assertEqual(string.letters, {"c", "t", "r"})

    def test_syntax(self):
        texts = [
            "%",
            "%a",
            "%(ir)",
            "%{",
            "%{}",
            "%{d",
            "%{x}",
            "%{d0}",
            "%{d:}",
            "%{2d}",
        ]
        texts += [
            "%{c}",
            "%{r}",
            "%{t}",
            "a b",
            "\x00",
            "ä",
            "%{drr}",
            "%{d-2}",
            "100%",
        ]
        for text in texts:
            with self.subTest(text=text), self.assertRaises(PermError) as caught:
                parse_domain_macros(text)
            self.assertEqual(caught.exception.code, "macro_syntax")

    def test_domain(self):
        """Labels go from the left until 253 characters are left (section 7.3)."""
        label = "x" * 60
        cases = [
            ("mail.example.com.", "mail.example.com"),
            (".".join([label] * 5), ".".join([label] * 4)),
            ("a." + "b" * 252, "b" * 252),
            ("ab." + ".".join(["b" * 62] * 4), ".".join(["b" * 62] * 4)),
            ("a." + ".".join(["b" * 62] * 4), "a." + ".".join(["b" * 62] * 4)),
            ("%{d}." + ".".join(["b" * 60] * 4), "com." + ".".join(["b" * 60] * 4)),
        ]
        for text, expected in cases:
            with self.subTest(text=text):
                name = expand_domain(parse_domain_macros(text), VALUES)
                self.assertEqual(name, expected)

    def test_bounded(self):
        string = parse_domain_macros("%{s}" * 5000)
        with self.assertRaises(PermError) as caught:
            expand(string, {**VALUES, "s": "x" * 10000})
        self.assertEqual(caught.exception.code, "macro_too_long")
