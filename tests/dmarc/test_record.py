# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dmarc.meant import is_meant
from ...mailauth.dmarc.record import is_dmarc, parse_dmarc
from ...mailauth.errors import PermError

# Sections are RFC 9989's where no other document is named.
# (section, record, whether it is a DMARC record, whether it was meant as one)
VERSIONS = [
    ("4.7 v", b"v=DMARC1; p=none", True, False),
    ("4.8 dmarc-version alone", b"v=DMARC1", True, False),
    ("4.8 white space around =", b"v = DMARC1 ;p=none", True, False),
    ("4.8 v is an ABNF string", b"V=DMARC1; p=none", True, False),
    ("4.8 %s: case counts", b"v=dmarc1; p=none", False, True),
    ("4.7 v must match precisely", b"v=DMARC2; p=none", False, False),
    ("4.7 v must be the first tag", b"p=none; v=DMARC1", False, True),
    ("4.8 a separator follows", b"v=DMARC1 p=none", False, True),
    ("4.8 nothing precedes", b'"v=DMARC1; p=none"', False, True),
    ("4.10 step 2", b"v=spf1 -all", False, False),
]
# (section, record, fields)
FIELDS = [
    ("4.7 p", b"v=DMARC1; p=none", {"p": "none", "valid": True}),
    ("4.7 p", b"v=DMARC1; p=quarantine", {"p": "quarantine"}),
    ("4.7 p", b"v=DMARC1; p=reject", {"p": "reject", "notes": ()}),
    ("4.8 dmarc-request, any case", b"v=DMARC1; p=REJECT", {"p": "reject"}),
    ("4.7 sp", b"v=DMARC1; p=none; sp=reject", {"sp": "reject"}),
    ("4.7 np", b"v=DMARC1; p=none; np=reject", {"np": "reject"}),
    ("4.7 t, default n", b"v=DMARC1; p=none", {"testing": False}),
    ("4.7 t", b"v=DMARC1; p=reject; t=y", {"testing": True}),
    ("4.7 t=n", b"v=DMARC1; p=reject; t=n", {"testing": False}),
    ("4.7 psd, default u", b"v=DMARC1; p=none", {"psd": "u"}),
    ("4.7 psd", b"v=DMARC1; p=none; psd=y", {"psd": "y"}),
    ("4.7 psd", b"v=DMARC1; p=none; psd=n", {"psd": "n"}),
    ("4.7 adkim, default r", b"v=DMARC1; p=none", {"adkim": "r", "aspf": "r"}),
    ("4.7 adkim", b"v=DMARC1; p=none; adkim=s", {"adkim": "s", "aspf": "r"}),
    ("4.7 aspf", b"v=DMARC1; p=none; aspf=s", {"adkim": "r", "aspf": "s"}),
    ("4.7 fo, default 0", b"v=DMARC1; p=none", {"fo": ("0",)}),
    (
        "4.7 fo",
        b"v=DMARC1; p=none; fo=d:s; ruf=mailto:a@b.example",
        {"fo": ("d", "s"), "notes": ()},
    ),
    ("4.8 a trailing separator", b"v=DMARC1; p=none; ", {"p": "none", "notes": ()}),
    ("4.8 no white space", b"v=DMARC1;p=none;sp=none", {"sp": "none", "notes": ()}),
]
# (section, record, code of the note, text of the note)
NOTES = [
    ("4.7 unknown tags", b"v=DMARC1; p=none; x=1", "tag_unknown", "x=1"),
    ("4.8 case of names", b"v=DMARC1; p=none; SP=none", "tag_case", "SP=none"),
    ("4.8 case of names", b"V=DMARC1; p=none", "tag_case", "V=DMARC1"),
    (
        "4.7 1 includes 0",
        b"v=DMARC1; p=none; ruf=mailto:a@b.example; fo=0:1",
        "fo_both",
        "fo=0:1",
    ),
    ("C.4 pct", b"v=DMARC1; p=none; pct=50", "tag_removed", "pct=50"),
    ("C.4 rf", b"v=DMARC1; p=none; rf=afrf", "tag_removed", "rf=afrf"),
    ("C.4 ri", b"v=DMARC1; p=none; ri=86400", "tag_removed", "ri=86400"),
    ("4.7 syntax errors", b"v=DMARC1; p=none; oops", "tag_syntax", "oops"),
    ("4.8 an empty tag", b"v=DMARC1; p=none;; t=y", "tag_empty", ""),
    ("4.8 dmarc-value", b"v=DMARC1; p=none; fo=\xe9", "tag_value", r"fo=\xe9"),
    ("RFC 6376 3.2 repeats", b"v=DMARC1; p=none; p=none", "tag_duplicate", "p=none"),
    ("4.7 default instead", b"v=DMARC1; p=none; adkim=x", "value_invalid", "adkim=x"),
    ("4.7 default instead", b"v=DMARC1; p=none; t=maybe", "value_invalid", "t=maybe"),
    ("4.8 dmarc-fo", b"v=DMARC1; p=none; fo=x", "value_invalid", "fo=x"),
    ("4.7 fo without ruf", b"v=DMARC1; p=none; fo=1", "fo_without_ruf", "fo=1"),
    ("4.7 p", b"v=DMARC1", "policy_missing", ""),
    ("4.10.1 p", b"v=DMARC1; p=maybe", "policy_invalid", "p=maybe"),
    ("4.10.1 sp", b"v=DMARC1; p=none; sp=", "policy_invalid", "sp="),
    ("4.10.1 np", b"v=DMARC1; p=none; np=x", "policy_invalid", "np=x"),
    ("RFC 7489 6.3 p", b"v=DMARC1; t=n; p=none", "policy_not_second", "t"),
    ("4.6 a URI", b"v=DMARC1; p=none; rua=a@b.example", "uri_invalid", None),
    ("4.6 a mailbox", b"v=DMARC1; p=none; rua=mailto:b", "uri_invalid", None),
    ("4.6 a domain", b"v=DMARC1; p=none; rua=mailto:a@b..c", "uri_invalid", None),
    (
        "4.6 no comma",
        b"v=DMARC1;p=none;rua=mailto:a@b.c mailto:d@e.f",
        "uri_invalid",
        None,
    ),
    ("4.7 rua", b"v=DMARC1; p=none; rua=https://b.example", "uri_not_mailto", None),
    ("C.4 size", b"v=DMARC1;p=none;rua=mailto:a@b.example!9m", "uri_size", None),
    ("no size", b"v=DMARC1;p=none;rua=mailto:a@b.example!9p", "uri_invalid", None),
    (
        "RFC 6068 2 no host",
        b"v=DMARC1;p=none;rua=mailto://a@b.example",
        "uri_invalid",
        None,
    ),
    ("RFC 5321 2.3.5", b"v=DMARC1;p=none;rua=mailto:d@(x)", "uri_invalid", None),
    ("RFC 5321 2.3.5", b"v=DMARC1;p=none;rua=mailto:d@x", "uri_invalid", None),
    ("RFC 3696 2", b"v=DMARC1;p=none;rua=mailto:d@192.0.2.1", "uri_invalid", None),
    (
        "RFC 5322 3.4.1",
        b"v=DMARC1;p=none;rua=mailto:a@b@c.example",
        "uri_invalid",
        None,
    ),
    (
        "RFC 5322 3.4.1",
        b"v=DMARC1;p=none;rua=mailto:a%20b@c.example",
        "uri_invalid",
        None,
    ),
]
# (section, tags after v, policy of the domain, of a subdomain, of one that isn't there)
POLICIES = [
    ("4.7 p", b"p=reject", "reject", "reject", "reject"),
    ("4.7 sp", b"p=reject; sp=none", "reject", "none", "none"),
    ("4.7 np", b"p=none; np=reject", "none", "none", "reject"),
    (
        "4.7 np over sp",
        b"p=none; sp=quarantine; np=reject",
        "none",
        "quarantine",
        "reject",
    ),
    ("4.10.1 no p, no rua", b"rua=nonsense", None, None, None),
    ("4.10.1 no p, rua", b"rua=mailto:a@b.example", "none", "none", "none"),
    ("4.10.1 bad p, rua", b"p=x; rua=mailto:a@b.example", "none", "none", "none"),
    ("4.10.1 bad sp", b"p=reject; sp=x", None, None, None),
    ("4.10.1 bad np", b"p=reject; np=x; rua=mailto:a@b.c", "none", "none", "none"),
    ("4.8 an sp that is no value", b"p=reject; sp=\xff", None, None, None),
    ("4.7 t does not change it", b"p=reject; t=y", "reject", "reject", "reject"),
    ("4.7 pct no more either", b"p=reject; pct=0", "reject", "reject", "reject"),
    ("4.8 names in capitals", b"P=REJECT; SP=none", "reject", "none", "none"),
]


class TestDmarcRecord(BaseCase):
    def test_version(self):
        for section, record, expected, nearly in VERSIONS:
            with self.subTest(section, record=record):
                self.assertEqual(is_dmarc(record), expected)
                self.assertEqual(is_meant(record) and not is_dmarc(record), nearly)

    def test_not_dmarc(self):
        with self.assertRaises(PermError) as caught:
            parse_dmarc(b"v=spf1 -all")
        self.assertEqual(caught.exception.code, "dmarc_version")

    def test_fields(self):
        for section, record, fields in FIELDS:
            with self.subTest(section, record=record):
                parsed = parse_dmarc(record)
                found = {name: getattr(parsed, name) for name in fields}
                self.assertEqual(found, fields)

    def test_notes(self):
        for section, record, code, text in NOTES:
            with self.subTest(section, record=record):
                notes = {note.code: note.text for note in parse_dmarc(record).notes}
                self.assertEqual(list(notes), [code])
                if text is not None:
                    self.assertEqual(notes[code], text)

    def test_policies(self):
        for section, tags, *expected in POLICIES:
            with self.subTest(section, tags=tags):
                record = parse_dmarc(b"v=DMARC1; " + tags)
                found = [record.select_policy(tag) for tag in ("p", "sp", "np")]
                self.assertEqual(found, expected)

    def test_uris(self):
        record = parse_dmarc(
            b"v=DMARC1; p=none; rua=mailto:a%21b@ACME.example?subject=x!10m , nonsense,"
            b"mailto:c@xn--bcher-kva.example; ruf=mailto:d@acme.example"
        )
        found = [(uri.address, uri.domain) for uri in record.rua]
        expected = [
            ("a!b@ACME.example", "acme.example"),
            ("c@xn--bcher-kva.example", "xn--bcher-kva.example"),
        ]
        self.assertEqual(found, expected)
        self.assertEqual(record.ruf[0].address, "d@acme.example")

    def test_names_in_capitals_are_the_same_names(self):
        record = parse_dmarc(b"v=DMARC1; p=none; P=reject; ADKIM=s; PCT=50")
        self.assertEqual((record.p, record.adkim, record.pct), ("none", "s", 50))
        codes = {note.code for note in record.notes}
        self.assertEqual(codes, {"tag_duplicate", "tag_removed", "tag_case"})

    def test_pct(self):
        """Receivers of RFC 7489 section 6.3 read it, the others don't."""
        cases = {b"": 100, b"pct=0": 0, b"pct=100": 100, b"pct=x": 100, b"pct=": 100}
        for tag, expected in {**cases, b"pct=999": 100, b"pct=1000": 100}.items():
            with self.subTest(tag):
                self.assertEqual(parse_dmarc(b"v=DMARC1; p=none; " + tag).pct, expected)

    def test_hostile(self):
        for record in (b";" * 65000, b"rua=" + b"," * 65000, b"p=\x00;" * 10000):
            parsed = parse_dmarc(b"v=DMARC1;" + record)
            self.assertLessEqual(len(parsed.notes), 20)
            self.assertTrue(parsed.text.isascii() and parsed.text.isprintable())
            self.assertIn("text_too_long", [note.code for note in parsed.notes])
