# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a page is told of a message, whatever became of it."""

import asyncio
import json

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from ...mailauth.message.as_json import to_json
from ...mailauth.message.check import check_message
from ..common import ZoneResolver
from ..messages import build
from ..messages.test_worlds import ZONE
from ..messages.worlds import WORLDS, World
from .verdicts import BODY_CHANGED, HOSTILE, finding, verdict

NO_DMARC = {"dmarc__policy": "", "dmarc__result": "none"}
UNALIGNED = {"dmarc__aligned_spf": False, "dmarc__aligned_dkim": False}
# (case, judgement, its level, what the one sentence holds)
HEADLINES = [
    ("good", verdict(), "pass", "SPF, DKIM and DMARC pass by the published rules"),
    (
        "a rule",
        verdict(grade="B", findings=[finding("tls_missing", weakens="B")]),
        "warning",
        "ask for is missing: TLS: the message travelled unencrypted",
    ),
    ("no record", verdict(grade="C", **NO_DMARC), "warning", "has no DMARC record"),
    (
        "SPF alone",
        verdict(grade="C", dmarc__aligned_dkim=False),
        "warning",
        "SPF proves that the message comes from acme.example, but",
    ),
    (
        "DKIM alone",
        verdict(grade="C", dmarc__aligned_spf=False),
        "warning",
        "DKIM proves that the message comes from acme.example, but",
    ),
    ("nothing", verdict(grade="D", **UNALIGNED), "fail", "comes from acme.example"),
    ("refused", BODY_CHANGED, "fail", "refuse this message: DKIM: the content was"),
    (
        "no answer",
        verdict(grade=None, spf__result="temperror"),
        "temperror",
        "DNS did not answer",
    ),
    (
        "at home",
        verdict(
            grade=None,
            proves_nothing="private_only",
            spf__result="unknown",
            dkim=[],
            dmarc__result="unknown",
            client_ip="",
            findings=[finding("proves_nothing", "warning", "private_only")],
        ),
        "unknown",
        "proves nothing",
    ),
    ("unknown", verdict(grade=None), "unknown", "Not all of it can be told"),
]
# (case, judgement, kind of the answer, its level, what it says)
ANSWERS = [
    ("spf", verdict(), "spf", "pass", "192.0.2.1 may send for acme.example."),
    (
        "not the sender",
        verdict(dmarc__aligned_spf=False),
        "spf",
        "warning",
        "not the domain that recipients see",
    ),
    ("nobody knows", verdict(client_ip=""), "spf", "pass", "not known which server"),
    ("new word", verdict(spf__result="odd"), "spf", "warning", "not known"),
    ("not signed", verdict(dkim=[]), "dkim", "warning", "not signed"),
    (
        "the best of two",
        verdict(dkim=[*BODY_CHANGED["dkim"], *verdict()["dkim"]]),
        "dkim",
        "pass",
        "not changed since",
    ),
    ("changed", BODY_CHANGED, "dkim", "fail", "does not fit"),
    ("refuse", BODY_CHANGED, "dmarc", "fail", "asks receivers to refuse"),
    (
        "no policy",
        verdict(dmarc__result="fail"),
        "dmarc",
        "fail",
        "asks for nothing to be done",
    ),
    ("no record", verdict(**NO_DMARC), "dmarc", "warning", "has no DMARC record"),
]


@tagged("post_install", "-at_install")
class TestVerdict(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["mail.test.message"].sudo()

    def show(self, judgement=None, **values):
        """Return what is told of a message with this judgement."""
        test = self.model.create(
            {"kind": "explained", "state": "done", "verdict": judgement, **values}
        )
        if judgement and "grade" not in values:
            test.grade = judgement["grade"]
        told = test.get_verdict()
        json.dumps(told)  # it can be sent
        return told

    def test_one_sentence(self):
        for case, judgement, level, words in HEADLINES:
            with self.subTest(case):
                told = self.show(judgement)
                self.assertIn(words, told["headline"])
                self.assertEqual(told["level"], level)
                self.assertEqual(told["grade"], judgement["grade"] or False)
                marked = [one["letter"] for one in told["grades"] if one["is_it"]]
                self.assertEqual(
                    marked, [judgement["grade"]] * bool(judgement["grade"])
                )

    def test_reputation_is_said_not_to_be_known(self):
        self.assertIn("reputation", self.show(verdict())["remark"])

    def test_what_proves_nothing_says_what_to_do_and_gives_no_grade(self):
        told = self.show(dict(HEADLINES[8][1]))
        self.assertIn("private addresses", told["remark"])
        self.assertIn("another provider", told["remark"])
        self.assertEqual(told["findings"], [])

    def test_three_answers(self):
        for case, judgement, kind, level, words in ANSWERS:
            with self.subTest(case):
                answers = self.show(judgement)["answers"]
                self.assertEqual(
                    [one["kind"] for one in answers], ["spf", "dkim", "dmarc"]
                )
                answer = next(one for one in answers if one["kind"] == kind)
                self.assertIn(words, answer["sentence"])
                self.assertEqual(answer["level"], level)
                self.assertTrue(answer["word"])

    def test_what_the_core_says_is_shown(self):
        """Of a good message, and of twelve with one thing broken in each."""
        resolver = ZoneResolver(ZONE)
        for world in (World("good", "", "A"), *WORLDS):
            with self.subTest(world.name):
                raw = world.deliver(build.sign(build.compose()))
                result = asyncio.run(check_message(raw, resolver=resolver))
                told = self.show(to_json(result))
                codes = [one["code"] for one in told["findings"]]
                self.assertEqual(codes[:1], [world.code][: bool(world.code)])
                self.assertEqual(told["grade"], world.grade)
                self.assertNotIn("%(", told["headline"])
                for one in told["findings"]:
                    self.assertTrue(one["sentence"] and one["word"] and one["todo"])
                    self.assertNotEqual(one["title"], one["code"])

    def test_answers_have_their_evidence(self):
        spf, dkim, dmarc = self.show(verdict())["answers"]
        texts = [
            "\n".join(p["text"] for p in a["evidence"]) for a in (spf, dkim, dmarc)
        ]
        self.assertIn("  acme.example: a -> match (192.0.2.1)", texts[0])
        self.assertIn("2048 bit", texts[1])
        self.assertIn("_dmarc.acme.example: found v=DMARC1; p=none", texts[2])

    def test_consequences_stand_under_their_cause(self):
        told = self.show(BODY_CHANGED)
        self.assertEqual(
            [one["code"] for one in told["findings"]],
            ["dkim_body_changed", "spf_fails"],
        )
        first = told["findings"][0]
        self.assertIn("was changed after it was signed", first["title"])
        self.assertTrue(first["todo"])
        self.assertEqual(first["follows"], "1 thing follows from it")
        [consequence] = first["consequences"]
        self.assertEqual(
            consequence["asked"],
            "Asked for by Gmail, Yahoo: Email sender guidelines (2026-11-25).",
        )

    def test_consequence_of_a_consequence_and_without_a_cause(self):
        rows = [
            finding("dkim_no_key"),
            finding("dkim_missing", cause="dkim_no_key"),
            finding("dmarc_fails", cause="dkim_missing"),
            finding("tls_missing", cause="gone"),
        ]
        told = self.show(verdict(grade="F", findings=rows))
        self.assertEqual(
            [[one["code"], len(one["consequences"])] for one in told["findings"]],
            [["dkim_no_key", 2], ["tls_missing", 0]],
        )

    def test_codes_that_nobody_knows_any_more(self):
        rows = [finding("gone", "odd", "forgotten", params={"a": HOSTILE})]
        [told] = self.show(verdict(grade="B", findings=rows))["findings"]
        self.assertEqual(told["title"], "gone")
        self.assertIn("forgotten", told["sentence"])

    def test_a_sentence_that_has_got_other_parameters(self):
        rows = [finding("spf_fails", reason="spf_result_fail", params={"old": "%(x"})]
        [told] = self.show(verdict(grade="B", findings=rows))["findings"]
        self.assertEqual(told["sentence"], "spf_result_fail %(x")

    def test_story_is_in_the_order_of_events(self):
        story = self.show(verdict())["story"]
        self.assertEqual(
            [one["key"] for one in story],
            ["written", "signed", "hop", "arrived", "reported", "reported", "judged"],
        )
        arrived = story[3]
        self.assertEqual(arrived["when"], "2026-11-26 10:00:00")
        self.assertEqual(
            arrived["sentence"],
            "mx.receiver.example took it over from outside, from mx.acme.example "
            "[192.0.2.1]. The connection was encrypted. After 90 s.",
        )
        self.assertIn("Anybody may have written this", story[5]["sentence"])

    def test_odd_times_are_no_times(self):
        hop = verdict()["hops"][0]
        hops = [{**hop, "time": time} for time in (None, -5, 10**18, "x")]
        story = self.show(verdict(hops=hops))["story"]
        self.assertFalse(any(one["when"] for one in story))

    def test_states_without_a_judgement(self):
        fields = self.model._fields["state"]
        for state, _name in fields.selection:
            with self.subTest(state):
                told = self.show(state=state, kind="trip")
                self.assertTrue(told["headline"])
                self.assertFalse(told["answers"] or told["findings"] or told["story"])
                self.assertFalse(told["grade"])

    def test_only_its_reason_is_told_of_what_failed(self):
        told = self.show(state="failed", failure="Nobody listens")
        self.assertEqual(told["headline"], "Nobody listens")

    def test_a_judgement_counts_only_once_it_is_done(self):
        self.assertEqual(self.show(verdict(), state="judging")["answers"], [])

    def test_header_alone_says_nothing_of_the_body(self):
        told = self.show(BODY_CHANGED, source_notes=["header_only"])
        self.assertFalse(told["grade"])
        self.assertEqual([one["code"] for one in told["findings"]], ["spf_fails"])
        self.assertEqual(told["answers"][1]["level"], "unknown")
        self.assertIn("Only the header was given", told["remark"])

    def test_what_strangers_wrote_is_a_plain_bounded_string(self):
        test = self.model.create(
            {"kind": "explained", "state": "done", "verdict": BODY_CHANGED}
        )
        raw = b"Subject: <b>\xe2\x80\xae\x1b[0m\xff\r\n" + b"x" * 200_000
        test._keep_raw("received_raw", raw)
        told = test.get_verdict()
        self.assertEqual(told["raw"][:30], "Subject: <b>\\x202e\\x1b[0m\\xff\n")
        self.assertLess(len(told["raw"]), 110_000)
        self.assertIn("first 100 of 200 kB", told["raw_cut"])
        self.assertEqual(told["raw_field"], "received_raw")
        self.assertIs(type(told["findings"][0]["sentence"]), str)

    def test_buttons(self):
        for case, values, names in [
            ("draft", {"state": "draft", "kind": "trip"}, ["action_send"]),
            ("on its way", {"state": "waiting", "kind": "trip", "to_own": True}, []),
            (
                "to be handed back",
                {"state": "waiting", "kind": "trip", "to_own": False},
                ["action_open_explain"],
            ),
            (
                "lost",
                {"state": "lost", "kind": "trip", "to_own": True},
                ["action_send_again"],
            ),
            (
                "never handed back",
                {"state": "lost", "kind": "trip", "to_own": False},
                ["action_open_explain", "action_send_again"],
            ),
            ("explained", {}, []),
            (
                "no answer",
                {"judgement": verdict(grade=None, spf__result="temperror")},
                ["action_judge_again"],
            ),
        ]:
            with self.subTest(case):
                told = self.show(**values)
                self.assertEqual([one["name"] for one in told["actions"]], names)

    def test_only_administrators(self):
        test = self.model.create({"kind": "explained"})
        user = new_test_user(self.env, "anna", groups="base.group_user")
        for method in ("get_verdict", "action_judge_again", "action_send_again"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(test.with_user(user), method)()
