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
TEN = " ".join(f"include:s{n}.example" for n in range(10))
NINE, ELEVEN = TEN.rpartition(" ")[0], f"{TEN} include:s10.example"
# Records that let nobody send.
NOBODY = [
    (), "v=spf1", "v=spf1 -all", "v=spf1 ~all", "v=spf1 ?all", "v=spf1 +all",
    ("v=spf1 -all", "v=spf1 ~all"), "v=spf1 -mx ~all",
    "v=spf1 ip4:10.0.0.5 ip6:fd00::1 -all",
]  # fmt: skip
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
    ("two.example", "TXT"): ["v=spf1 mx -all", "v=spf1 a -all"],
    ("half.example", "TXT"): ["v=spf1 ip4:192.0.2.9 include:no.acme.example -all"],
    ("empty.example", "TXT"): [
        "v=spf1 a:y1.acme.example a:y2.acme.example mx:y3.acme.example ip4:192.0.2.9"
    ],
    ("many.example", "MX"): [(n, f"h{n}.example") for n in range(11)],
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
            ("v=spf1 mx ?all", ["a"], "v=spf1 mx a ~all"),
            ("v=spf1 mx ?all", [], "v=spf1 mx ~all"),
            (
                "v=spf1 mx ?all exp=e.acme.example",
                [],
                "v=spf1 mx ~all exp=e.acme.example",
            ),
            # what costs nothing has room where it counts, others only if nobody loses
            (
                f"v=spf1 {ELEVEN} -all",
                ["ip4:192.0.2.1"],
                f"v=spf1 {TEN} ip4:192.0.2.1 include:s10.example -all",
            ),
            (
                f"v=spf1 {ELEVEN} ip4:192.0.2.1 -all",
                ["ip4:192.0.2.1"],
                f"v=spf1 {TEN} ip4:192.0.2.1 include:s10.example -all",
            ),
            (
                f"v=spf1 {TEN} -all",
                [INCLUDE, "ip4:192.0.2.1"],
                f"v=spf1 {TEN} ip4:192.0.2.1 -all",
            ),
            (
                (f"v=spf1 {TEN} -all", "v=spf1 mx -all"),
                [INCLUDE, "ip4:192.0.2.1"],
                f"v=spf1 {NINE} include:spf.example ip4:192.0.2.1 include:s9.example mx"
                " -all",
            ),
            (f"v=spf1 {ELEVEN} -all", [], None),
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
            ((), ["mx"], ("all_added", "created", "added")),
            ("v=spf1 mx ?all", [], ("neutral_all_softened",)),
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
        cases = [
            (f"v=spf1 {TEN} -all", [INCLUDE], "too_many_lookups", INCLUDE),
            # A record that lets nobody send makes one's own mails look forged.
            *((record, [], "no_sender", "") for record in NOBODY),
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
        zone[("acme.example", "NS")] = ["ns.acme.example"]
        return run(suggest_for_domain(DOMAIN, needed, ZoneResolver(zone)))

    def test_costs(self):
        suggestion = self._suggest("v=spf1 include:big.example ~all", [])
        self.assertEqual(suggestion.lookups, 10)
        self.assertEqual(suggestion.text, "v=spf1 include:big.example ~all")
        refused = self._suggest("v=spf1 include:big.example ~all", [INCLUDE])
        self.assertEqual(refused.text, "")
        costs = [(cost.term, cost.lookups) for cost in refused.costs]
        self.assertEqual(costs, [("include:big.example", 10)])

    def test_broken(self):
        """(published, proposed, notes): what is dead goes, what breaks comes last."""
        in_front = f"mended_spf_in_front {INCLUDE}"
        stops = "effect_spf_still_stops include:half.example"
        dead = "omitted_spf_dead_"
        cases = [
            ("mx:many.example -all", f"{INCLUDE} -all", [f"{dead}mx mx:many.example"]),
            ("include:no.acme.example -all", f"{INCLUDE} -all",
             [f"{dead}leads_nowhere include:no.acme.example"]),
            ("a include:bad.example ~all", f"a {INCLUDE} ~all",
             [f"{dead}syntax include:bad.example"]),
            # Whom a term refuses before it ends may not pass without it.
            ("-include:half.example ip4:192.0.2.0/24 ~all",
             f"{INCLUDE} -include:half.example ip4:192.0.2.0/24 ~all",
             [stops.replace("include", "-include")]),
            # Our own address is on nobody's list: these are void lookups for it.
            ("exists:%{i}.l.example exists:%{i}.m.example exists:%{i}.n.example ~all",
             f"exists:%{{i}}.l.example exists:%{{i}}.m.example {INCLUDE}"
             " exists:%{i}.n.example ~all", [in_front]),
            ("include:two.example a ~all", f"a {INCLUDE} ~all",
             [f"{dead}several include:two.example"]),
            ("a redirect=acme.example", f"a {INCLUDE} ~all",
             [f"{dead}loop redirect=acme.example", "mended_spf_no_all "]),
            ("a redirect=no.acme.example", f"a {INCLUDE} ~all",
             [f"{dead}leads_nowhere redirect=no.acme.example", "mended_spf_no_all "]),
            ("a:x1.acme.example mx ?exists:x2.acme.example a -all", f"a {INCLUDE} -all",
             [f"{dead}empty a:x1.acme.example", f"{dead}empty mx",
              f"{dead}empty ?exists:x2.acme.example"]),
            ("include:empty.example a -all", f"a {INCLUDE} -all",
             [f"{dead}void include:empty.example"]),
            # A partner who passes before it breaks is kept.
            ("include:half.example a -all", f"{INCLUDE} include:half.example a -all",
             [in_front, stops]),
            (f"include:half.example a {INCLUDE} -all",
             f"{INCLUDE} include:half.example a -all", [in_front, stops]),
            ("a include:half.example -all", f"a {INCLUDE} include:half.example -all",
             [in_front, stops]),
            # What DNS did not tell is kept as well.
            ("include:slow.example a -all", f"{INCLUDE} include:slow.example a -all",
             [in_front]),
            ("-a include:half.example -all", f"{INCLUDE} -a include:half.example -all",
             [stops]),
        ]  # fmt: skip
        for record, expected, notes in cases:
            with self.subTest(record=record):
                suggestion = self._suggest(f"v=spf1 {record}", [INCLUDE])
                self.assertEqual(suggestion.text, f"v=spf1 {expected}")
                found = [f"{note.code} {note.text}" for note in suggestion.notes]
                self.assertEqual(found, notes)

    def test_merged_and_broken(self):
        """Of two records that one comes last which breaks."""
        for records in (
            ["v=spf1 include:half.example -all", "v=spf1 mx ip4:192.0.2.9 -all"],
            ["v=spf1 ip4:192.0.2.9 -all", "v=spf1 a include:half.example -all"],
        ):
            with self.subTest(records):
                zone = {**ZONE, (DOMAIN, "TXT"): records}
                zone[("acme.example", "NS")] = ["ns.acme.example"]
                text = run(suggest_for_domain(DOMAIN, [], ZoneResolver(zone))).text
                terms = text.split()
                self.assertEqual(terms[-2:], ["include:half.example", "-all"])
                self.assertIn("ip4:192.0.2.9", terms)

    def test_needed_and_dead(self):
        """What can't count is named, not proposed; DNS that fails proves nothing."""
        dead = self._suggest("v=spf1 a -all", ["include:no.acme.example"])
        self.assertEqual(dead.text, "v=spf1 a -all")
        self.assertEqual(dead.notes[0].code, "omitted_spf_dead_leads_nowhere")
        slow = self._suggest("v=spf1 a -all", ["include:slow.example", "ip4:192.0.2.1"])
        self.assertEqual(slow.text, "v=spf1 a ip4:192.0.2.1 include:slow.example -all")

    def test_nobody_left(self):
        for record in ("mx -all", "include:bad.example ~all", "a:no.far.example ?all"):
            with self.subTest(record=record):
                refusals = self._suggest(f"v=spf1 {record}", []).refusals
                self.assertEqual([one.code for one in refusals], ["no_sender"])

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
        record = "v=spf1 include:slow.example -all"
        self.assertEqual(self._suggest(record, []).text, record)
        with self.assertRaises(TempError):
            run(suggest_for_domain("slow.example", [], ZoneResolver(ZONE)))


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

        @settings(max_examples=120)
        @given(
            st.lists(records(), min_size=1, max_size=3),
            st.lists(st.sampled_from(TERMS), max_size=2),
        )
        def check(old, needed):
            suggestion = suggest_spf(old, needed, domain=DOMAIN)
            if suggestion.text:
                checked.append(self._check_exact(old, needed, suggestion.text))

        check()
        self.assertGreater(sum(checked), 60, "too few records were within the limits")

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


FRAGILE = [
    "include:half.example", "include:bad.example", "include:no.acme.example",
    "include:empty.example", "include:big.example", "include:slow.example",
    "mx:many.example", "a:x.acme.example", "a:y.acme.example", "exists:z.acme.example",
    "ip4:192.0.2.13", "a", "include:far.example", "include:spf.example",
]  # fmt: skip
OURS = ["ip4:192.0.2.12", "ip6:2001:db8:1::1", "include:ours.example"]
ADDRESS_OF = {OURS[0]: "192.0.2.12", OURS[1]: "2001:db8:1::1", OURS[2]: "192.0.2.11"}


class TestNeverWorse(BaseCase):
    """Whatever may break in a record: who passes today still does, and so do we."""

    ZONE = {
        **ZONE,
        ("acme.example", "NS"): ["ns.acme.example"],
        ("ours.example", "TXT"): ["v=spf1 ip4:192.0.2.11 -all"],
    }
    # One behind each term, and one that nobody lets pass.
    ADDRESSES = [f"192.0.2.{n}" for n in (1, 6, 8, 9, 11, 12, 13, 14)]
    ADDRESSES += ["2001:db8:1::1"]

    def _ask(self, text):
        resolver = ZoneResolver({**self.ZONE, (DOMAIN, "TXT"): [text]})
        addresses = self.ADDRESSES

        async def check_all():
            checks = (check_host(ip, DOMAIN, "", "h", resolver) for ip in addresses)
            return await asyncio.gather(*checks)

        results = zip(addresses, run(check_all()), strict=True)
        return {ip for ip, result in results if result.result == "pass"}

    def test_never_worse(self):
        term = st.tuples(
            st.sampled_from(["", "", "", "", "-"]), st.sampled_from(FRAGILE)
        )
        proposed = []

        @settings(max_examples=60)
        @given(
            st.lists(term.map("".join), max_size=6),
            st.sampled_from(["-all", "~all", "?all", ""]),
            st.lists(st.sampled_from(OURS), max_size=3, unique=True),
        )
        def check(terms, end, needed):
            old = " ".join(["v=spf1", *terms, end]).rstrip()
            resolver = ZoneResolver({**self.ZONE, (DOMAIN, "TXT"): [old]})
            suggestion = run(suggest_for_domain(DOMAIN, needed, resolver))
            if suggestion.text:
                proposed.append(suggestion.text != old)
                self._compare(old, suggestion, needed)

        check()
        self.assertGreater(sum(proposed), 30)

    def _compare(self, old, suggestion, needed):
        before, after = self._ask(old), self._ask(suggestion.text)
        self.assertEqual(before - after, set(), suggestion.text)
        no_room = {n.text for n in suggestion.notes if n.code == "omitted_spf_no_room"}
        ours = {ADDRESS_OF[term] for term in needed if term not in no_room}
        self.assertEqual(ours - after, set(), suggestion.text)
        kept = {word.lstrip("-") for word in suggestion.text.split()}
        named = kept | {note.text.lstrip("-") for note in suggestion.notes}
        gone = {word.lstrip("-") for word in old.split()} - named
        self.assertEqual(gone - {"~all", "?all"}, set())
