# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.domain.check import check_domain
from ...mailauth.domain.facts import Facts
from ...mailauth.domain.publish import list_records
from ..common import ZoneResolver, run
from .test_check import FACTS, KEY, OTHER_KEY, OWN, ZONE, by_code, change, check

TWICE = "acme.example.acme.example"
REPORTED = replace(FACTS, report_address="d@acme.example")
KEY_NAME = "s1._domainkey.acme.example"
TLS = "v=TLSRPTv1; rua=mailto:t@acme.example"

# (case, records that go, what stands at which doubled name, check, proposal, notes)
DOUBLED = [
    ("SPF", {"spf": None}, (TWICE, "TXT"), ["v=spf1 ip4:192.0.2.10 -all"],
     "spf_record", "v=spf1 ip4:192.0.2.10 -all", ("mended_name", "effect_name")),
    ("SPF that lacks our server", {"spf": None}, (TWICE, "TXT"),
     ["v=spf1 ip4:198.51.100.7 ~all"], "spf_record",
     "v=spf1 ip4:198.51.100.7 ip4:192.0.2.10 ~all", ("mended_name",)),
    ("DMARC", {"dmarc": None}, (f"_dmarc.{TWICE}", "TXT"),
     ["v=DMARC1; p=quarantine; rua=mailto:d@acme.example"], "dmarc_record",
     "v=DMARC1; p=quarantine; rua=mailto:d@acme.example",
     ("mended_name", "effect_dmarc_quarantine", "effect_dmarc_aligned")),
    ("DMARC that is damaged, too", {"dmarc": None}, (f"_dmarc.{TWICE}", "TXT"),
     [" v=DMARC1; p=reject; rua=mailto:d@acme.example"], "dmarc_record",
     "v=DMARC1; p=reject; rua=mailto:d@acme.example",
     ("mended_name", "effect_dmarc_reject", "mended_dmarc_blank")),
    ("DMARC with blanks in the version", {"dmarc": None}, (f"_dmarc.{TWICE}", "TXT"),
     ["v = DMARC1; p=none"], "dmarc_record", "v = DMARC1; p=none",
     ("mended_name", "effect_dmarc_none")),
    ("DMARC with tabs: what is shown is not the value", {"dmarc": None},
     (f"_dmarc.{TWICE}", "TXT"), ["v=DMARC1;\tp=none"], "dmarc_record",
     "v=DMARC1; p=none", ("mended_name", "effect_dmarc_none")),
    ("SPF whose -all is not its last term", {"spf": None}, (TWICE, "TXT"),
     ["v=spf1 ip4:192.0.2.10 -all ra=postmaster"], "spf_record",
     "v=spf1 ip4:192.0.2.10 -all ra=postmaster", ("mended_name", "effect_name")),
    ("DMARC that refuses nothing", {"dmarc": None}, (f"_dmarc.{TWICE}", "TXT"),
     ["v=DMARC1; p=none"], "dmarc_record", "v=DMARC1; p=none",
     ("mended_name", "effect_dmarc_none")),
    ("our key", {"key": None}, (f"{KEY_NAME}.acme.example", "TXT"), [KEY], "dkim_key",
     KEY, ("mended_name",)),
    ("another key", {"key": None}, (f"{KEY_NAME}.acme.example", "TXT"), [OTHER_KEY],
     "dkim_key", KEY, ("mended_name",)),
    ("MX", {"mx": None}, (TWICE, "MX"), [(10, "mx.acme.example")], "mx",
     "10 mx.acme.example.", ("mended_name",)),
    ("TLS reports", {}, (f"_smtp._tls.{TWICE}", "TXT"), [TLS], "tls_rpt", TLS,
     ("mended_name",)),
]  # fmt: skip
# (case, zone, check): nothing is said of a doubled name
NOT_SAID = [
    ("the right name has one", {**ZONE, (TWICE, "TXT"): ["v=spf1 -all"]}, "spf_record"),
    ("other records", {**change(spf=None), (TWICE, "TXT"): ["text"]}, "spf_record"),
    ("a wildcard", {**change(spf=None), ("*.acme.example", "TXT"): ["v=spf1 -all"]},
     "spf_record"),
    ("a wildcard for mail",
     {**change(mx=None), ("*.acme.example", "MX"): [(5, "mx.acme.example")]}, "mx"),
]  # fmt: skip


class TestDoubled(BaseCase):
    def test_found_and_proposed(self):
        for case, gone, place, records, code, expected, notes in DOUBLED:
            with self.subTest(case):
                zone = {**change(**gone), place: records}
                findings = check(zone, REPORTED)
                (finding,) = by_code(findings, code)
                self.assertEqual(finding.why[0].code, "mended_name")
                self.assertEqual(finding.why[0].get("wrong"), place[0])
                self.assertIn(finding.status, ("warning", "fail"))
                self.assertEqual(finding.expected, expected)
                self._check_published(zone, findings, finding, notes)

    def _check_published(self, zone, findings, finding, notes):
        """The card adds the record at the right name, and says so; then it is there."""
        kind = finding.code.removesuffix("_record").removesuffix("_key")
        records = list_records("acme.example", REPORTED, findings)
        (card,) = [one for one in records if one.kind == kind]
        self.assertEqual((card.state, card.name), ("add", finding.name))
        said = tuple(note.code for note in card.notes)
        self.assertEqual([code for code in notes if code in said], list(notes))
        published = {**zone, (card.name, card.rdtype): list(card.values)}
        (again,) = by_code(check(published, REPORTED), finding.code)
        self.assertIn(again.status, ("pass", "info"))
        self.assertFalse(again.expected)

    def test_milder_value(self):
        """Offered unless all of our own mails would pass."""
        strict = ["v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@acme.example"]
        place = (f"_dmarc.{TWICE}", "TXT")
        mild = "v=DMARC1; p=none; rua=mailto:d@acme.example"
        for gone, alternative in (({}, ""), ({"spf": None, "key": None}, mild)):
            with self.subTest(alternative):
                findings = check({**change(dmarc=None, **gone), place: strict})
                records = list_records("acme.example", FACTS, findings)
                (card,) = [one for one in records if one.kind == "dmarc"]
                self.assertEqual(card.values, tuple(strict))
                self.assertEqual(card.alternative, alternative)

    def test_milder_value_of_spf(self):
        strict = ["v=spf1 ip4:192.0.2.10 -all"]
        place = (TWICE, "TXT")
        for facts, effect, alternative in (
            (FACTS, "effect_name", ""),
            (
                Facts((replace(OWN, addresses=()),)),
                "effect_name_some",
                "v=spf1 ip4:192.0.2.10 ~all",
            ),
            (Facts(), "effect_name_unseen", "v=spf1 ip4:192.0.2.10 ~all"),
        ):
            with self.subTest(effect):
                findings = check({**change(spf=None), place: strict}, facts)
                card = list_records("acme.example", facts, findings)[0]
                about = [n.code for n in card.notes if n.code.startswith("effect_")]
                self.assertEqual(about, [effect])
                self.assertEqual(card.alternative, alternative)

    def test_not_said(self):
        for case, zone, code in NOT_SAID:
            with self.subTest(case):
                for finding in by_code(check(zone), code):
                    self.assertNotIn("mended_name", [why.code for why in finding.why])

    def test_below_the_zone(self):
        """The form adds the zone's name, which may be shorter than the domain."""
        name = "_dmarc.mail.acme.example.acme.example"
        zone = {**ZONE, (name, "TXT"): ["v=DMARC1; p=none"]}
        zone |= {
            ("_dmarc.acme.example", "TXT"): [],
            ("mail.acme.example", "A"): ["8.8.8.8"],
        }
        findings = run(check_domain("mail.acme.example", FACTS, ZoneResolver(zone)))
        (finding,) = by_code(findings, "dmarc_record")
        self.assertEqual(finding.why[0].get("wrong"), name)
