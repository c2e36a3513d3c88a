# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is published for DMARC, what is said of it, and what is proposed instead."""

from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.dkim.key import PublicKey
from ...mailauth.dkim.record import record_value
from ...mailauth.domain.check import check_domain
from ...mailauth.domain.facts import Address, Facts, Server, SigningKey
from ...mailauth.domain.publish import list_records
from ...mailauth.domain.reasons import TEXTS, explain, find_kind
from ...mailauth.errors import TempError
from ..common import ZoneResolver, run

DOMAIN, BELOW = "acme.example", "mail.acme.example"
KEY = record_value(PublicKey("ed25519", bytes(range(32))))
OWN = Server("relay", addresses=(Address("192.0.2.10"),))
OTHER = Server("other", addresses=(Address("198.51.100.7"),))
GUESS = Server("guess", addresses=(Address("192.0.2.11", known=False),))
SIGNED = Facts((OWN,), (SigningKey("s1", KEY, "ed25519"),))
UNSIGNED = Facts((OWN, OTHER, GUESS))
REPORTED = replace(SIGNED, report_address="dmarc@acme.example")
NAME = "_dmarc.acme.example"
RUA = "rua=mailto:d@acme.example"
MANY = ",".join(f"mailto:dmarc-reports{i}@acme.example" for i in range(10))
VENDOR = "a.vendor.example"

BASE = {
    ("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
    ("acme.example", "MX"): ["10 mx.acme.example"],
    ("mail.acme.example", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
    ("s1._domainkey.acme.example", "TXT"): [KEY],
    ("s1._domainkey.mail.acme.example", "TXT"): [KEY],
}


def zone_of(records):
    """Return the zone with TXT records, or a CNAME where the value is a text."""
    zone = dict(BASE)
    for name, value in records.items():
        if isinstance(value, str):
            zone[name, "CNAME"] = [value]
        else:
            zone[name, "TXT"] = value
    return zone


def check(records, facts=SIGNED, domain=DOMAIN):
    return run(check_domain(domain, facts, ZoneResolver(zone_of(records))))


def pick(findings, code):
    return next(finding for finding in findings if finding.code == code)


def codes_of(finding):
    return [why.code for why in finding.why]


# (rule, what is published at _dmarc.acme.example or elsewhere, status, expected after
# "v=DMARC1; ", "" where nothing is proposed; reasons that are given)
RECORDS = [
    ("right", ["v=DMARC1; p=reject"], "pass", "", "dmarc_found"),
    ("none", [], "warning", "p=none", "dmarc_absent effect_dmarc_none"),
    # Damaged: nobody reads it, its owner meant something by it.
    ("a blank", [f" v=DMARC1; p=reject; {RUA}"], "warning", f"p=reject; {RUA}",
     "dmarc_nearly mended_dmarc_blank effect_dmarc_reject effect_dmarc_aligned"),
    ("quotes", [f'"v=DMARC1; p=none; {RUA}"'], "warning", f"p=none; {RUA}",
     "dmarc_nearly mended_dmarc_quotes effect_dmarc_none"),
    ("small letters", ["v=dmarc1; p=quarantine"], "warning", "p=quarantine",
     "dmarc_nearly mended_dmarc_version effect_dmarc_quarantine"),
    ("two damaged ones", ["v=dmarc1; p=none", f" v=DMARC1; p=reject; {RUA}"], "warning",
     f"p=reject; {RUA}", "dmarc_nearly mended_dmarc_merged"),
    ("strict alignment", ["v=dmarc1; p=none; sp=reject; adkim=s"], "warning",
     "p=none; sp=reject; adkim=s",
     "dmarc_nearly effect_dmarc_below effect_dmarc_strict"),
    ("a test is none yet", ["v=dmarc1; p=reject; pct=0"], "warning",
     "p=reject; pct=0; t=y", "dmarc_nearly mended_dmarc_testing"),
    # Read, but not all of it.
    ("a comma", [f"v=DMARC1; p=reject, {RUA}"], "fail", f"p=reject; {RUA}",
     "dmarc_policy_invalid dmarc_ignored mended_dmarc_separator effect_dmarc_reject"),
    ("rua twice", [f"v=DMARC1; p=reject; {RUA}; rua=mailto:e@acme.example"],
     "warning", "p=reject; rua=mailto:d@acme.example,mailto:e@acme.example",
     "dmarc_tag_duplicate dmarc_read_partly mended_dmarc_addresses"),
    ("a policy twice", ["v=DMARC1; p=quarantine; p=reject"], "warning", "p=reject",
     "dmarc_tag_duplicate mended_dmarc_duplicate effect_dmarc_reject"),
    ("a value that is none", ["v=DMARC1; p=reject; adkim=strict"], "warning",
     "p=reject; adkim=s", "dmarc_value_invalid mended_dmarc_tag effect_dmarc_strict"),
    ("several", ["v=DMARC1; p=none", f"v=DMARC1; p=reject; {RUA}"], "fail",
     f"p=reject; {RUA}", "dmarc_several mended_dmarc_merged effect_dmarc_reject"),
    ("no policy", [f"v=DMARC1; {RUA}"], "warning", f"p=none; {RUA}",
     "dmarc_policy_missing dmarc_counts_none mended_dmarc_policy"),
    # Only you can tell.
    ("misspelt", [f"v=DMARC1; p=rejected; {RUA}"], "fail", "",
     "dmarc_policy_invalid dmarc_counts_none dmarc_unclear effect_dmarc_ask"),
    ("damaged and misspelt", ["v=dmarc1; p=rejected"], "warning", "",
     "dmarc_nearly dmarc_unclear effect_dmarc_ask"),
    ("another name", ["v=DMARC1; policy=reject"], "fail", "",
     "dmarc_policy_missing dmarc_unclear"),
    # What works is no fault.
    ("capitals", ["V=DMARC1; P=REJECT; ADKIM=r"], "info", "p=reject",
     "dmarc_tag_case dmarc_record_change"),
    ("a part", ["v=DMARC1; p=reject; pct=50"], "info", "", "dmarc_found dmarc_pct"),
    ("a test of old", ["v=DMARC1; p=quarantine; pct=0"], "info",
     "p=quarantine; pct=0; t=y", "dmarc_pct_zero mended_dmarc_testing"),
    ("a test for all", ["v=DMARC1; p=quarantine; pct=0; t=y"], "info", "",
     "dmarc_found dmarc_pct_testing"),
    ("all of them", ["v=DMARC1; p=reject; pct=100"], "info", "p=reject",
     "dmarc_tag_removed omitted_dmarc_outdated"),
    ("an unknown tag", ["v=DMARC1; p=reject; x=1"], "info", "", "dmarc_tag_unknown"),
    ("an empty tag", ["v=DMARC1; p=reject;; sp=none"], "info", "", "dmarc_tag_empty"),
    ("an outdated size", ["v=DMARC1; p=reject; rua=mailto:d@acme.example!10m"], "pass",
     "", "dmarc_found"),
    ("the same twice", ["v=DMARC1; p=reject; ruf=mailto:d@acme.example; fo=0:1"],
     "info", "", "dmarc_fo_both"),
    # Reports
    ("no mailto", ["v=DMARC1; p=reject; rua=d@acme.example"], "info",
     f"p=reject; {RUA}", "dmarc_record_change mended_dmarc_address"),
    ("an empty rua", ["v=DMARC1; p=reject; rua="], "info", "p=reject",
     "dmarc_record_change"),
    ("misspelt rua", [f"v=DMARC1; p=reject; {RUA.replace('rua', 'rau')}"], "info",
     f"p=reject; {RUA}", "dmarc_tag_unknown mended_dmarc_tag"),
    ("a web address", [f"v=DMARC1; p=reject; {RUA},https://x.example"], "info",
     f"p=reject; {RUA}", "omitted_dmarc_address"),
    # What nobody here may decide
    ("a near miss beside a valid one", ["v=DMARC1; p=none", "v=dmarc1; p=reject"],
     "info", "", "dmarc_found dmarc_near_miss"),
    ("switched off", ["#v=DMARC1; p=reject"], "warning", "p=none",
     "dmarc_absent dmarc_near_miss"),
    ("another version", ["v=DMARC2; p=reject"], "warning", "p=none",
     "dmarc_absent dmarc_near_miss"),
    ("a registry's", ["v=DMARC1; p=reject; psd=y"], "warning", "p=reject",
     "dmarc_psd omitted_dmarc_psd"),
    ("cut", [("v=DMARC1; p=reject; rua=" + MANY)[:255]],
     "warning", None, "dmarc_cut omitted_dmarc_address"),
]  # fmt: skip
# (rule, zone, expected, name, found, reasons)
PLACES = [
    ("the parent's", {NAME: [f"v=DMARC1; p=reject; {RUA}"]}, "", NAME,
     f"v=DMARC1; p=reject; {RUA}", "dmarc_inherited"),
    ("the parent's, which is stricter below",
     {NAME: ["v=DMARC1; p=none; sp=reject; ri=1"]}, "v=DMARC1; p=none; sp=reject", NAME,
     "v=DMARC1; p=none; sp=reject; ri=1", "dmarc_tag_removed"),
    ("two of one's own below a good one",
     {NAME: ["v=DMARC1; p=reject"], f"_dmarc.{BELOW}": ["v=DMARC1; p=none",
      f"v=DMARC1; p=quarantine; {RUA}"]},
     f"v=DMARC1; p=quarantine; {RUA}", f"_dmarc.{BELOW}",
     f"v=DMARC1; p=none\nv=DMARC1; p=quarantine; {RUA}",
     "dmarc_several_above mended_dmarc_merged effect_dmarc_weaker"),
    ("a damaged one below a good one",
     {NAME: ["v=DMARC1; p=reject"], f"_dmarc.{BELOW}": ["v=dmarc1; p=reject"]},
     "v=DMARC1; p=reject", f"_dmarc.{BELOW}", "v=dmarc1; p=reject",
     "dmarc_nearly_above mended_dmarc_version"),
    ("a damaged one below one that only reports",
     {NAME: ["v=DMARC1; p=none"], f"_dmarc.{BELOW}": ["v=dmarc1; p=reject"]},
     "v=DMARC1; p=reject", f"_dmarc.{BELOW}", "v=dmarc1; p=reject",
     "dmarc_nearly_above effect_dmarc_reject"),
    ("something switched off below a good one",
     {NAME: ["v=DMARC1; p=reject"], f"_dmarc.{BELOW}": ["#v=DMARC1; p=none"]},
     "", NAME, "v=DMARC1; p=reject", "dmarc_inherited"),
    ("two above", {NAME: ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
     "v=DMARC1; p=reject", NAME, "v=DMARC1; p=none\nv=DMARC1; p=reject",
     "dmarc_several"),
    ("a damaged one above", {NAME: ["v=dmarc1; p=reject"]}, "v=DMARC1; p=reject", NAME,
     "v=dmarc1; p=reject", "dmarc_nearly"),
    ("a registry's faults are not ours",
     {"_dmarc.example": ["v=DMARC1; p=reject; psd=y; adkim=x"]}, "", "_dmarc.example",
     "v=DMARC1; p=reject; psd=y; adkim=x", "dmarc_value_invalid"),
    ("nothing", {}, "v=DMARC1; p=none", f"_dmarc.{BELOW}", "", "dmarc_absent"),
]  # fmt: skip
# (rule, zone, expected after "v=DMARC1; ", where it stands)
MISPLACED = [
    ("at the domain itself", {DOMAIN: ["v=DMARC1; p=reject", "v=spf1 -all"]},
     "p=reject", DOMAIN),
    ("damaged", {DOMAIN: ['"v=DMARC1; p=none; sp=reject"']}, "p=none; sp=reject",
     DOMAIN),
    ("without the underscore", {"dmarc.acme.example": ["v=DMARC1; p=quarantine"]},
     "p=quarantine", "dmarc.acme.example"),
    ("something else", {DOMAIN: ["dmarc-verification=abc"]}, "p=none", ""),
    ("switched off", {DOMAIN: ["#v=DMARC1; p=reject"]}, "p=none", ""),
    ("beside one that is right", {DOMAIN: ["v=DMARC1; p=reject"],
     NAME: ["v=DMARC1; p=none"]}, "", ""),
]  # fmt: skip
# (rule, zone, status, lines found, whether it is an alias, state of the card, reasons)
ALIASES = [
    ("a vendor's", {NAME: VENDOR, VENDOR: ["v=DMARC1; p=reject"]},
     "info", "CNAME a.vendor.example.\nv=DMARC1; p=reject", True, "done",
     "dmarc_alias"),
    ("dangling", {NAME: VENDOR}, "warning", "CNAME a.vendor.example.", True,
     "ask", "dmarc_alias_dangling dmarc_alias_change"),
    ("a damaged one", {NAME: VENDOR, VENDOR: [" v=DMARC1; p=none"]},
     "warning", "CNAME a.vendor.example.\n v=DMARC1; p=none", True, "ask",
     "dmarc_alias dmarc_nearly dmarc_alias_change"),
    ("two", {NAME: VENDOR, VENDOR:
     ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "fail",
     "CNAME a.vendor.example.\nv=DMARC1; p=none\nv=DMARC1; p=reject", True, "ask",
     "dmarc_alias dmarc_several dmarc_alias_change"),
    ("outdated, but it works", {NAME: VENDOR, VENDOR: ["v=DMARC1; p=none; pct=100"]},
     "info", "CNAME a.vendor.example.\nv=DMARC1; p=none; pct=100", True, "done",
     "dmarc_alias"),
    ("an address that can't work", {NAME: VENDOR,
     VENDOR: ["v=DMARC1; p=none; rua=d@acme.example"]}, "info",
     "CNAME a.vendor.example.\nv=DMARC1; p=none; rua=d@acme.example", True, "ask",
     "dmarc_alias dmarc_alias_change"),
    ("a chain", {NAME: VENDOR, VENDOR: "b.vendor.example",
     "b.vendor.example": ["v=DMARC1; p=reject"]}, "info",
     "CNAME a.vendor.example.\nv=DMARC1; p=reject", True, "done", "dmarc_alias"),
    ("a wildcard", {NAME: "www.acme.example", "_dmarc-wildcard.acme.example":
     "www.acme.example"}, "warning", "", False, "add", "dmarc_absent"),
]  # fmt: skip
# (rule, record, facts, what comes into force, whether something milder is offered)
EFFECTS = [
    ("all align", "p=reject", SIGNED, "reject aligned", False),
    ("some don't", "p=reject", UNSIGNED, "reject fails unsure", True),
    ("nobody knows", "p=quarantine", Facts(), "quarantine no_server", True),
    ("a guess", "p=reject", Facts((GUESS,)), "reject unsure", True),
    ("nothing yet", "p=none", UNSIGNED, "none unread", False),
    ("below", "p=none; sp=quarantine", UNSIGNED, "below fails unsure", True),
    ("those that don't exist", "p=none; np=reject", SIGNED, "below aligned", False),
    ("strict", "p=quarantine; aspf=s; adkim=s", SIGNED, "quarantine strict aligned",
     False),
    ("strict, and the envelope is another", "p=reject; aspf=s; adkim=s",
     Facts((OWN,), envelope_domain=BELOW), "reject strict fails", True),
    ("relaxed, and it is another", "p=reject", Facts((OWN,), envelope_domain=BELOW),
     "reject aligned", False),
    ("a test for all", "p=quarantine; pct=0", UNSIGNED, "", False),
    # Older receivers read pct=0 beside reject as quarantine (RFC 7489 section 6.6.4).
    ("a test that is felt", "p=reject; pct=0", UNSIGNED, "quarantine fails unsure",
     True),
    ("a test that is felt below", "p=quarantine; sp=reject; pct=0", SIGNED,
     "below aligned", False),
    ("a test for some", "p=reject; t=y", UNSIGNED, "reject fails unsure", True),
]  # fmt: skip
# (record above, damaged record, effects, the milder one or what becomes weaker)
BESIDE_ABOVE = [
    ("p=quarantine", "p=reject; adkim=s", "reject strict fails unsure",
     "p=quarantine"),
    ("p=none; sp=quarantine; aspf=s", "p=reject", "reject fails unsure",
     "p=quarantine; aspf=s"),
    ("p=quarantine", "p=reject; t=y", "reject fails unsure", "p=quarantine"),
    ("p=reject", "p=reject; t=y", "weaker", "reject; t=y"),
    ("p=reject; t=y", "p=quarantine", "weaker", "quarantine"),
    ("p=none", "p=reject; t=y; pct=0", "quarantine fails unsure", "p=none"),
    ("p=reject", "p=quarantine; pct=0", "weaker", "quarantine; t=y; pct=0"),
    ("p=quarantine; t=y", "p=quarantine; adkim=s",
     "quarantine strict fails unsure", "p=quarantine; t=y"),
    ("p=reject; pct=0; t=y", "p=reject; pct=0; t=y", "", ""),
    ("p=reject; pct=0", "p=reject", "reject fails unsure", "p=reject; pct=0"),
    ("p=reject", "p=rejected", "", ""),
    ("p=none", "p=rejected", "ask", "p=none"),
]  # fmt: skip
# (rule, record, report address, status, reasons)
REPORTS = [
    ("right", f"p=none; {RUA}", "pass", "reports_ok"),
    ("an outdated size", f"p=none; {RUA}!10m", "info", "dmarc_uri_size"),
    ("no size", f"p=none; {RUA}!10p", "warning", "dmarc_uri_invalid"),
    ("slashes", "p=none; rua=mailto://d@acme.example", "warning", "dmarc_uri_invalid"),
    ("no host", "p=none; rua=mailto:d@(x)", "warning", "dmarc_uri_invalid"),
    ("empty", "p=none; rua=", "warning", "dmarc_uri_invalid reports_absent"),
    ("a web address", "p=none; rua=https://x.example", "warning",
     "dmarc_uri_not_mailto"),
]  # fmt: skip
# What can't both be true of one domain.
CONTRADICTIONS = [
    ({"dmarc_found"}, {"dmarc_policy_invalid", "dmarc_policy_missing", "dmarc_absent"}),
    ({"dmarc_found"}, {"dmarc_nearly", "dmarc_several", "dmarc_ignored", "dmarc_cut"}),
    ({"dmarc_found", "dmarc_inherited"}, {"dmarc_tag_duplicate", "dmarc_tag_syntax"}),
    ({"dmarc_found", "dmarc_inherited"}, {"dmarc_value_invalid", "dmarc_tag_value"}),
    ({"dmarc_found", "dmarc_inherited"}, {"dmarc_record_change", "dmarc_read_partly"}),
    ({"dmarc_counts_none"}, {"dmarc_ignored", "policy_unknown", "policy_enforced"}),
    ({"dmarc_ignored"}, {"policy_none", "policy_enforced", "dmarc_read_partly"}),
    ({"policy_enforced"}, {"policy_testing", "policy_testing_new", "policy_partly"}),
    ({"reports_ok"}, {"dmarc_uri_invalid", "reports_absent", "reports_refused"}),
    ({"effect_dmarc_none"}, {"effect_dmarc_reject", "effect_dmarc_quarantine"}),
    ({"effect_dmarc_none"}, {"effect_dmarc_below", "mended_dmarc_testing"}),
]


class TestDomainCheckDmarc(BaseCase):
    def test_records(self):
        for rule, records, status, expected, reasons in RECORDS:
            with self.subTest(rule):
                finding = pick(check({NAME: records}), "dmarc_record")
                self.assertEqual(finding.status, status, finding)
                if expected is not None:
                    text = f"v=DMARC1; {expected}" if expected else ""
                    self.assertEqual(finding.expected, text)
                self.assertLessEqual(set(reasons.split()), set(codes_of(finding)))
                self.check_texts(finding)

    def test_places(self):
        for rule, records, expected, name, found, reasons in PLACES:
            with self.subTest(rule):
                finding = pick(check(records, domain=BELOW), "dmarc_record")
                self.assertEqual(finding.expected, expected)
                self.assertEqual((finding.name, finding.found), (name, found))
                self.assertLessEqual(set(reasons.split()), set(codes_of(finding)))
                self.check_texts(finding)

    def test_misplaced(self):
        """What stands where nobody looks was meant for where everybody does."""
        for rule, records, expected, wrong in MISPLACED:
            with self.subTest(rule):
                findings = check(records)
                finding = pick(findings, "dmarc_record")
                text = f"v=DMARC1; {expected}" if expected else ""
                self.assertEqual((finding.name, finding.expected), (NAME, text))
                found = [why.get("wrong") for why in finding.why]
                self.assertEqual(
                    [name for name in found if name], [wrong] if wrong else []
                )
                state = "add" if expected else "done"
                self.assertEqual(self.get_card(findings).state, state)
                self.check_texts(finding)

    def test_aliases(self):
        """Never a TXT beside a CNAME (RFC 1034 section 3.6.2)."""
        for rule, records, status, found, alias, state, reasons in ALIASES:
            with self.subTest(rule):
                findings = check(records)
                finding = pick(findings, "dmarc_record")
                self.assertEqual((finding.status, finding.found), (status, found))
                self.assertLessEqual(set(reasons.split()), set(codes_of(finding)))
                rdtype = "CNAME" if alias else "TXT"
                self.assertEqual(finding.rdtype, rdtype)
                self.assertEqual(bool(finding.expected), not alias and state == "add")
                card = self.get_card(findings)
                self.assertEqual((card.state, card.rdtype), (state, rdtype))
                targets = ("a.vendor.example",) if state == "done" else ()
                self.assertEqual(card.values if alias else (), targets)
                self.assertEqual(card.alternative, "")
                self.check_texts(finding)

    def get_card(self, findings, facts=SIGNED):
        records = list_records(DOMAIN, facts, findings)
        return next(record for record in records if record.kind == "dmarc")

    def check_texts(self, finding):
        kind = find_kind(codes_of(finding))
        self.assertTrue(kind or finding.status != "info", finding)
        for why in finding.why:
            self.assertIn(why.code, TEXTS)
            text = explain(why)
            self.assertNotIn("%(", text)
            self.assertNotRegex(text, r"\b(tag|policy|uri|dmarc|dns)_[a-z]+")

    def test_effects(self):
        for rule, record, facts, effects, milder in EFFECTS:
            with self.subTest(rule):
                findings = check({NAME: [f" v=DMARC1; {record}"]}, facts)
                finding = pick(findings, "dmarc_record")
                codes = [c for c in codes_of(finding) if c.startswith("effect_")]
                self.assertEqual(codes, [f"effect_dmarc_{e}" for e in effects.split()])
                offered = [why.get("alternative") for why in finding.why]
                expected = ["v=DMARC1; p=none"] if milder else []
                self.assertEqual([text for text in offered if text], expected)
                card = self.get_card(findings, facts)
                self.assertEqual(card.alternative, "".join(expected))
                self.assertLessEqual(set(codes), {note.code for note in card.notes})

    def test_who_would_fail(self):
        finding = pick(check({NAME: [" v=DMARC1; p=reject"]}, UNSIGNED), "dmarc_record")
        named = {why.code: why.get("servers") for why in finding.why}
        self.assertEqual(named["effect_dmarc_fails"], "other")
        self.assertEqual(named["effect_dmarc_unsure"], "guess")

    def test_what_is_in_force_is_no_news(self):
        """A record that counts and is only written better brings no effect."""
        for record in ("p=reject; ri=1", f"p=reject; {RUA}!10p", "P=reject; adkim=s"):
            finding = pick(
                check({NAME: [f"v=DMARC1; {record}"]}, UNSIGNED), "dmarc_record"
            )
            self.assertTrue(finding.expected)
            codes = [c for c in codes_of(finding) if c.startswith("effect_")]
            self.assertEqual(codes, [])

    def test_the_record_above_gets_no_weaker(self):
        records = {NAME: ["v=DMARC1; p=none; sp=reject; ri=1"]}
        finding = pick(check(records, domain=BELOW), "dmarc_record")
        codes = [c for c in codes_of(finding) if c.startswith("effect_")]
        self.assertEqual(codes, [])

    def test_the_milder_one_keeps_what_is_above(self):
        for above, record, effects, expected in BESIDE_ABOVE:
            with self.subTest(above, record=record):
                records = {NAME: [f"v=DMARC1; {above}"]}
                records[f"_dmarc.{BELOW}"] = [f" v=DMARC1; {record}"]
                finding = pick(check(records, UNSIGNED, BELOW), "dmarc_record")
                codes = [c for c in codes_of(finding) if c.startswith("effect_")]
                self.assertEqual(codes, [f"effect_dmarc_{e}" for e in effects.split()])
                found = [
                    why.get("alternative") or why.get("new") for why in finding.why
                ]
                text = next(filter(None, found), "")
                self.assertEqual(text.removeprefix("v=DMARC1; "), expected)

    def test_the_milder_one_keeps_what_is_in_force(self):
        records = {NAME: [f"v=DMARC1; p=quarantine; p=reject; adkim=strict; {RUA}"]}
        finding = pick(check(records, UNSIGNED), "dmarc_record")
        self.assertEqual(finding.expected, f"v=DMARC1; p=reject; adkim=s; {RUA}")
        milder = next(filter(None, (why.get("alternative") for why in finding.why)))
        self.assertEqual(milder, f"v=DMARC1; p=quarantine; {RUA}")

    def test_a_certain_rejection(self):
        """Two SPF records and no DKIM: whatever the address is, p=reject refuses it."""
        spf = ["v=spf1 ip4:192.0.2.10 -all", "v=spf1 mx -all"]
        for policy, status in (("reject", "fail"), ("none", "warning")):
            records = {NAME: [f"v=DMARC1; p={policy}"], DOMAIN: spf}
            finding = pick(check(records, Facts((Server("x"),))), "dmarc_alignment")
            self.assertEqual(finding.status, status, finding)

    def test_reports(self):
        for rule, record, status, reasons in REPORTS:
            with self.subTest(rule):
                finding = pick(check({NAME: [f"v=DMARC1; {record}"]}), "dmarc_reports")
                self.assertEqual(finding.status, status, finding)
                self.assertLessEqual(set(reasons.split()), set(codes_of(finding)))
                self.check_texts(finding)

    def test_published_it_is_green(self):
        """What is proposed leaves no fault of DMARC's, nor anything to change."""
        zones = [{NAME: records} for _rule, records, *_rest in RECORDS]
        zones += [records for _rule, records, *_rest in (*ALIASES, *MISPLACED)]
        for records in zones:
            for facts in (SIGNED, REPORTED):
                with self.subTest(records, facts=facts.report_address):
                    self.publish(records, facts)

    def publish(self, records, facts):
        card = self.get_card(check(records, facts), facts)
        if card.state == "ask":
            self.assertEqual(card.values, ())
            self.assertTrue(card.why)
        if card.state not in ("add", "replace"):
            return
        findings = check({**records, card.name: list(card.values)}, facts)
        for finding in findings:
            if finding.code.startswith("dmarc_"):
                self.assertIn(finding.status, ("pass", "info"), finding)
        again = self.get_card(findings, facts)
        self.assertEqual((again.state, again.values), ("done", card.values))

    def test_no_two_reasons_contradict_each_other(self):
        zones = [{NAME: records} for _rule, records, *_rest in RECORDS]
        more = (*PLACES, *ALIASES, *MISPLACED)
        zones += [records for _rule, records, *_rest in more]
        for records in zones:
            for domain in (DOMAIN, BELOW):
                findings = check(records, REPORTED, domain)
                codes = {code for f in findings for code in codes_of(f)}
                for some, others in CONTRADICTIONS:
                    with self.subTest(records, domain=domain):
                        both = codes & some and codes & others
                        self.assertFalse(both, codes & (some | others))

    def test_silence_is_told_as_it_is(self):
        zone = zone_of({})
        zone[NAME, "TXT"] = TempError("dns_servfail", f"{NAME} TXT")
        findings = run(check_domain(DOMAIN, SIGNED, ZoneResolver(zone)))
        (why,) = pick(findings, "dmarc_record").why
        params = {"cause": "dns_servfail", "detail": f"{NAME} TXT"}
        self.assertEqual((why.code, dict(why.params)), ("dns_failed", params))
