# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import ipaddress

from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.errors import PermError, TempError
from ...mailauth.spf.check_host import check_host
from ...mailauth.spf.record import parse_record
from ...mailauth.spf.suggest import suggest_for_domain, suggest_spf
from ..common import ZoneResolver, run

DOMAIN = "acme.example"
INCLUDE = "include:spf.example"
ZONE = {
    ("spf.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -ip4:192.0.2.2 ip4:192.0.2.0/30"],
    ("far.example", "TXT"): ["v=spf1 ip4:192.0.2.8/30 ip6:2001:db8::/127 -all"],
    ("big.example", "TXT"): ["v=spf1 a a a a mx mx mx mx include:far.example -all"],
    ("big.example", "A"): ["192.0.2.9"],
    ("big.example", "MX"): [(10, "big.example")],
    ("acme.example", "A"): ["192.0.2.6"],
    ("acme.example", "AAAA"): ["2001:db8::6"],
    ("bad.example", "TXT"): ["v=spf1 what"],
    ("slow.example", "TXT"): "timeout",
}
ADDRESSES = [str(ip) for ip in ipaddress.ip_network("192.0.2.0/28")][:14]
ADDRESSES += ["2001:db8::1", "203.0.113.1"]


class TestSuggest(BaseCase):
    def test_text(self):
        cases = [
            # nothing published
            ((), [INCLUDE], "v=spf1 include:spf.example ~all"),
            ("", ["mx", "ip4:192.0.2.1"], "v=spf1 mx ip4:192.0.2.1 ~all"),
            # what is missing goes before all
            ("v=spf1 -all", [INCLUDE], "v=spf1 include:spf.example -all"),
            ("v=spf1 mx ?all", ["a"], "v=spf1 mx a ?all"),
            ("v=spf1 mx", [], "v=spf1 mx ~all"),
            # what is there stays
            ("v=spf1 include:SPF.Example. ~all", [INCLUDE], None),
            ("v=spf1 ip4:192.0.2.0/24 -all", ["ip4:192.0.2.7"], None),
            ("v=spf1 a:acme.example -all", ["a"], None),
            ("V=SPF1 +mx -all exp=why.acme.example", ["mx"], None),
            # what never counted goes
            ("v=spf1 mx mx a ~all", [], "v=spf1 mx a ~all"),
            ("v=spf1 mx foo ip4:1.2 -all", [], "v=spf1 mx -all"),
            ("v=spf1 mx -all a", [], "v=spf1 mx -all"),
            ("v=spf1 mx ~all redirect=far.example", [], "v=spf1 mx ~all"),
            ("v=spf1 mx +all", [], "v=spf1 mx ~all"),
            ("v=spf1 all", [INCLUDE], "v=spf1 include:spf.example ~all"),
            # redirect stays last
            (
                "v=spf1 x=y redirect=far.example",
                ["mx"],
                "v=spf1 mx x=y redirect=far.example",
            ),
            # two records become one
            (("v=spf1 mx -all", "v=spf1 a mx -all"), [], "v=spf1 mx a -all"),
            (("v=spf1 mx -all", "v=spf1 a ~all"), ["mx"], "v=spf1 mx a ~all"),
            (
                ("v=spf1 redirect=far.example", "v=spf1 a -all"),
                [],
                "v=spf1 include:far.example a -all",
            ),
            # a record that refuses senders comes last, and refuses nobody else's
            (
                ("v=spf1 -ip4:192.0.2.1 mx -all", "v=spf1 ip4:192.0.2.0/24 -all"),
                [],
                "v=spf1 ip4:192.0.2.0/24 -ip4:192.0.2.1 mx -all",
            ),
            (
                ("v=spf1 mx -ip4:192.0.2.1 ~all", "v=spf1 -a ip4:192.0.2.0/24 ~all"),
                [],
                "v=spf1 mx -a ip4:192.0.2.0/24 -ip4:192.0.2.1 ~all",
            ),
            # what is needed goes before what might refuse it
            (
                "v=spf1 -exists:%{i}.bad.example mx -all",
                ["ip4:192.0.2.1"],
                "v=spf1 ip4:192.0.2.1 -exists:%{i}.bad.example mx -all",
            ),
        ]
        for record, needed, expected in cases:
            with self.subTest(record=record, needed=needed):
                suggestion = suggest_spf(record, needed, domain=DOMAIN)
                unchanged = not suggestion.changes and expected is None
                expected = record if unchanged else expected
                if unchanged:
                    expected = "v=spf1" + record[6:]
                self.assertEqual(suggestion.text, expected)
                self.assertEqual(suggestion.refusals, ())
                parse_record(suggestion.text)

    def test_changes(self):
        cases = [
            ("v=spf1 mx -all", [], ()),
            ((), [], ("all_added", "created")),
            ("v=spf1 mx mx foo +all a", [], (
                "invalid_dropped", "unreachable_dropped", "duplicate_dropped",
                "pass_all_softened",
            )),
            ("v=spf1 ipv4:192.0.2.1 -all", [], ("mended",)),
            (("v=spf1 a -all", "v=spf1 mx -all"), ["ptr"], ("merged", "added")),
        ]  # fmt: skip
        for record, needed, expected in cases:
            with self.subTest(record=record):
                self.assertEqual(suggest_spf(record, needed).changes, expected)

    def test_notes(self):
        cases = [
            ("v=spf1 mx -all", []),
            ("v=spf1 mx ip4: 192.0.2.1 foo -all", [
                ("mended_spf_term", "ip4: 192.0.2.1", "ip4:192.0.2.1"),
                ("omitted_spf_term", "foo", ""),
            ]),
            ("v=spf1 mx -all a mx -all", [("omitted_spf_after_all", "a", "")]),
            ("v=spf1 mx ~all redirect=far.example",
             [("omitted_spf_after_all", "redirect=far.example", "")]),
            ("v=spf1 mx all", [("mended_spf_pass_all", "all", "~all")]),
            ("v=spf1 mx", [("mended_spf_no_all", "", "~all")]),
            (("v=spf1 mx -all", "v=spf1 a ~all"),
             [("mended_spf_ends", "-all ~all", "~all")]),
            ((" v=spf1 mx -all", '"v=spf1 a -all"'), [
                ("mended_spf_start", " v=spf1 mx", "v=spf1"),
                ("mended_spf_quotes", '"v=spf1 a -', "v=spf1"),
            ]),
        ]  # fmt: skip
        for record, expected in cases:
            with self.subTest(record=record):
                notes = suggest_spf(record, []).notes
                found = [(note.code, note.text, note.meant) for note in notes]
                self.assertEqual(found, expected)

    def test_refusals(self):
        eleven = " ".join(f"include:s{n}.example" for n in range(11))
        cases = [
            (f"v=spf1 {eleven} -all", [], "too_many_lookups", "11"),
            (
                "v=spf1 -ip4:192.0.2.0/24 mx -all",
                ["ip4:192.0.2.1"],
                "negative_conflict",
                "-ip4:192.0.2.0/24 ip4:192.0.2.1",
            ),
            ("v=spf1 mx ~a -all", ["a"], "negative_conflict", "~a a"),
            (
                ("v=spf1 -a mx -all", "v=spf1 ?ptr ip4:192.0.2.1 -all"),
                [],
                "merge_conflict",
                "-a ?ptr",
            ),
            # What is not read can't be kept.
            ("v=spf1 " + "a " * 4100 + "-all", [], "too_long", "8211"),
            (["v=spf1 " + "ip4:192.0.2.1 " * 300] * 2, [], "too_long", "8414"),
        ]
        for record, needed, code, detail in cases:
            with self.subTest(record=record):
                suggestion = suggest_spf(record, needed)
                self.assertEqual(suggestion.text, "")
                self.assertEqual(suggestion.refusals[0].code, code)
                self.assertEqual(suggestion.refusals[0].detail, detail)

    def test_wrong_arguments(self):
        cases = [
            ("v=spf2 mx", [], "not_spf"),
            ("v=spf1 -all", ["all"], "needed_invalid"),
            ("v=spf1 -all", ["-mx"], "needed_invalid"),
            ("v=spf1 -all", ["redirect=a.example"], "needed_invalid"),
            ("v=spf1 -all", ["mx a"], "bad_argument"),
            ("v=spf1 -all", ["include:"], "bad_domain"),
        ]
        for record, needed, code in cases:
            with self.subTest(needed=needed), self.assertRaises(PermError) as caught:
                suggest_spf(record, needed)
            self.assertEqual(caught.exception.code, code)


class TestSuggestForDomain(BaseCase):
    def _suggest(self, record, needed):
        zone = {**ZONE, (DOMAIN, "TXT"): ["unrelated", record]}
        return run(suggest_for_domain(DOMAIN, needed, ZoneResolver(zone)))

    def test_costs(self):
        suggestion = self._suggest("v=spf1 include:big.example ~all", [])
        self.assertEqual(suggestion.lookups, 10)
        self.assertEqual(suggestion.text, "v=spf1 include:big.example ~all")
        refused = self._suggest("v=spf1 include:big.example ~all", [INCLUDE])
        self.assertEqual(refused.text, "")
        costs = [(cost.term, cost.lookups) for cost in refused.costs]
        self.assertEqual(costs, [("include:big.example", 10), (INCLUDE, 1)])

    def test_broken(self):
        cases = [
            ("v=spf1 include:no.far.example -all", "broken_term"),
            ("v=spf1 include:bad.example -all", "broken_term"),
            ("v=spf1 redirect=acme.example", "broken_term"),
            (
                "v=spf1 a:x1.far.example a:x2.far.example a:x3.far.example -all",
                "too_many_void_lookups",
            ),
        ]
        for record, code in cases:
            with self.subTest(record=record):
                suggestion = self._suggest(record, [INCLUDE])
                self.assertEqual(suggestion.text, "")
                self.assertEqual(suggestion.refusals[0].code, code)

    def test_unregistered(self):
        """Anybody could register it: it is left out, and named."""
        suggestion = self._suggest("v=spf1 include:_spf.gone.example a -all", [INCLUDE])
        self.assertEqual(suggestion.text, "v=spf1 a include:spf.example -all")
        (note,) = suggestion.notes
        self.assertEqual(
            (note.code, note.text, note.domain),
            (
                "omitted_spf_unregistered",
                "include:_spf.gone.example",
                "gone.example",
            ),
        )

    def test_no_answer(self):
        with self.assertRaises(TempError):
            self._suggest("v=spf1 include:slow.example -all", [])


TERMS = [
    "ip4:192.0.2.0/29", "ip4:192.0.2.1", "ip4:192.0.2.2/31", "ip4:192.0.2.4/30",
    "ip4:192.0.2.12", "ip6:2001:db8::1", "a", "include:spf.example",
    "include:far.example", "exists:%{i}.list.example",
]  # fmt: skip
ENDS = ["-all", "~all", "?all", "+all", "redirect=far.example", "", "-all mx", "bad:"]
LISTED = {(f"192.0.2.{n}.list.example", "A"): ["127.0.0.2"] for n in (3, 5, 13)}


TERM = st.tuples(st.sampled_from("++++-~"), st.sampled_from(TERMS))


@st.composite
def records(draw):
    terms = draw(st.lists(TERM, max_size=5))
    words = ["".join(term) for term in terms]
    return " ".join(["v=spf1", *words, draw(st.sampled_from(ENDS))]).strip()


class TestSuggestProperty(BaseCase):
    def _passing(self, record, needed=()):
        """Return the addresses that pass a record, judged alone with its valid terms.

        None for a record beyond the limits: that is none of this test's business.
        """
        terms = parse_record(record).effective
        texts = [term.text for term in terms if term.text != "+all"]
        text = " ".join(["v=spf1", *needed, *texts])
        resolver = ZoneResolver({**ZONE, **LISTED, (DOMAIN, "TXT"): [text]})

        async def check_all():
            checks = (check_host(ip, DOMAIN, "", "h", resolver) for ip in ADDRESSES)
            return await asyncio.gather(*checks)

        results = [result.result for result in run(check_all())]
        if "permerror" in results:
            return None
        return {ip for ip, r in zip(ADDRESSES, results, strict=True) if r == "pass"}

    def test_passes_exactly(self):
        checked = []

        @settings(max_examples=300)
        @given(
            st.lists(records(), min_size=1, max_size=3),
            st.lists(st.sampled_from(TERMS), max_size=2),
        )
        def check(old, needed):
            suggestion = suggest_spf(old, needed, domain=DOMAIN)
            if suggestion.text:
                checked.append(self._check_exact(old, needed, suggestion.text))

        check()
        self.assertGreater(sum(checked), 150, "too few records were within the limits")

    def _check_exact(self, old, needed, text):
        record = parse_record(text)
        self.assertFalse(record.errors)
        self.assertTrue(record.all_term or record.terms[-1] is record.redirect)
        passing = [self._passing("v=spf1", needed), *map(self._passing, old)]
        if None in passing:
            return False
        self.assertEqual(self._passing(text), set().union(*passing), text)
        return True

    @settings(max_examples=100)
    @given(st.lists(records(), max_size=3), st.lists(st.sampled_from(TERMS)))
    def test_stable(self, old, needed):
        """A suggestion that was published needs no other."""
        suggestion = suggest_spf(old, needed, domain=DOMAIN)
        if suggestion.text:
            again = suggest_spf(suggestion.text, needed, domain=DOMAIN)
            self.assertEqual(again.text, suggestion.text)
            self.assertEqual(again.changes, ())
