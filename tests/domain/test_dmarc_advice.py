# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the reports speak for reaches the record to publish, though nothing is wrong."""

from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.domain.check import check_domain
from ...mailauth.domain.publish import list_records
from ..common import ZoneResolver, run
from .test_check_dmarc import (
    BELOW,
    DOMAIN,
    NAME,
    SIGNED,
    UNSIGNED,
    VENDOR,
    codes_of,
    pick,
    zone_of,
)

INBOX, AWAY = "dmarc-reports@acme.example", "dmarc-reports@other.example"
READ = replace(SIGNED, report_inbox=INBOX)
AWAY_READ = replace(SIGNED, report_inbox=AWAY, report_zone="other.example")
PERMISSION = "acme.example._report._dmarc.other.example"
OTHERS = "rua=mailto:d@vendor.example"
NONE = f"v=DMARC1; p=none; {OTHERS}"
# What the vendor needs, whom nobody here asks anything.
ALLOWED = {"acme.example._report._dmarc.vendor.example": ["v=DMARC1"]}


def up(old, new, facts=SIGNED):
    return replace(facts, dmarc_step=(old, new))


# (rule, zone, facts, what the card proposes after "v=DMARC1; ", its state, reasons)
ADVICE = [
    ("nothing", {NAME: [NONE]}, SIGNED, "", "done", ""),
    ("an address is added", {NAME: [NONE]}, READ,
     f"p=none; {OTHERS},mailto:{INBOX}", "replace", "effect_dmarc_inbox"),
    ("it is there", {NAME: [f"v=DMARC1; p=none; rua=mailto:{INBOX}"]}, READ, "", "done",
     ""),
    ("no record", {}, READ, f"p=none; rua=mailto:{INBOX}", "add",
     "dmarc_absent effect_dmarc_inbox"),
    ("the parent's is left alone", {NAME: [NONE]}, READ, None, "done", ""),
    ("a vendor's", {NAME: VENDOR, VENDOR: [NONE]}, READ, "", "ask",
     "dmarc_alias_change effect_dmarc_inbox"),
    ("a damaged one", {NAME: [f" {NONE}"]}, READ, f"p=none; {OTHERS},mailto:{INBOX}",
     "replace", "dmarc_nearly effect_dmarc_inbox"),
    ("a step", {NAME: [NONE]}, up("none", "testing"),
     f"p=quarantine; pct=0; t=y; {OTHERS}", "replace", "effect_dmarc_step"),
    ("to reject", {NAME: ["v=DMARC1; p=quarantine"]}, up("quarantine", "reject"),
     "p=reject", "replace", "effect_dmarc_step effect_dmarc_reject"),
    ("a server that fails is named", {NAME: ["v=DMARC1; p=none"]},
     up("none", "quarantine", UNSIGNED), "p=quarantine", "replace",
     "effect_dmarc_step effect_dmarc_quarantine effect_dmarc_fails"),
    ("back", {NAME: ["v=DMARC1; p=reject"]}, up("reject", "quarantine"),
     "p=quarantine", "replace", "effect_dmarc_back"),
    ("it was taken already", {NAME: ["v=DMARC1; p=reject"]},
     up("testing", "quarantine"), "", "done", ""),
    ("not with a damaged record", {NAME: ["v=dmarc1; p=none"]}, up("none", "testing"),
     "p=none", "replace", "dmarc_nearly"),
    ("both", {NAME: [NONE]}, up("none", "testing", READ),
     f"p=quarantine; pct=0; t=y; {OTHERS},mailto:{INBOX}", "replace",
     "effect_dmarc_step effect_dmarc_inbox"),
    ("elsewhere, and not allowed yet", {NAME: [NONE]}, AWAY_READ, "", "done", ""),
    ("elsewhere", {NAME: [NONE], PERMISSION: ["v=DMARC1"]}, AWAY_READ,
     f"p=none; {OTHERS},mailto:{AWAY}", "replace", "effect_dmarc_inbox"),
]  # fmt: skip
# (rule, zone, facts, whether the permission is to be published)
PERMISSIONS = [
    ("no record yet", {}, AWAY_READ, True),
    ("a record", {NAME: [NONE]}, AWAY_READ, True),
    ("it is there", {NAME: [NONE], PERMISSION: ["v=DMARC1"]}, AWAY_READ, False),
    ("reports are sent there already", {NAME: [f"v=DMARC1; p=none; rua=mailto:{AWAY}"]},
     AWAY_READ, True),
    ("one's own", {NAME: [NONE]}, READ, False),
    ("somebody else's", {NAME: [f"v=DMARC1; p=none; rua=mailto:{AWAY}"]}, SIGNED,
     False),
]  # fmt: skip


class TestDmarcAdvice(BaseCase):
    def test_records(self):
        for rule, zone, facts, expected, state, reasons in ADVICE:
            with self.subTest(rule):
                domain = BELOW if expected is None else DOMAIN
                finding, card, _others = self.judge(zone, facts, domain)
                text = f"v=DMARC1; {expected}" if expected else ""
                self.assertEqual((finding.expected, card.state), (text, state))
                self.assertLessEqual(set(reasons.split()), set(codes_of(finding)))
                advised = {one for one in codes_of(finding) if one.endswith("_inbox")}
                self.assertLessEqual(advised, set(reasons.split()))
                self.assertNotIn("dmarc_record_change", codes_of(finding))

    def test_a_step_says_what_it_brings_first(self):
        facts = up("none", "quarantine", UNSIGNED)
        finding, card, _others = self.judge({NAME: ["v=DMARC1; p=none"]}, facts)
        self.assertEqual(finding.status, "info")
        self.assertEqual(codes_of(finding)[0], "effect_dmarc_step")
        self.assertEqual(card.notes[0].get("new"), "p=quarantine")
        self.assertEqual(card.alternative, "v=DMARC1; p=none")

    def test_permissions(self):
        for rule, zone, facts, wanted in PERMISSIONS:
            with self.subTest(rule):
                _finding, _card, others = self.judge(zone, facts)
                found = [(one.name, one.values, one.state) for one in others]
                expected = [(PERMISSION, ("v=DMARC1",), "add")] if wanted else []
                self.assertEqual(found, expected)

    def judge(self, zone, facts, domain=DOMAIN):
        """Return the finding, the card of the record, and the permissions."""
        resolver = ZoneResolver(zone_of(zone | ALLOWED))
        findings = run(check_domain(domain, facts, resolver))
        cards = list_records(domain, facts, findings)
        [card] = [one for one in cards if one.kind == "dmarc"]
        others = [one for one in cards if one.kind == "dmarc_report"]
        return pick(findings, "dmarc_record"), card, others
