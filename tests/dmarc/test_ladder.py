# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""When the next step to p=reject is proposed, and when a step back."""

from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.dmarc.ladder import (
    RUNG_TAGS,
    Evidence,
    Reporter,
    Source,
    find_rung,
    judge_ladder,
)
from ...mailauth.dmarc.record import parse_dmarc
from ...mailauth.dmarc.suggest import suggest_dmarc

GOOD = Evidence(
    "none",
    days=28,
    messages=500,
    own=450,
    own_passing=450,
    sources=(Source("ours", 450, True), Source("forwarder", 50, True)),
    reporters=(Reporter("google.com", 400, 400), Reporter("gmx.net", 50, 50)),
    is_rare=False,
    own_recent=100,
)

# (rule, what differs from a domain that may go on, conditions that are not met)
CONDITIONS = [
    ("all of them", {}, ""),
    ("a day too few", {"days": 27}, "period"),
    ("a message too few", {"messages": 499}, "period"),
    ("few messages, many days", {"messages": 20, "days": 90}, ""),
    ("few messages, a day too few", {"messages": 20, "days": 89}, "period"),
    ("nobody was asked", {"is_rare": None}, "rare"),
    ("something is rare", {"is_rare": True}, "period"),
    ("something is rare, many days", {"is_rare": True, "days": 90}, ""),
    ("nothing is ours",
     {"own": 0, "own_passing": 0, "reporters": ()}, "period passing signed"),
    ("a large source unknown",
     {"sources": (Source("ours", 450, True), Source("192.0.2.0/24", 50, False))},
     "named"),
    ("a small source unknown",
     {"sources": (Source("ours", 495, True), Source("192.0.2.0/24", 5, False))}, ""),
    ("just above one percent",
     {"sources": (Source("ours", 494, True), Source("192.0.2.0/24", 6, False))},
     "named"),
    ("99 percent pass", {"own": 400, "own_passing": 396}, ""),
    ("fewer pass", {"own": 400, "own_passing": 395}, "passing"),
    ("one receiver sees no signature",
     {"reporters": (Reporter("google.com", 400, 400), Reporter("gmx.net", 50, 0))},
     "signed"),
    ("one mail there, without it",
     {"reporters": (Reporter("google.com", 400, 400), Reporter("gmx.net", 1, 0))},
     "signed"),
    ("one mail of several was damaged",
     {"reporters": (Reporter("google.com", 400, 399), Reporter("gmx.net", 5, 4))}, ""),
    ("two of five were",
     {"reporters": (Reporter("google.com", 400, 399), Reporter("gmx.net", 5, 3))},
     "signed"),
    ("nothing of ours there",
     {"reporters": (Reporter("google.com", 400, 400), Reporter("gmx.net", 0, 0))}, ""),
]  # fmt: skip

# (rule, the rung, what differs, the step that is proposed, whether it is one back)
STEPS = [
    ("none goes to a test", "none", {}, "testing", False),
    ("a test goes to quarantine", "testing", {}, "quarantine", False),
    ("quarantine goes to reject", "quarantine", {}, "reject", False),
    ("nothing is above reject", "reject", {}, "", False),
    ("where something is missing it stays", "quarantine", {"days": 3}, "", False),
    ("own mail fails under reject", "reject", {"own_failing": 3}, "quarantine", True),
    ("under quarantine", "quarantine", {"own_failing": 30}, "testing", True),
    ("what few receivers misread", "reject", {"own_failing": 2}, "", False),
    ("a small share", "reject", {"own_failing": 20, "own_recent": 1000}, "", False),
    ("a test harms nobody", "testing",
     {"own_failing": 30, "own_passing": 300}, "", False),
]  # fmt: skip

# (record, the rung that it is on)
RUNGS_OF = [
    ("v=DMARC1; p=none", "none"),
    ("v=DMARC1; p=none; pct=0", "none"),
    ("v=DMARC1; p=quarantine; pct=0; t=y", "testing"),
    ("v=DMARC1; p=quarantine; t=y", "testing"),
    ("v=DMARC1; p=quarantine; pct=50", "testing"),
    ("v=DMARC1; p=quarantine", "quarantine"),
    ("v=DMARC1; p=reject; t=y", "quarantine"),
    ("v=DMARC1; p=reject", "reject"),
    ("v=DMARC1; p=rejected", None),
]

OTHER = "rua=mailto:d@vendor.example"
INBOX = "dmarc-reports@acme.example"
# (rule, what is there, the inbox, the step, what to publish after "v=DMARC1; ")
PUBLISHED = [
    ("nothing is there", [], INBOX, "", f"p=none; rua=mailto:{INBOX}"),
    ("others stay", [f"p=none; {OTHER}"], INBOX, "", f"p=none; {OTHER},mailto:{INBOX}"),
    ("it is there", [f"p=none; rua=mailto:{INBOX.upper()}"], INBOX, "",
     f"p=none; rua=mailto:{INBOX.upper()}"),
    ("a step keeps all else", [f"p=none; sp=reject; adkim=s; {OTHER}"], "", "testing",
     f"p=quarantine; sp=reject; pct=0; t=y; adkim=s; {OTHER}"),
    ("the test ends", ["p=quarantine; pct=0; t=y"], "", "quarantine", "p=quarantine"),
    ("to reject", [f"p=quarantine; {OTHER}"], "", "reject", f"p=reject; {OTHER}"),
    ("a reject that is tested", ["p=reject; pct=0; t=y"], "", "reject", "p=reject"),
    ("back", ["p=reject"], "", "quarantine", "p=quarantine"),
    ("back to a test", ["p=quarantine"], "", "testing", "p=quarantine; pct=0; t=y"),
    ("no step without a policy", [OTHER], "", "reject", f"p=none; {OTHER}"),
]  # fmt: skip


class TestLadder(BaseCase):
    def test_conditions(self):
        for rule, differs, unmet in CONDITIONS:
            with self.subTest(rule):
                ladder = judge_ladder(replace(GOOD, **differs))
                missing = [one.code for one in ladder.conditions if not one.met]
                self.assertEqual(missing, unmet.split())
                self.assertEqual(ladder.step, "" if unmet else "testing")

    def test_what_is_open_is_named(self):
        sources = (Source("a", 20, False), Source("b", 40, False))
        reporters = (Reporter("gmx.net", 50, 0), Reporter("web.de", 60, 0))
        ladder = judge_ladder(replace(GOOD, sources=sources, reporters=reporters))
        opened = {one.code: one.open for one in ladder.conditions}
        self.assertEqual(opened["named"], ("b", "a"))
        self.assertEqual(opened["signed"], ("web.de", "gmx.net"))

    def test_steps(self):
        for rule, rung, differs, step, is_back in STEPS:
            with self.subTest(rule):
                ladder = judge_ladder(replace(GOOD, rung=rung, **differs))
                self.assertEqual((ladder.step, ladder.is_back), (step, is_back))

    def test_no_record(self):
        ladder = judge_ladder(replace(GOOD, rung=None))
        self.assertEqual((ladder.step, ladder.conditions), ("", ()))

    def test_rungs(self):
        for text, rung in RUNGS_OF:
            with self.subTest(text):
                self.assertEqual(find_rung(parse_dmarc(text.encode())), rung)
        self.assertIsNone(find_rung(None))

    def test_a_step_leads_to_its_rung(self):
        for rung in RUNG_TAGS:
            for other in RUNG_TAGS:
                first = suggest_dmarc([b"v=DMARC1; p=none"], step=other).text
                text = suggest_dmarc([first.encode()], step=rung).text
                self.assertEqual(find_rung(parse_dmarc(text.encode())), rung)


class TestSuggested(BaseCase):
    def test_published(self):
        for rule, there, inbox, step, expected in PUBLISHED:
            with self.subTest(rule):
                records = [f"v=DMARC1; {text}".encode() for text in there]
                found = suggest_dmarc(records, "x@acme.example", inbox, step)
                text = f"v=DMARC1; {expected}"
                if "rua" not in expected:
                    text += "; rua=mailto:x@acme.example"
                self.assertEqual(found.text, text)

    def test_no_more_than_receivers_read(self):
        many = ",".join(f"mailto:d{i}@vendor.example" for i in range(10))
        record = f"v=DMARC1; p=none; rua={many}"
        self.assertEqual(suggest_dmarc([record.encode()], inbox=INBOX).text, record)
