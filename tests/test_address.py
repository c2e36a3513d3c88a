# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time

from odoo.tests import BaseCase

from ..mailauth.address import (
    clean,
    is_plain_mailbox,
    is_readable,
    is_readable_mailbox,
    nests_deeply,
    normalize_address,
    normalize_domain,
    normalize_filter,
    normalize_local_part,
    normalize_sender,
    split_list,
    suggest_domain,
    suggest_filter,
    suggest_sender,
)
from ..mailauth.errors import PermError
from .hostile_addresses import HARMLESS, HOSTILE, NOT_STORED

LONG_LABEL = "a" * 64
LONG_NAME = ".".join(["a" * 50] * 6)

DOMAINS = [
    ("plain", "acme.example", "acme.example"),
    ("upper case", "ACME.Example", "acme.example"),
    ("spaces", "  acme.example\t\n", "acme.example"),
    (
        "no-break and zero-width spaces",
        "\u00a0\u200bacme.example\ufeff ",
        "acme.example",
    ),
    ("leading at", "@acme.example", "acme.example"),
    ("leading at and space", " @ acme.example", "acme.example"),
    ("trailing dot", "acme.example.", "acme.example"),
    ("IDN", "Müller.example", "xn--mller-kva.example"),
    ("IDN decomposed", "mu\u0308ller.example", "xn--mller-kva.example"),
    ("IDN sharp s", "straße.example", "xn--strae-oqa.example"),
    ("IDN ideographic full stop", "例え。example", "xn--r8jz45g.example"),
    ("punycode", "XN--Mller-KVA.example", "xn--mller-kva.example"),
    ("this machine", "localhost", "localhost"),
    ("digits", "123.456.example", "123.456.example"),
    ("hyphens", "a--b.c-d.example", "a--b.c-d.example"),
]
BAD_DOMAINS = [
    ("nothing", "", "domain_missing"),
    ("only an at", "@", "domain_missing"),
    ("only a dot", ".", "domain_missing"),
    ("an address", "info@acme.example", "domain_is_address"),
    ("two at", "@@acme.example", "domain_is_address"),
    ("inner space", "acme .example", "domain_invalid"),
    ("a URL", "https://acme.example", "domain_invalid"),
    ("a port", "acme.example:25", "domain_invalid"),
    ("an IPv4 address", "192.0.2.1", "domain_is_ip"),
    ("an IPv4 literal", "[192.0.2.1]", "domain_is_ip"),
    ("an IPv6 address", "2001:db8::1", "domain_is_ip"),
    ("an IPv6 literal", "[2001:db8::1]", "domain_is_ip"),
    ("an IPv6 literal of mail", "[IPv6:2001:db8::1]", "domain_is_ip"),
    ("almost an IPv4 address", "192.0.2.300", "domain_invalid"),
    ("no dot", "acme2", "domain_without_dot"),
    ("no dot, but one at the end", "intranet.", "domain_without_dot"),
    ("a path", "acme.example/", "domain_invalid"),
    ("empty label", "acme..example", "domain_invalid"),
    ("leading dot", ".acme.example", "domain_invalid"),
    ("two trailing dots", "acme.example..", "domain_invalid"),
    ("underscore", "my_acme.example", "domain_invalid"),
    ("leading hyphen", "-acme.example", "domain_invalid"),
    ("trailing hyphen", "acme-.example", "domain_invalid"),
    ("wildcard", "*.acme.example", "domain_wildcard"),
    ("wildcard alone", "*", "domain_invalid"),
    ("semicolon", "acme.example;b.example", "domain_invalid"),
    ("comma", "acme.example,b.example", "domain_invalid"),
    ("line feed inside", "acme.example\nBcc: x", "domain_invalid"),
    ("long label", f"{LONG_LABEL}.example", "domain_invalid"),
    ("long name", LONG_NAME, "domain_invalid"),
    ("emoji", "😀.example", "domain_invalid"),
]
LOCAL_PARTS = [
    ("plain", "bounce", "bounce"),
    ("upper case", "Bounce", "bounce"),
    ("spaces", " bounce ", "bounce"),
    ("plus", "bounce+odoo", "bounce+odoo"),
    ("inner dot", "no.reply", "no.reply"),
    ("trailing dot", "bounce.", "bounce"),
    ("leading at", "@bounce", "bounce"),
    ("odd but valid", "!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~"),
    ("longest", "a" * 64, "a" * 64),
]
BAD_LOCAL_PARTS = [
    ("nothing", "", "local_part_invalid"),
    ("only an at", "@", "local_part_invalid"),
    ("a domain", "@acme.example", "local_part_is_domain"),
    ("an address", "bounce@acme.example", "local_part_is_address"),
    ("trailing at", "bounce@", "local_part_is_address"),
    ("inner space", "my bounce", "local_part_invalid"),
    ("two dots", "a..b", "local_part_invalid"),
    ("leading dot", ".a", "local_part_invalid"),
    ("accent", "bücher", "local_part_invalid"),
    ("quoted", '"bounce"', "local_part_invalid"),
    ("line feed", "bounce\nx", "local_part_invalid"),
    ("brackets", "<bounce>", "local_part_invalid"),
    ("comma", "a,b", "local_part_invalid"),
    ("too long", "a" * 65, "local_part_invalid"),
]
ADDRESSES = [
    ("plain", "info@acme.example", "info@acme.example"),
    ("case, spaces, dot", " Info@ACME.example. ", "info@acme.example"),
    ("IDN", "info@müller.example", "info@xn--mller-kva.example"),
]
BAD_ADDRESSES = [
    ("no at", "info", "address_missing_at"),
    ("no domain", "info@", "domain_missing"),
    ("no local part", "@acme.example", "address_local_part_invalid"),
    ("two at", "a@b@acme.example", "address_local_part_invalid"),
    ("display name", "Acme <info@acme.example>", "address_local_part_invalid"),
    ("bad domain", "info@acme_1.example", "domain_invalid"),
    ("at at", "info@@acme.example", "address_local_part_invalid"),
    ("no dot", "info@acme", "domain_without_dot"),
    ("an IP address", "info@[192.0.2.1]", "domain_is_ip"),
    (
        "header injection",
        "a@acme.example\r\nBcc: b@c.example",
        "address_local_part_invalid",
    ),
]
SENDERS = [
    ("local part", " Notifications ", "notifications"),
    ("address", "Notifications@ACME.example", "notifications@acme.example"),
    ("leading at", "@notifications", "notifications"),
]
BAD_SENDERS = [
    ("a domain", "@acme.example", "local_part_is_domain"),
    ("two addresses", "a@b.example,c@d.example", "address_local_part_invalid"),
    ("space", "no reply", "local_part_invalid"),
]
FILTERS = [
    ("one domain", "acme.example", "acme.example"),
    ("one address", "Info@Acme.example", "info@acme.example"),
    (
        "list",
        "acme.example, info@b.example ,C.example",
        "acme.example,info@b.example,c.example",
    ),
    ("empty parts", ",acme.example,, ,", "acme.example"),
    ("repetition", "acme.example,@ACME.example.", "acme.example"),
    (
        "IDN",
        "müller.example,a@müller.example",
        "xn--mller-kva.example,a@xn--mller-kva.example",
    ),
    ("nothing", "  , ", ""),
    ("lines", "acme.example,\nb.example", "acme.example,b.example"),
    ("underscore", "acme_1.example,a@b_c.example", "acme_1.example,a@b_c.example"),
]
BAD_FILTERS = [
    ("semicolon", "a.example;b.example", "domain_invalid", "a.example;b.example"),
    ("space", "a.example b.example", "domain_invalid", "a.example b.example"),
    ("one bad part", "a.example, b c ,d.example", "domain_invalid", "b c"),
    ("bad address", "x@acme..example", "domain_invalid", "x@acme..example"),
    ("no dot", "a.example, acme", "domain_without_dot", "acme"),
    ("no dot in an address", "bo@acme", "domain_without_dot", "bo@acme"),
    ("all addresses", "*@acme.example", "filter_wildcard", "*@acme.example"),
    ("some addresses", "no*@acme.example", "filter_wildcard", "no*@acme.example"),
    ("all subdomains", "*.acme.example", "domain_wildcard", "*.acme.example"),
    ("an IP address", "192.0.2.1", "domain_is_ip", "192.0.2.1"),
    ("a URL", "https://acme.example", "domain_invalid", "https://acme.example"),
    (
        "name",
        "a.example,Bo <b@b.example>",
        "address_local_part_invalid",
        "Bo <b@b.example>",
    ),
]

# (case, text that is refused, what was meant as a domain, a sender, a filter)
SUGGESTED = [
    ("all addresses", "*@acme.example", "acme.example", "", "acme.example"),
    ("an address", "Info@ACME.example", "acme.example", "info@acme.example",
     "info@acme.example"),
    ("a URL", "https://acme.example", "acme.example", "", "acme.example"),
    ("a URL with a path", "HTTP://www.acme.example:8069/odoo?x#y",
     "acme.example", "", "acme.example"),
    ("a path", "acme.example/", "acme.example", "", "acme.example"),
    ("a mailto", "mailto:info@acme.example", "acme.example", "info@acme.example",
     "info@acme.example"),
    ("a port", "acme.example:25", "acme.example", "", "acme.example"),
    ("a name", "Acme <info@acme.example>", "acme.example", "info@acme.example",
     "info@acme.example"),
    ("semicolons", "a.example; b@b.example;", "", "", "a.example,b@b.example"),
    ("blanks", "a.example b.example", "", "", "a.example,b.example"),
    ("names", "A <a@a.example>; B <b@b.example>", "b.example", "b@b.example",
     "a@a.example,b@b.example"),
    ("no dot", "acme", "", "", ""),
    ("one of them has no dot", "acme; b.example", "", "", ""),
    ("two at", "a@b@c.example", "", "", ""),
    ("an empty label", "acme..example", "", "", ""),
    ("all subdomains", "*.acme.example", "", "", ""),
    ("an IP address", "[192.0.2.1]", "", "", ""),
    ("nothing", " ", "", "", ""),
    ("much", "x" * 100_000 + "@acme.example", "", "", ""),
]  # fmt: skip

# (case, text, whether reading it takes many calls)
NESTING = [
    ("side by side", "(a)" * 1000, False),
    ("within each other", "(" * 51, True),
    ("just not", "(" * 50, False),
    ("ends before any begins", ")" * 1000 + "(" * 51, True),
    ("ends in quotes before", f'"{")" * 1000}"' + "(" * 51, True),
    ("escaped ends", "(\\)" * 51, True),
    ("escaped beginnings", "(" + "\\(" * 51, False),
    ("a backslash before", "\\\\(" * 51, True),
    ("groups", "a:" * 51, True),
    ("few groups", "a:b@c.example;" * 50, False),
    ("a name of brackets", f'"{"(" * 600}" <a@b.example>', False),
    ("a name of colons", f'"{":" * 600}" <a@b.example>', False),
    ("two such names", f'"{"(" * 60}" <a@b.c>, "{"(" * 60}" <d@b.c>', False),
    ("quotes in such a name", f'"\\"{"(" * 60}" <a@b.example>', False),
    ("a name that does not end", f'"{"(" * 60} <a@b.example>', True),
    ("quotes in a comment", f'(" {"(" * 60}" <a@b.example>', True),
    ("quotes in a literal", f'<a@["]{"(" * 60}" <a@b.example>', True),
    ("quotes behind a comment", f'(, "{"(" * 60}" <a@b.example>', True),
    ("brackets behind a name", f'"a" <a@b.example>, {"(" * 60}', True),
]


LISTS = [
    ("one", "a@b.example", ["a@b.example"]),
    ("two", "a@b.c,d@e.f", ["a@b.c", "d@e.f"]),
    ("commas in quotes", '"a, b" <a@b.c>,d@e.f', ['"a, b" <a@b.c>', "d@e.f"]),
    ("quotes in quotes", '"a\\", b" <a@b.c>', ['"a\\", b" <a@b.c>']),
    ("nothing", "", [""]),
    ("quotes that do not end", 'a@b.c,"d,e@f.g', ["a@b.c", '"d,e@f.g']),
]
PLAIN = [
    ("bare", " a@b.example ", True),
    ("with a name", '"(((" <a@b.example>', True),
    ("two", "<a@b.example>, <c@d.example>", False),
    ("words", "a b@c.example", False),
    ("in a comment", "a@b.example)", False),
    ("a long word", "a" * 999 + "@b.example", False),
]


class TestAddress(BaseCase):
    def _check_table(self, function, good, bad):
        for case, text, expected in good:
            with self.subTest(case):
                self.assertEqual(function(text), expected)
                self.assertEqual(function(expected), expected, "stable")
        for case, text, code in bad:
            with self.subTest(case):
                with self.assertRaises(PermError) as caught:
                    function(text)
                self.assertEqual(caught.exception.code, code)

    def test_domain(self):
        self._check_table(normalize_domain, DOMAINS, BAD_DOMAINS)

    def test_local_part(self):
        self._check_table(normalize_local_part, LOCAL_PARTS, BAD_LOCAL_PARTS)

    def test_address(self):
        self._check_table(normalize_address, ADDRESSES, BAD_ADDRESSES)

    def test_sender(self):
        self._check_table(normalize_sender, SENDERS, BAD_SENDERS)

    def test_filter(self):
        bad = [(case, text, code) for case, text, code, _part in BAD_FILTERS]
        self._check_table(normalize_filter, FILTERS, bad)

    def test_suggested(self):
        for case, text, domain, sender, from_filter in SUGGESTED:
            with self.subTest(case):
                self.assertEqual(suggest_domain(text), domain)
                self.assertEqual(suggest_sender(text), sender)
                self.assertEqual(suggest_filter(text), from_filter)

    def test_what_is_suggested_is_taken(self):
        tables = (DOMAINS, BAD_DOMAINS, ADDRESSES, BAD_ADDRESSES, SENDERS, BAD_FILTERS)
        texts = [row[1] for table in (*tables, SUGGESTED) for row in table]
        for suggest, normalize in (
            (suggest_domain, normalize_domain),
            (suggest_sender, normalize_sender),
            (suggest_filter, normalize_filter),
        ):
            for text in texts:
                if meant := suggest(text):
                    self.assertEqual(normalize(meant), meant)

    def test_filter_names_the_part(self):
        for case, text, _code, part in BAD_FILTERS:
            with self.subTest(case), self.assertRaises(PermError) as caught:
                normalize_filter(text)
            self.assertEqual(caught.exception.detail, part)

    def test_error_is_short(self):
        with self.assertRaises(PermError) as caught:
            normalize_domain("x" * 100_000)
        self.assertLess(len(caught.exception.detail), 200)

    def test_readable(self):
        """Each is looked at in time with its length, whatever the answer."""
        started = time.process_time()
        many = ", ".join(f'"Sales (EU): {n}" <n{n}@acme.example>' for n in range(500))
        tables = (
            (HOSTILE, False, False),
            (NOT_STORED, False, False),
            (HARMLESS, True, True),
            ([("many recipients", many)], True, False),
            ([("nobody", "")], True, True),
        )
        for table, as_list, as_mailbox in tables:
            for case, text in table:
                with self.subTest(case):
                    self.assertEqual(is_readable_mailbox(text), as_mailbox)
                    # Odoo leaves out the empty parts of a list.
                    self.assertEqual(is_readable(text), as_list or case == "commas")
        self.assertLess(time.process_time() - started, 5)

    def test_nesting(self):
        for case, text, deep in NESTING:
            with self.subTest(case):
                self.assertEqual(nests_deeply(text), deep)

    def test_lists(self):
        for case, text, expected in LISTS:
            with self.subTest(case):
                self.assertEqual(split_list(text), expected)

    def test_plain(self):
        for case, text, expected in PLAIN:
            with self.subTest(case):
                self.assertEqual(is_plain_mailbox(text), expected)

    def test_hostile_spaces(self):
        started = time.process_time()
        self.assertEqual(clean(" \u200b" * 500_000 + "x"), "x")
        self.assertLess(time.process_time() - started, 5)
