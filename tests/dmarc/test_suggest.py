# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dmarc.record import parse_dmarc
from ...mailauth.dmarc.suggest import soften_dmarc, suggest_dmarc

# (rule, records, report address, suggestion after "v=DMARC1; ")
CASES = [
    ("nothing yet", [], "d@acme.example", "p=none; rua=mailto:d@acme.example"),
    ("nowhere to report to", [], "", "p=none"),
    ("no address that a record can hold", [], "a;b@acme.example", "p=none"),
    ("a policy stays", ["v=DMARC1; p=reject"], "", "p=reject"),
    ("subdomains too", ["v=DMARC1; p=none; sp=reject"], "", "p=none; sp=reject"),
    (
        "reports stay where they go",
        ["v=DMARC1; p=none; rua=mailto:x@y.example"],
        "d@acme.example",
        "p=none; rua=mailto:x@y.example",
    ),
    (
        "outdated sizes go",
        ["v=DMARC1; p=none; rua=mailto:x@y.example!10m,nonsense"],
        "",
        "p=none; rua=mailto:x@y.example",
    ),
    ("outdated tags go", ["v=DMARC1; p=none; pct=5; ri=1; rf=afrf"], "", "p=none"),
    ("p comes second", ["v=DMARC1; adkim=s; p=none"], "", "p=none; adkim=s"),
    ("defaults go", ["v=DMARC1; p=none; t=n; psd=u; adkim=r; fo=0"], "", "p=none"),
    ("what is no tag goes", ["v=DMARC1; p=none; x"], "", "p=none"),
    (
        "of several the strictest, and all addresses",
        [
            "v=DMARC1; p=none; sp=reject; rua=mailto:x@y.example",
            "v=DMARC1; p=quarantine; rua=mailto:z@y.example,mailto:x@y.example",
        ],
        "",
        "p=quarantine; sp=reject; rua=mailto:x@y.example,mailto:z@y.example",
    ),
    (
        "of several the stricter alignment",
        ["v=DMARC1; p=reject; adkim=s; aspf=r", "v=DMARC1; p=none; aspf=s"],
        "",
        "p=reject; adkim=s; aspf=s",
    ),
    (
        "of several it is tested where all say so",
        ["v=DMARC1; p=reject; t=y; pct=0", "v=DMARC1; p=reject; t=y; pct=20"],
        "",
        "p=reject; pct=20; t=y",
    ),
    (
        "of several not all are a test",
        ["v=DMARC1; p=reject; t=y; pct=0", "v=DMARC1; p=reject"],
        "",
        "p=reject",
    ),
    (
        "failure reports",
        ["v=DMARC1; p=none; ruf=mailto:x@y.example; fo=1:d"],
        "",
        "p=none; ruf=mailto:x@y.example; fo=1:d",
    ),
    (
        "any failure includes those of both",
        ["v=DMARC1; p=none; ruf=mailto:x@y.example; fo=0:1"],
        "",
        "p=none; ruf=mailto:x@y.example; fo=1",
    ),
    ("options of no failure reports", ["v=DMARC1; p=none; fo=1"], "", "p=none"),
    ("one with a wrong version", ["v=dmarc1; p=reject"], "", "p=reject"),
    (
        "an empty rua gets an address",
        ["v=DMARC1; p=reject; rua="],
        "d@acme.example",
        "p=reject; rua=mailto:d@acme.example",
    ),
    ("an empty rua goes", ["v=DMARC1; p=reject; rua="], "", "p=reject"),
    # RFC 9989 4.10.1: it counts as none
    (
        "no policy",
        ["v=DMARC1; rua=mailto:x@y.example"],
        "",
        "p=none; rua=mailto:x@y.example",
    ),
    ("no boundary of organizations", ["v=DMARC1; p=reject; psd=y"], "", "p=reject"),
    ("psd=n stays", ["v=DMARC1; p=reject; psd=n"], "", "p=reject; psd=n"),
    # A policy that not all mails feel: receivers of RFC 7489 read pct, the others t.
    (
        "a test stays one for all receivers",
        ["v=DMARC1; p=quarantine; pct=0"],
        "",
        "p=quarantine; pct=0; t=y",
    ),
    (
        "a test that says so twice",
        ["v=DMARC1; p=quarantine; pct=0; t=y"],
        "",
        "p=quarantine; pct=0; t=y",
    ),
    (
        "a test for those of RFC 9989",
        ["v=DMARC1; p=quarantine; t=y"],
        "",
        "p=quarantine; t=y",
    ),
    (
        "no test, says its owner",
        ["v=DMARC1; p=quarantine; pct=0; t=n"],
        "",
        "p=quarantine; pct=0; t=n",
    ),
    (
        "a part of the mails: neither more nor fewer",
        ["v=DMARC1; p=reject; pct=50"],
        "",
        "p=reject; pct=50",
    ),
    (
        "all of them",
        ["v=DMARC1; p=reject; pct=100"],
        "",
        "p=reject",
    ),
    (
        "a part of those of subdomains",
        ["v=DMARC1; p=none; sp=reject; pct=50"],
        "",
        "p=none; sp=reject; pct=50",
    ),
    ("a part of nothing", ["v=DMARC1; p=none; pct=50"], "", "p=none"),
    (
        "twice: the larger part",
        ["v=DMARC1; p=reject; pct=50; pct=70"],
        "",
        "p=reject; pct=70",
    ),
]
# (rule, record, what may be a policy, what refuses nothing after "v=DMARC1; ")
UNCLEAR = [
    ("misspelt", "p=rejected; rua=mailto:x@y.example", "p=rejected",
     "p=none; rua=mailto:x@y.example"),
    ("another word", "p=block", "p=block", "p=none"),
    ("another name", "policy=reject", "policy=reject", "p=none"),
    ("no name", "reject", "reject", "p=none"),
    ("of subdomains", "p=reject; sp=nonne", "sp=nonne", "p=none"),
    ("of those that don't exist", "p=reject; np=quarantaine; adkim=s",
     "np=quarantaine", "p=none"),
    ("a negation", "p=not reject", "p=not reject", "p=none"),
    ("two words", "p=none/reject", "p=none/reject", "p=none"),
]  # fmt: skip
# (rule, record, what stands above, its tag, what changes nothing of that)
MILDER_BELOW = [
    ("its policy for subdomains", "p=reject; rua=mailto:x@y.example",
     "p=none; sp=quarantine; rua=mailto:z@y.example", "sp",
     "p=quarantine; rua=mailto:x@y.example"),
    ("its policy for what does not exist", "p=reject",
     "p=none; sp=none; np=quarantine", "np",
     "p=quarantine; sp=none; np=quarantine"),
    ("for what does not exist below", "p=reject; sp=reject",
     "p=reject; sp=quarantine; np=none; psd=n", "sp", "p=quarantine; np=none"),
    ("which is stricter", "p=quarantine; np=none; adkim=s", "p=reject", "sp",
     "p=quarantine; np=none"),
    ("a part of nothing", "p=none; sp=reject", "p=none; pct=50; adkim=s", "sp",
     "p=none"),
    ("alignment and a test", "p=reject; aspf=s", "p=quarantine; t=y; pct=0; adkim=s",
     "sp", "p=quarantine; pct=0; t=y; adkim=s"),
]  # fmt: skip
# (rule, record, what is in force, what changes nothing of that after "v=DMARC1; ")
MILDER = [
    ("a registry's", "p=reject; adkim=s", "p=reject; psd=y", "p=reject"),
    ("nothing", "p=reject; sp=reject; adkim=s; rua=mailto:x@y.example", "",
     "p=none; rua=mailto:x@y.example"),
    ("a policy", "p=reject; aspf=s; rua=mailto:x@y.example", "p=quarantine",
     "p=quarantine; rua=mailto:x@y.example"),
    ("a test", "p=reject; ruf=mailto:x@y.example; fo=d",
     "p=reject; pct=0; t=y; adkim=s",
     "p=reject; pct=0; t=y; adkim=s; ruf=mailto:x@y.example; fo=d"),
    ("one that is not valid", "p=reject", "p=x", "p=none"),
]  # fmt: skip


class TestDmarcSuggest(BaseCase):
    def test_suggest(self):
        for rule, records, address, expected in CASES:
            with self.subTest(rule):
                data = [record.encode() for record in records]
                suggestion = suggest_dmarc(data, address)
                self.assertEqual(suggestion.text, f"v=DMARC1; {expected}")
                again = suggest_dmarc([suggestion.text.encode()], address)
                self.assertEqual(again.text, suggestion.text)

    def test_a_policy_is_not_guessed(self):
        for rule, record, unclear, cautious in UNCLEAR:
            with self.subTest(rule):
                suggestion = suggest_dmarc([f"v=DMARC1; {record}".encode()])
                self.assertEqual(suggestion.text, "")
                self.assertEqual(suggestion.unclear, (unclear,))
                self.assertEqual(suggestion.cautious, f"v=DMARC1; {cautious}")

    def test_milder_below(self):
        for rule, record, above, tag, expected in MILDER_BELOW:
            with self.subTest(rule):
                now = parse_dmarc(f"v=DMARC1; {above}".encode())
                text = soften_dmarc(f"v=DMARC1; {record}", now, tag)
                self.assertEqual(text, f"v=DMARC1; {expected}")

    def test_milder(self):
        for rule, record, in_force, expected in MILDER:
            with self.subTest(rule):
                now = parse_dmarc(f"v=DMARC1; {in_force}".encode())
                text = soften_dmarc(f"v=DMARC1; {record}", now if in_force else None)
                self.assertEqual(text, f"v=DMARC1; {expected}")
