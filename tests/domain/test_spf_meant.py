# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is proposed for a damaged SPF record, by all checks together."""

import re
from pathlib import Path

from odoo.tests import BaseCase

from ...mailauth.domain.facts import Address, Server
from ...mailauth.domain.publish import list_records
from ...mailauth.domain.reasons import TEXTS
from ...mailauth.domain.spf_effect import soften_end
from .test_check import FACTS, KEEPS, SPF, ZONE, by_code, change, check, facts_of

PROVIDER = "include:_spf.provider.example"
GOOD = f"v=spf1 {PROVIDER} ip4:192.0.2.10 -all"
UNKNOWN = Server("relay")
GONE = Server("gone", provider="Gone", spf_term="include:spf.gone.example")
ALIAS = {
    ("bounce.acme.example", "CNAME"): ["u1.provider.example"],
    ("u1.provider.example", "TXT"): ["v=spf1 ip4:198.51.100.0/24 -all"],
}
SOFT = GOOD.replace("-all", "~all")
# (case, SPF records, servers, proposal, codes about it, what else may be published)
CASES = [
    ("a blank before it", [" " + GOOD], FACTS.servers, GOOD,
     ("mended_spf_start", "effect_spf_fail"), ""),
    ("quotes", [f'"{GOOD}"'], FACTS.servers, GOOD,
     ("mended_spf_quotes", "effect_spf_fail"), ""),
    ("softly", [f'"{SOFT}"'], FACTS.servers, SOFT, ("mended_spf_quotes",), ""),
    ("a blank too many", [GOOD.replace("ip4:", "ip4: ")], FACTS.servers, GOOD,
     ("mended_spf_term", "effect_spf_fail"), ""),
    ("what it lacks is added", [' v=spf1 mx -all'], (*FACTS.servers, KEEPS),
     f"v=spf1 mx ip4:192.0.2.10 {PROVIDER} -all",
     ("mended_spf_start", "effect_spf_fail"), ""),
    ("a provider that does not exist any more", [" v=spf1 mx -all"],
     (*FACTS.servers, GONE), "v=spf1 mx ip4:192.0.2.10 -all",
     ("mended_spf_start", "omitted_spf_dead_leads_nowhere", "effect_spf_fail_some"),
     "v=spf1 mx ip4:192.0.2.10 ~all"),
    # It is in force for the first time, and refuses who is not known to be on it.
    ("an address is unknown", [" " + GOOD], (UNKNOWN, KEEPS), GOOD,
     ("mended_spf_start", "effect_spf_fail_some"), SOFT),
    ("no server is known", [" " + GOOD], (), GOOD,
     ("mended_spf_start", "effect_spf_fail_unseen"), SOFT),
    ("an unknown one, by a redirect", [" v=spf1 redirect=_r.provider.example"],
     (UNKNOWN,), "v=spf1 redirect=_r.provider.example",
     ("mended_spf_start", "effect_spf_fail_some"),
     "v=spf1 include:_r.provider.example ~all"),
    ("it was in force already", [GOOD.replace("ip4:192.0.2.10 ", "")], FACTS.servers,
     GOOD, (), ""),
    # What is left out is named.
    ("a word that nobody understands", [GOOD.replace("ip4", "foo ip4")], FACTS.servers,
     GOOD, ("omitted_spf_term", "effect_spf_fail"), ""),
    ("after all", [GOOD + " mx"], FACTS.servers, GOOD, ("omitted_spf_after_all",), ""),
    ("a domain that does not exist", [GOOD.replace("ip4", "include:gone.example ip4")],
     FACTS.servers, GOOD, ("omitted_spf_unregistered", "effect_spf_fail"), ""),
    # The valid one counts, and nothing is merged into it.
    ("one beside it", [GOOD, " v=spf1 mx -all"], FACTS.servers, "",
     ("omitted_spf_beside",), ""),
    ("one beside another that lacks a server",
     ["v=spf1 mx -all", " v=spf1 ip4:203.0.113.7 -all"], FACTS.servers,
     "v=spf1 mx ip4:192.0.2.10 -all", ("omitted_spf_beside",), ""),
    ("two that nobody reads", [" v=spf1 mx -all", f'"{GOOD}"'], FACTS.servers,
     f"v=spf1 mx {PROVIDER} ip4:192.0.2.10 -all",
     ("mended_spf_start", "mended_spf_quotes", "effect_spf_fail"), ""),
    # Never mended.
    ("switched off", ["#" + GOOD], FACTS.servers, "v=spf1 ip4:192.0.2.10 ~all",
     ("omitted_spf_other",), ""),
    ("of another version", [GOOD.replace("spf1", "spf2.0"), GOOD], FACTS.servers, "",
     ("omitted_spf_other",), ""),
    # +all
    ("+all", [GOOD.replace("-all", "+all")], FACTS.servers, SOFT,
     ("mended_spf_pass_all",), ""),
]  # fmt: skip
MORE = {("_r.provider.example", "TXT"): ["v=spf1 ip4:198.51.100.0/24 -all"]}


def about(finding):
    prefixes = ("mended_", "omitted_", "effect_")
    return [why for why in finding.why if why.code.startswith(prefixes)]


class TestSpfMeant(BaseCase):
    def test_cases(self):
        for case, records, servers, expected, codes, alternative in CASES:
            with self.subTest(case):
                zone = change(spf=records) | MORE
                findings = check(zone, facts_of(*servers))
                (finding,) = by_code(findings, "spf_record")
                self.assertEqual(finding.expected, expected)
                self.assertEqual(
                    sorted(why.code for why in about(finding)), sorted(codes)
                )
                found = [dict(w.params).get("alternative", "") for w in about(finding)]
                self.assertEqual("".join(found), alternative)
                for value in filter(None, (expected, alternative)):
                    self._check_published(zone, servers, value)

    def _check_published(self, zone, servers, value):
        """Nothing remains to be done about the record once it is published."""
        findings = check({**zone, SPF: [value]}, facts_of(*servers))
        for code in ("spf_record", "spf_single", "spf_syntax", "spf_lookups"):
            for finding in by_code(findings, code):
                self.assertEqual((finding.status, finding.expected), ("pass", ""))

    def test_found(self):
        """A damaged one is shown where none counts, and its result stays none."""
        cases = [
            ([" " + GOOD], " " + GOOD, "spf_record_nearly"),
            ([GOOD, " v=spf1 a -all"], GOOD, "omitted_spf_beside"),
            (["#" + GOOD], "", "spf_record_none"),
        ]
        for records, found, code in cases:
            with self.subTest(records=records):
                findings = check(change(spf=records))
                (finding,) = by_code(findings, "spf_record")
                self.assertEqual(finding.found, found)
                self.assertIn(code, [why.code for why in finding.why])
        (finding,) = by_code(check(change(spf=[" " + GOOD])), "spf_authorizes")
        self.assertEqual(finding.status, "fail")

    def test_what_stays_is_said_before(self):
        """A record that is mended only still holds what should not stand there."""
        cases = [(GOOD, set()), (f"{GOOD[:-5]} ptr -all", {"spf_ptr"})]
        cases.append((f"{GOOD[:-5]} ip4:128.0.0.0/1 -all", {"spf_wide_network"}))
        for record, expected in cases:
            with self.subTest(record):
                (finding,) = by_code(check(change(spf=[" " + record])), "spf_record")
                (after,) = by_code(check(change(spf=[finding.expected])), "spf_record")
                self.assertEqual(finding.expected, record)
                found = [{why.code for why in one.why} for one in (finding, after)]
                self.assertLessEqual(expected, set.intersection(*found))
                self.assertEqual(found[1] - {"spf_record_ok"}, expected)

    def test_type99(self):
        """Nobody asks for the type SPF, but it tells what was meant."""
        zone = change(spf=None) | {("acme.example", "SPF"): ["v=spf1 mx -all"]}
        (finding,) = by_code(check(zone), "spf_record")
        self.assertEqual(
            (finding.found, finding.expected), ("", "v=spf1 mx ip4:192.0.2.10 -all")
        )
        codes = [why.code for why in about(finding)]
        self.assertEqual(codes, ["mended_spf_type99", "effect_spf_fail"])

    def test_alternative(self):
        facts = facts_of(UNKNOWN)
        findings = check(change(spf=[" " + GOOD]), facts)
        record, *_others = list_records("acme.example", facts, findings)
        self.assertEqual((record.values, record.alternative), ((GOOD,), SOFT))
        self.assertIn("effect_spf_fail_some", [note.code for note in record.notes])

    def test_alias(self):
        """Nothing may stand beside a CNAME."""
        server = Server(
            "own",
            envelope="subdomain",
            envelope_domain="bounce.acme.example",
            addresses=(Address("192.0.2.10"),),
        )
        (finding,) = by_code(check(ZONE | ALIAS, facts_of(server)), "spf_record")
        self.assertEqual((finding.status, finding.expected), ("warning", ""))
        self.assertEqual(finding.why[0].code, "repair_alias")
        self.assertEqual(dict(finding.why[0].params)["detail"], "u1.provider.example")

    def test_soften_end(self):
        cases = [
            (GOOD, SOFT),
            ("v=spf1 -all", "v=spf1 ~all"),
            ("v=spf1 a -ALL x=y", "v=spf1 a ~all x=y"),
            ("v=spf1 a redirect=x.example", "v=spf1 a include:x.example ~all"),
            (
                "v=spf1 include:x.example a redirect=x.example",
                "v=spf1 include:x.example a ~all",
            ),
        ]
        for text, expected in cases:
            self.assertEqual(soften_end(text), expected)

    def test_every_code_has_a_text(self):
        folder = Path(__file__).parents[2] / "mailauth" / "spf"
        sources = "".join(path.read_text() for path in folder.glob("*.py"))
        codes = set(re.findall(r'"((?:mended|omitted)_spf_[a-z_]+)"', sources))
        self.assertGreater(len(codes), 8)
        self.assertEqual(codes - set(TEXTS), set())
