# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import email.policy
import time
from email.message import EmailMessage

from odoo.tests import BaseCase

from ...mailauth.author_name import clean_name
from ...mailauth.from_filter import matches_filter
from ...mailauth.mailbox import format_mailbox, parse_mailbox
from ...mailauth.sender import decide_sender
from ..hostile_addresses import HOSTILE, NOT_STORED

D = "notifications@acme.example"
OWN = ("acme.example", "globex.example", "shop@partner.example")
BOB = '"Bob" <bob@acme.example>'
ANNA = '"Anna" <anna@yahoo.example>'
ANNA_BY_D = '"Anna" <notifications@acme.example>'

# (rule, author, filter, D, author's policy, sender policy, From, reason)
DECISIONS = [
    # 1. The filter names the author.
    ("1 domain", BOB, "acme.example", D, "reject", "dmarc", BOB, "filter_match"),
    ("1 address", BOB, "bob@acme.example", D, "none", "dmarc", BOB, "filter_match"),
    ("1 one of several", BOB, "x.example, acme.example", D, "none", "dmarc", BOB,
     "filter_match"),
    ("1 upper case in the filter", BOB, "ACME.Example", D, "none", "dmarc", BOB,
     "filter_match"),
    ("1 upper case in the author", "BOB@ACME.EXAMPLE", "acme.example", D, "none",
     "dmarc", "BOB@ACME.EXAMPLE", "filter_match"),
    ("1 spaces in the filter", BOB, " acme.example , ", D, "none", "dmarc", BOB,
     "filter_match"),
    ("1 a leading @ in the filter", BOB, "@acme.example", D, "none", "dmarc", BOB,
     "filter_match"),
    ("1 a trailing dot in the filter", BOB, "acme.example.", D, "none", "dmarc", BOB,
     "filter_match"),
    ("1 IDN in the filter", "b@xn--mnchen-3ya.example", "münchen.example", D, "none",
     "dmarc", "b@xn--mnchen-3ya.example", "filter_match"),
    ("1 IDN in the author", '"B" <b@münchen.example>', "xn--mnchen-3ya.example", D,
     "none", "dmarc", '"B" <b@xn--mnchen-3ya.example>', "filter_match"),
    ("1 always changes nothing", BOB, "acme.example", D, "none", "always", BOB,
     "filter_match"),
    ("1 foreign, but named", ANNA, "yahoo.example", D, "reject", "always", ANNA,
     "filter_match"),
    ("1 without D", BOB, "acme.example", "", "none", "dmarc", BOB, "filter_match"),
    # 2. The filter does not name the author.
    ("2 foreign", ANNA, "acme.example", D, "none", "dmarc", ANNA_BY_D,
     "filter_mismatch"),
    ("2 foreign, policy filter", ANNA, "acme.example", D, "none", "filter", ANNA_BY_D,
     "filter_mismatch"),
    ("2 without a name", "anna@yahoo.example", "acme.example", D, "none", "dmarc",
     '"anna" <notifications@acme.example>', "filter_mismatch"),
    ("2 a subdomain", "bob@mail.acme.example", "acme.example", D, "none", "dmarc",
     '"bob" <notifications@acme.example>', "filter_mismatch"),
    ("2 the parent domain", BOB, "mail.acme.example", "n@mail.acme.example", "none",
     "dmarc", '"Bob" <n@mail.acme.example>', "filter_mismatch"),
    ("2 a lookalike that ends alike", "bob@notacme.example", "acme.example", D, "none",
     "dmarc", '"bob" <notifications@acme.example>', "filter_mismatch"),
    ("2 a lookalike that begins alike", "bob@acme.example.evil.example", "acme.example",
     D, "none", "dmarc", '"bob" <notifications@acme.example>', "filter_mismatch"),
    ("2 a homoglyph", "bob@аcme.example", "acme.example", D, "none", "dmarc",
     '"bob" <notifications@acme.example>', "filter_mismatch"),
    ("2 another address of the domain", BOB, "sales@acme.example", "sales@acme.example",
     "none", "dmarc", '"Bob" <sales@acme.example>', "filter_mismatch"),
    ("2 the filter is D: a colleague", BOB, D, D, "none", "dmarc",
     '"Bob" <notifications@acme.example>', "filter_mismatch"),
    ("2 an address in the name counts for nothing",
     '"bob@acme.example" <mallory@evil.example>', "bob@acme.example", D,
     "none", "dmarc",
     '"bob@acme.example" <notifications@acme.example>', "filter_mismatch"),
    ("2 nor without quotes", "bob@acme.example <mallory@evil.example>",
     "acme.example", D, "none", "dmarc",
     '"bob@acme.example" <notifications@acme.example>', "filter_mismatch"),
    ("2 own domain of another company", "eve@globex.example", "acme.example", D, "none",
     "dmarc", '"eve" <notifications@acme.example>', "filter_mismatch"),
    # 3. There is no filter.
    ("3 own domain", BOB, "", D, "reject", "dmarc", BOB, "own_domain"),
    ("3 own domain, always", BOB, "", D, "reject", "always", BOB, "own_domain"),
    ("3 an address that a filter names", "shop@partner.example", "", D, "reject",
     "dmarc", "shop@partner.example", "own_domain"),
    ("3 its neighbour is foreign", "x@partner.example", "", D, "reject", "dmarc",
     '"x" <notifications@acme.example>', "policy_enforced"),
    ("3 a subdomain is foreign", "x@mail.acme.example", "", D, "reject", "dmarc",
     '"x" <notifications@acme.example>', "policy_enforced"),
    ("3 dmarc: reject", ANNA, "", D, "reject", "dmarc", ANNA_BY_D, "policy_enforced"),
    ("3 dmarc: quarantine", ANNA, None, D, "quarantine", "dmarc", ANNA_BY_D,
     "policy_enforced"),
    ("3 dmarc: none", ANNA, "", D, "none", "dmarc", ANNA, "policy_none"),
    ("3 dmarc: DNS fails", ANNA, "", D, None, "dmarc", ANNA_BY_D, "policy_unknown"),
    ("3 dmarc: a mailbox provider", ANNA, "", D, "mailbox_provider", "dmarc", ANNA_BY_D,
     "mailbox_provider"),
    ("3 always", ANNA, "", D, "none", "always", ANNA_BY_D, "policy_always"),
    ("3 filter: reject", ANNA, "", D, "reject", "filter", ANNA, "policy_filter"),
    ("3 filter: unknown", ANNA, "", D, None, "filter", ANNA, "policy_filter"),
    ("3 a filter of commas is none", ANNA, " , @ ", D, "none", "dmarc", ANNA,
     "policy_none"),
    # 4. There is no author.
    ("4 nothing", None, "acme.example", D, "none", "dmarc", D, "no_author"),
    ("4 empty", "", "", D, "none", "dmarc", D, "no_author"),
    ("4 only a name", "Robert", "", D, "none", "filter",
     '"Robert" <notifications@acme.example>', "no_author"),
    ("4 D has a name", "", "", f'"Acme" <{D}>', "none", "dmarc", D, "no_author"),
    # D itself.
    ("D is the author", f'"Acme" <{D}>', "", D, "reject", "always", f'"Acme" <{D}>',
     "default_sender"),
    ("D is the author, upper case", D.upper(), D, D, "none", "dmarc", D.upper(),
     "filter_match"),
    # Names.
    ("name: RFC 2047", "=?utf-8?q?Zo=C3=A9?= <z@yahoo.example>", "acme.example", D,
     "none", "dmarc", "=?utf-8?q?Zo=C3=A9?= <notifications@acme.example>",
     "filter_mismatch"),
    ("name: another alphabet", '"Zoé" <z@yahoo.example>', "acme.example", D, "none",
     "dmarc", "=?utf-8?q?Zo=C3=A9?= <notifications@acme.example>", "filter_mismatch"),
    ("name: quotes", '"A \\"B\\" C" <z@yahoo.example>', "acme.example", D, "none",
     "dmarc", '"A \\"B\\" C" <notifications@acme.example>', "filter_mismatch"),
    ("name: a foreign address", '"support@bank.example" <m@evil.example>',
     "acme.example", D, "none", "dmarc", '"m" <notifications@acme.example>',
     "filter_mismatch"),
    ("name: a foreign address and a dot", '"ceo@bank.example." <m@evil.example>',
     "acme.example", D, "none", "dmarc", '"m" <notifications@acme.example>',
     "filter_mismatch"),
    ("name: a foreign address and words", '"Help <support@bank.example>" <m@x.example>',
     "acme.example", D, "none", "dmarc", '"Help" <notifications@acme.example>',
     "filter_mismatch"),
    ("several authors: the first", "anna@yahoo.example, bob@acme.example",
     "acme.example", D, "none", "dmarc", '"anna" <notifications@acme.example>',
     "filter_mismatch"),
    ("several authors: only the first stays", f"{BOB}, mallory@evil.example",
     "acme.example", D, "none", "dmarc", BOB, "filter_match"),
    # 6. D is wrong.
    ("6 D is missing", ANNA, "acme.example", "", "none", "dmarc", ANNA,
     "filter_mismatch"),
    ("6 D is missing, no filter", ANNA, "", None, "reject", "dmarc", ANNA,
     "policy_enforced"),
    ("6 D outside the filter", ANNA, "other.example", D, "none", "dmarc", ANNA_BY_D,
     "filter_mismatch"),
    ("6 nobody at all", "", "", "", "none", "dmarc", "", "no_author"),
]  # fmt: skip

KEPT = {"filter_match", "own_domain", "policy_filter", "policy_none", "default_sender"}

# (case, author, filter, D, fault)
FAULTS = [
    ("none", ANNA, "acme.example", D, ""),
    ("none where nothing is encapsulated", BOB, "acme.example", "", ""),
    ("no D", ANNA, "acme.example", "", "default_missing"),
    ("no D for no author", "", "", "", "default_missing"),
    ("D outside", ANNA, "other.example", D, "default_outside_filter"),
    ("D outside, D is the author", D, "other.example", D, "default_outside_filter"),
    ("D without a filter", D, "", D, ""),
    ("D no address", ANNA, "acme.example", "notifications", "default_missing"),
]

# (case, name, what is left)
NAMES = [
    ("plain", "Anna Example", "Anna Example"),
    ("line breaks", "Anna\r\nBcc: x", "Anna Bcc: x"),
    ("other control characters", "An\x00na\x1b[0m", "Anna[0m"),
    ("right-to-left override", "\u202eelpmaxe.knab", "elpmaxe.knab"),
    ("zero-width characters", "An\u200bna", "Anna"),
    ("one foreign address", "support@bank.example", ""),
    ("in brackets", "Help (support@bank.example)", "Help"),
    ("a full-width sign", "support＠bank.example", ""),
    ("with invisible characters in it", "sup\u200bport@ba\u2060nk.example", ""),
    ("two", "a@bank.example b@bank.example Anna", "Anna"),
    ("ours", "bob@acme.example", "bob@acme.example"),
    ("a subdomain of ours", "bob@mail.acme.example", ""),
    ("an at sign that is no address", "Bike@Home", "Bike@Home"),
    ("IDN", "a@münchen.example Anna", "Anna"),
    ("before one of ours", "ceo@bank.example|x@acme.example", "|x@acme.example"),
    ("a path before ours", "ceo@bank.example/x@acme.example", "/x@acme.example"),
    ("a route to ours", "ceo@bank.example=x@acme.example", "=x@acme.example"),
    ("ours as a second domain", "ceo@bank.example@acme.example", ""),
    ("ours as the first of two", "ceo@acme.example@bank.example", ""),
    ("combining marks", "ceo@हिन्दी.भारत", ""),
    ("a grapheme joiner", "ceo@bank\u034f.example", ""),
    ("a variation selector", "ceo@bank.\ufe0fexample", ""),
    ("a Hangul filler", "ceo@bank\u3164.example", ""),
    ("an ideographic dot", "ceo@bank\u3002example", ""),
    ("a full-width dot", "ceo@bank\uff0eexample", ""),
    ("a half-width dot", "ceo@bank\uff61example", ""),
    ("a blank after the sign", "Help ceo@ bank.example", "Help"),
    ("ours with a blank", "bob@ acme.example", "bob@ acme.example"),
    ("quotes after the sign", 'ceo@"bank.example"', ""),
    ("a bracket after the sign", "Help ceo@<bank.example", "Help"),
    ("an IP address", "Help ceo@[192.0.2.1]", "Help"),
    ("only a dot is left", "ceo@bank.example.", ""),
    ("no address at all", "\u2764\ufe0f", "\u2764\ufe0f"),
    ("at a place", "Jane @ Company", "Jane @ Company"),
    ("an encoded word inside", "=?utf-8?q?=0A?=", "= ?utf-8?q?=0A?="),
    ("very long", "x" * 5000, "x" * 200),
]


def _deep(depth, function, *args):
    """Call a function with so many calls below it."""
    return _deep(depth - 1, function, *args) if depth else function(*args)


class TestSender(BaseCase):
    def test_decisions(self):
        for rule, author, filter_, default, theirs, ours, header, reason in DECISIONS:
            with self.subTest(rule):
                found = decide_sender(author, filter_, default, OWN, theirs, ours)
                self.assertEqual(found.header_from, header)
                self.assertEqual(found.reason, reason)
                address = parse_mailbox(author).address
                encapsulated = bool(address and default) and reason not in KEPT
                self.assertEqual(found.encapsulated, encapsulated)

    def test_unfiltered_default(self):
        """Odoo sends as D through a server record without a filter; also for us."""
        found = decide_sender(BOB, "", D, OWN, unfiltered_default=True)
        self.assertEqual(found.reason, "unfiltered_default")
        self.assertEqual(found.header_from, f'"Bob" <{D}>')

    def test_faults(self):
        for case, author, from_filter, default, fault in FAULTS:
            with self.subTest(case):
                found = decide_sender(author, from_filter, default, OWN)
                self.assertEqual(found.fault, fault)

    def test_author(self):
        found = decide_sender('"A" <A@München.example>', "acme.example", D, OWN)
        self.assertEqual(found.author, "A@xn--mnchen-3ya.example")
        self.assertEqual(found.author_domain, "xn--mnchen-3ya.example")

    def test_names(self):
        for case, name, expected in NAMES:
            with self.subTest(case):
                self.assertEqual(clean_name(name, OWN), expected)

    def test_long_name_is_readable_and_short_enough(self):
        name = "Ñandú " * 30
        header = format_mailbox(clean_name(name), D)
        self.assertTrue(header.isascii())
        words = header.rpartition(" ")[0].split()
        self.assertLessEqual(max(map(len, words)), 75)
        mailbox = parse_mailbox(header)
        self.assertEqual((mailbox.name, mailbox.address), (name.strip(), D))

    def test_a_character_set_that_is_none_stays_encoded(self):
        name = "=?utf-\u00e9?q?Anna?="
        self.assertEqual(parse_mailbox(f"{name} <anna@acme.example>").name, name)

    def test_no_header_injection(self):
        """Whatever is in the name, one header comes out, with the same address."""
        breaks = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00"]
        encoded = "=?utf-8?b?QQ0KQmNjOiB4QGV2aWwuZXhhbXBsZQ==?= <{}>"
        authors = [f'"A{b}Bcc: x@evil.example" <{{}}>' for b in breaks] + [
            encoded,
            '"=?utf-8?q?A=0D=0ABcc:_x=40evil.example?=" <{}>',
            "=?utf-8?q?=3D=3Futf-8=3Fq=3FA=3D0D=3D0ABcc=3A_x=3F=3D?= <{}>",
        ]
        for author in authors:
            for address in ("anna@yahoo.example", "bob@acme.example"):
                with self.subTest(author=author, address=address):
                    found = decide_sender(author.format(address), "acme.example", D)
                    message = EmailMessage(policy=email.policy.SMTP)
                    message["From"] = found.header_from
                    lines = message.as_bytes().split(b"\r\n\r\n")[0].split(b"\r\n")
                    self.assertTrue(all(line[:1] in b"F " for line in lines), lines)
                    self.assertNotIn(b"\nBcc", message.as_bytes())
                    addresses = message["From"].addresses
                    self.assertEqual(len(addresses), 1)

    def test_hostile_length(self):
        """No quadratic time: this would take minutes."""
        for text in ("a" * 10**6, "a@" * 10**5, "<" * 10**5, '"' * 10**5, "=?" * 10**5):
            decide_sender(text, "acme.example", D, OWN)
            decide_sender(f"{text} <x@yahoo.example>", "acme.example", D, OWN)

    def test_hostile_addresses(self):
        """None ends in an error, at any depth of the stack, nor takes long."""
        started = time.process_time()
        for case, text in HOSTILE + NOT_STORED:
            for depth in (0, 600):
                with self.subTest(case, depth=depth):
                    found = _deep(depth, decide_sender, text, "", D, OWN, "reject")
                    self.assertLess(len(found.header_from), 500)
        self.assertLess(time.process_time() - started, 10)

    def test_hostile_names(self):
        texts = ("a@", "a@a.", "@a.bb", "a.", "\u034f", "\u3316", "a@[", "a@ <", "é")
        started = time.process_time()
        for text in texts:
            clean_name(text * 10**5, OWN)
        self.assertLess(time.process_time() - started, 5)

    def test_matches_filter(self):
        self.assertTrue(matches_filter("a@acme.example", "@ACME.example "))
        self.assertFalse(matches_filter("a@acme.example", ""))
        self.assertFalse(matches_filter("acme.example", "b@acme.example"))
