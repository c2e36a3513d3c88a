# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From rows of reports to the next step, what was sent beside them, and alarms."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...mailauth.errors import TempError
from ..domain_common import DOMAIN, IP, DomainCase
from .reports_common import ReportRows

NAME = (f"_dmarc.{DOMAIN}", "TXT")
MONTH = range(1, 29)


@tagged("post_install", "-at_install")
class TestLadderPage(ReportRows, DomainCase):
    def setUp(self):
        super().setUp()
        self.publish("p=none")
        self.google = self.make_reporter()
        self.gmx = self.make_reporter("gmx.net", domain="sicher.gmx.net")
        self.ours = self.make_origin()
        self.forwarder = self.make_origin("Lists", "forwarder")

    def publish(self, text):
        self.zone[NAME] = [f"v=DMARC1; {text}; rua=mailto:d@acme.example"]
        self._check()

    def make_month(self):
        """A month of reports that speak for the next step, and the answer."""
        self.make_rows(self.ours, self.google, MONTH, 20)
        self.make_rows(self.ours, self.gmx, MONTH, 5)
        self.make_rows(self.forwarder, self.google, MONTH, 1, spf=False)
        self.domain.set_dmarc_rare("no")

    def list_unmet(self):
        ladder = self.domain._describe_ladder()
        return [one["code"] for one in ladder["conditions"] if not one["met"]]

    def get_card(self):
        records = self.domain._get_records_to_publish(
            self.domain._get_outgoing_servers()
        )
        return next(one for one in records if one.kind == "dmarc")

    # ------------------------------------------------------------ the ladder

    def test_nothing_yet(self):
        ladder = self.domain._describe_ladder()
        self.assertEqual(ladder["rung"], "none")
        self.assertFalse(ladder["step"])
        states = [one["state"] for one in ladder["rungs"]]
        self.assertEqual(states, ["now", "next", "later", "later"])
        self.assertIn("Stay at p=none", ladder["headline"])
        self.assertIn("Since p=none was", ladder["conditions"][0]["evidence"])
        self.assertIn("period", self.list_unmet())

    def test_the_step_reaches_the_setup_and_the_zone(self):
        self.make_month()
        self.assertEqual(self.list_unmet(), [])
        self.assertEqual(self.domain.sudo().dmarc_step, ["none", "testing"])
        self._check()
        self.assertEqual(self.domain.auth_status, "pass", "a step is no fault")
        wanted = "v=DMARC1; p=quarantine; pct=0; t=y; rua=mailto:d@acme.example"
        self.assertEqual(self.get_card().values, (wanted,))
        setup = self._set_up()
        self._publish(setup)
        self.assertEqual(self.zone[NAME], [wanted])
        self._check()
        self.assertEqual(self.domain._find_dmarc_rung(), "testing")
        self.assertEqual(self.get_card().state, "done")

    def test_never_without_an_answer(self):
        self.make_month()
        self.domain.sudo().dmarc_is_rare = False
        self.assertEqual(self.list_unmet(), ["rare"])
        with self.assertRaises(UserError):
            self.domain.set_dmarc_rare("perhaps")

    def test_what_is_rare_needs_more_days(self):
        self.make_month()
        self.domain.set_dmarc_rare("yes")
        self.assertEqual(self.list_unmet(), ["period"])
        self.assertFalse(self.domain.sudo().dmarc_step)
        self.make_rows(self.ours, self.google, [90], 1)
        self.assertEqual(self.list_unmet(), [])

    def test_who_is_not_trusted_counts_nothing(self):
        forger = self.make_reporter("example.net", "none")
        self.make_month()
        self.make_rows(self.make_origin("X", "unknown"), forger, MONTH, 1000)
        self.make_rows(self.ours, forger, MONTH, 1000, spf=False, dkim=False)
        self.assertEqual(self.list_unmet(), [])

    def test_unknown_sources_and_missing_signatures_are_named(self):
        self.make_month()
        self.make_rows(self.make_origin("news.example", "unknown"), self.gmx, [3], 20)
        self.make_rows(self.ours, self.gmx, [2], 20, dkim=False)
        found = {
            one["code"]: one["evidence"]
            for one in self.domain._describe_ladder()["conditions"]
            if not one["met"]
        }
        self.assertEqual(set(found), {"named", "signed"})
        self.assertIn("news.example", found["named"])
        self.assertIn("gmx.net", found["signed"])

    def test_small_sources_that_were_added_up(self):
        self.make_month()
        nobody = self.env["mail.dmarc.origin"]
        values = {"kind": "unknown", "reporter_id": False}
        self.make_rows(nobody, self.gmx, [10], 100, **values)
        self.assertEqual(self.list_unmet(), [])
        failing = {"kind": "ours", "reporter_id": False}
        self.make_rows(nobody, self.gmx, [10], 100, spf=False, dkim=False, **failing)
        self.assertEqual(self.list_unmet(), ["passing"])

    def test_what_sources_and_reporters_had_in_them(self):
        self.make_month()
        nobody, small = self.env["mail.dmarc.origin"], self.make_reporter("s.example")
        week = fields.Date.today() - timedelta(days=10)
        self.make_rows(
            nobody, small, [9], 30, kind="unknown", reporter_id=False, dkim=False
        )
        unknown = self.make_origin("many.example", "unknown")
        values = {"alias_domain_id": self.domain.id, "domain": DOMAIN, "week": week}
        self.env["mail.dmarc.tally"].create(
            [
                {**values, "origin_id": unknown.id, "mail_count": 30},
                {
                    **values,
                    "reporter_id": small.id,
                    "mail_count": 30,
                    "own_count": 9,
                    "own_dkim_count": 7,
                },
            ]
        )
        evidence = self.domain._collect_evidence()
        self.assertEqual(sum(one.count for one in evidence.sources), 758)
        self.assertEqual(self.list_unmet(), ["named", "signed"])

    def test_days_under_another_policy_don_t_count(self):
        self.publish("p=quarantine")
        self.make_month()
        self.assertEqual(self.domain.sudo().dmarc_step, ["quarantine", "reject"])
        stubborn = self.make_reporter("stubborn.example")
        self.make_report(stubborn, 1, "none")
        self.make_report(self.google, 30, "none")
        for ago in 20, 1:
            self.make_report(self.google, ago, "quarantine")
        self.assertEqual(self.list_unmet(), [])
        self.make_report(self.gmx, 20, "reject", {"testing": "y"})
        self.assertEqual(self.list_unmet(), [], "to most that is quarantine")
        self.make_report(self.gmx, 19, "quarantine", {"pct": "0"})
        self.make_report(self.gmx, 2, "quarantine")
        self.assertEqual(self.list_unmet(), ["period"])

    def test_a_policy_of_today(self):
        """Nobody has told it yet: what was reported is of another one."""
        self.publish("p=quarantine; pct=0; t=y")
        self.make_month()
        self.make_report(self.google, 1, "none")
        self.assertEqual(self.domain._collect_evidence().days, 0)

    def test_the_first_who_tells_of_a_policy(self):
        """Others report a day later: what they said before is of another policy."""
        self.publish("p=quarantine; pct=0; t=y")
        self.make_month()
        self.make_report(self.google, 1, "none")
        for ago in 0, 300:
            newcomer = self.make_reporter(f"new{ago}.example")
            self.make_report(newcomer, ago, "quarantine", {"testing": "y"})
            self.assertEqual(self.domain._collect_evidence().days, 0)

    def test_whose_word_is_taken_back(self):
        """What was added up with the rows of others can't be told from them."""
        self.make_month()
        for name in "small.example", "added.example":
            reporter = self.make_reporter(name)
            self.make_rows(self.ours, reporter, [2], 1)
            if name == "added.example":
                self.env["mail.dmarc.tally"].create({
                    "alias_domain_id": self.domain.id,
                    "domain": DOMAIN,
                    "week": fields.Date.today() - timedelta(days=10),
                    "reporter_id": reporter.id,
                    "mail_count": 1,
                })  # fmt: skip
            reporter.action_withdraw()
            left = 27 if name == "small.example" else 0
            self.assertGreaterEqual(self.domain._collect_evidence().days, left)
        self.assertEqual(self.domain._collect_evidence().days, 0)
        self.assertFalse(self.domain.sudo().dmarc_step)

    def test_a_policy_that_was_seen_today(self):
        """Whatever reporters say of it."""
        self.make_month()
        self.assertEqual(self.domain.sudo().dmarc_step, ["none", "testing"])
        self.publish("p=quarantine; pct=0; t=y")
        self.assertEqual(self.domain._collect_evidence().days, 0)
        for _time in range(2):
            self.domain._judge_dmarc_step()
            self.assertFalse(self.domain.sudo().dmarc_step)
        self.assertEqual(self.domain.sudo().dmarc_rung[0], "testing")

    def test_other_domains_say_nothing(self):
        """One below it has a policy of its own; one may have been its name before."""
        self.make_rows(self.ours, self.google, MONTH, 20)
        self.make_rows(self.ours, self.google, [3], 40, spf=False, dkim=False)
        self.domain.set_dmarc_rare("no")
        self.assertEqual(self.list_unmet(), ["passing", "signed"])
        for name in f"news.{DOMAIN}", "former.example":
            self.make_rows(self.ours, self.google, MONTH, 9000, domain=name)
        self.assertEqual(self.list_unmet(), ["passing", "signed"])

    def test_nobody_speaks_in_another_s_name(self):
        self.make_month()
        for domain, count in (("microsoft.com", 0), ("evil.example", 9000)):
            called = self.make_reporter("Enterprise Outlook", domain=domain)
            self.make_rows(self.ours, called, [3], count + 20, dkim=bool(count))
        self.assertEqual(self.list_unmet(), ["signed"])

    def test_a_step_back(self):
        self.publish("p=reject")
        self.make_month()
        self.assertFalse(self.domain.sudo().dmarc_step)
        self.make_rows(self.ours, self.gmx, [2], 10, spf=False, dkim=False)
        self.domain._judge_dmarc_step()
        self._check()
        self.assertEqual(self.get_card().values[0].split("; ")[1], "p=quarantine")
        ladder = self.domain._describe_ladder()
        self.assertTrue(ladder["is_back"])
        self.assertEqual(ladder["level"], "fail")

    def test_reports_that_have_stopped(self):
        self.make_rows(self.ours, self.google, range(20, 90), 50)
        self.domain.set_dmarc_rare("no")
        self.assertEqual(self.list_unmet(), ["period"])

    def test_rights(self):
        company = self.env["res.company"].create({"name": "Other"})
        company.alias_domain_id = False
        other = new_test_user(
            self.env,
            "ladder_other",
            groups="base.group_system",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        user = new_test_user(self.env, "ladder_user", groups="base.group_user")
        for somebody in (other, user):
            domain = self.domain.with_user(somebody).with_company(somebody.company_id)
            with self.assertRaises(AccessError):
                domain.set_dmarc_rare("no")
            with self.assertRaises(AccessError):
                domain.action_test_report_address()
            with self.assertRaises(AccessError):
                domain.action_take_dmarc_step()

    def test_the_card_has_the_step_at_once(self):
        """Who presses the button does not wait for the scheduled check."""
        self.make_month()
        self.assertEqual(self.get_card().state, "done")
        self.domain.action_take_dmarc_step()
        self.assertIn("p=quarantine; pct=0; t=y", self.get_card().values[0])

    def test_what_is_not_known_of_the_record(self):
        """(what DNS says, what is said of it): p=none is no step back from p=reject."""
        below = self.env["mail.alias.domain"].create({"name": f"mail.{DOMAIN}"})
        below.action_check_authentication()
        headline = below._describe_ladder()["headline"]
        self.assertIn(f"the DMARC record at _dmarc.{DOMAIN} counts", headline)
        cases = (
            (TempError("dns_timeout"), "It is not known yet"),
            (["v=spf1 -all"], "no DMARC record that counts"),
            (["v=DMARC1; p=reject"] * 2, "no DMARC record that counts"),
            (["v=DMARC1; p=reject"], "No report since then"),
        )
        for records, told in cases:
            with self.subTest(told):
                self.zone[NAME] = records
                self._check()
                ladder = self.domain._describe_ladder()
                self.assertIn(told, ladder["headline"])
                self.assertEqual(ladder["level"], "info")
        self.domain.sudo().auth_check_ids.unlink()
        headline = self.domain._describe_ladder()["headline"]
        self.assertIn("It is not known yet", headline)

    def test_whether_reports_come_in(self):
        """They do once the address is proven, and named in the record."""
        address = f"dmarc-reports@{DOMAIN}"
        inbox = patch.object(
            type(self.domain), "_find_report_inbox", lambda *_: (address, "")
        )
        self.startPatcher(inbox)
        self.assertFalse(self.domain._describe_inbox()["is_named"])
        self.zone[NAME] = [
            f"v=DMARC1; p=none; rua=mailto:x@y.example,mailto:{address.upper()}"
        ]
        self._check()
        found = self.domain._describe_inbox()
        self.assertTrue(found["is_named"])
        self.assertIn("Reports come in at", found["text"])

    def test_another_domain_of_ours_allows_the_reports(self):
        """First the permission, in its own DNS; then the address is added."""
        self.env["mail.alias.domain"].create({"name": "other.example"})
        address = "dmarc-reports@other.example"
        inbox = patch.object(
            type(self.domain),
            "_find_report_inbox",
            lambda *_: (address, "other.example"),
        )
        self.startPatcher(inbox)
        setup = self._set_up()
        card = self._card(setup, "dmarc_report")
        self.assertEqual(card.host_name, f"{DOMAIN}._report._dmarc")
        self.assertIn("other.example", card.host_hint)
        self.assertEqual(self._card(setup, "dmarc").state, "done")
        self._publish(setup)
        setup = self._set_up()
        self.assertFalse(self._card(setup, "dmarc_report"))
        wanted = f"v=DMARC1; p=none; rua=mailto:d@acme.example,mailto:{address}"
        self.assertEqual(self._card(setup, "dmarc").value, wanted)

    def test_on_the_page(self):
        self.make_month()
        self.sent("gmail.com", 5)
        page = self.domain.get_dmarc_page(91)
        self.assertEqual(page["ladder"]["step"], "testing")
        self.assertEqual(page["reconciled"]["sent"], 5)

    # ------------------------------------------------------------ reconciled

    def sent(self, receiver, count, day=3, connection=0):
        return self.env["mail.dmarc.sent"].create(
            {
                "alias_domain_id": self.domain.id,
                "day": fields.Date.today() - timedelta(days=day),
                "receiver": receiver,
                "mail_count": count,
                "connection": connection,
            }
        )

    def test_reconciled(self):
        self.assertFalse(self.domain._reconcile(28))
        self.sent("gmail.com", 100)
        self.sent("gmx.de", 20, 4)
        self.sent("customer.example", 30).operator = "google.com"
        self.sent("silent.example", 7)
        self.sent("small.example", 4)
        self.make_report(self.make_reporter("small.example"), 1, "none")
        self.sent("gmail.com", 1000, 1)  # not reported yet
        self.make_rows(self.ours, self.google, [3], 110)
        self.make_rows(self.ours, self.google, [9], 5000)  # nobody counted then
        self.make_rows(self.ours, self.gmx, [4], 15)
        self.make_rows(self.ours, self.gmx, [4], 3, spf=False, dkim=False)
        self.make_rows(self.forwarder, self.gmx, [4], 50, spf=False, dkim=False)
        found = self.domain._reconcile(28)
        figures = [found[n] for n in ("sent", "covered", "failing", "unreported")]
        self.assertEqual(figures, [154, 128, 3, 7])
        text = " ".join(found["sentences"])
        self.assertIn("Odoo sent 154 emails to receivers that report", text)
        self.assertIn("3 of yours failed, at gmx.net.", text)

    def test_sent_is_added_up(self):
        for connection in (11, 12):
            self.sent("gmail.com", 5, 1, connection)
            self.sent("gmx.de", 5, 0, connection)
        sent = self.env["mail.dmarc.sent"]
        for _again in range(2):
            sent._add_up()
            rows = sent.search([("alias_domain_id", "=", self.domain.id)])
            found = [(one.receiver, one.connection, one.mail_count) for one in rows]
            self.assertCountEqual(
                found, [("gmail.com", 0, 10), ("gmx.de", 11, 5), ("gmx.de", 12, 5)]
            )

    def test_many_receivers_are_few_rows(self):
        path = "odoo.addons.mail_deliverability.models.reports.mail_dmarc_sent"
        with patch(f"{path}.MOST_RECEIVERS", 2):
            for number in range(5):
                self.sent(f"c{number}.example", number + 1, 1, 11)
            self.env["mail.dmarc.sent"]._add_up()
        rows = self.env["mail.dmarc.sent"].search(
            [("alias_domain_id", "=", self.domain.id)]
        )
        found = {one.receiver: one.mail_count for one in rows}
        self.assertEqual(found, {"c4.example": 5, "c3.example": 4, "": 6})

    def test_operators(self):
        self.zone["customer.example", "MX"] = [(1, "aspmx.l.google.com")]
        for receiver in ("customer.example", "gmail.com", "other.example"):
            self.sent(receiver, 1)
        with patch.object(self.env.cr, "commit", self.env.cr.flush):
            self.env["mail.dmarc.sent"]._find_operators()
        rows = self.env["mail.dmarc.sent"].search(
            [("alias_domain_id", "=", self.domain.id)]
        )
        found = {one.receiver: one.operator for one in rows}
        self.assertEqual(found["customer.example"], "google.com")
        self.assertEqual(found["gmail.com"], "google.com")
        self.assertEqual(found["other.example"], "other.example")

    # ------------------------------------------------------------ alarms

    def alarms(self, prefix):
        return self.env["mail.activity"].search(
            [("alarm_subject", "=like", f"{prefix}%")]
        )

    def watch(self):
        with patch.object(self.env.cr, "commit", self.env.cr.flush):
            self.env["mail.alias.domain"]._cron_watch_reports()

    def test_a_new_source_that_passes(self):
        day = fields.Date.today() - timedelta(days=3)
        new = self.make_origin("evil.example", "ours", first_seen=day)
        rows = self.make_rows(new, self.google, [2], 51, spf=False)
        self.watch()
        self.assertFalse(self.alarms("dmarc_source:"), "all is new at the beginning")
        self.make_rows(self.ours, self.google, [60], 1)
        self.watch()
        alarms = self.alarms("dmarc_source:")
        self.assertIn("evil.example", alarms[:1].summary)
        self.assertIn("51 emails", alarms[:1].note)
        page = f"/odoo/{self.domain.id}/email-dmarc-reports"
        self.assertIn(page, alarms[:1].note)
        self.watch()
        self.assertEqual(self.alarms("dmarc_source:"), alarms, "once")
        rows.mail_count = 50
        self.watch()
        self.assertFalse(self.alarms("dmarc_source:"), "it is over")

    def test_sources_that_are_known(self):
        day = fields.Date.today() - timedelta(days=3)
        self.make_rows(self.ours, self.google, [60], 1)
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        values = [
            {"decision": "us"},
            {"kind": "forwarder"},
            {"signers": [[DOMAIN, key.selector]]},
            {"address": IP},
            {"first_seen": day - timedelta(days=60)},
        ]
        for number, known in enumerate(values):
            origin = self.make_origin(f"n{number}", **{"first_seen": day, **known})
            self.make_rows(origin, self.google, [2], 500)
        fails = self.make_origin("fails", "unknown", first_seen=day)
        self.make_rows(fails, self.google, [2], 500, spf=False, dkim=False)
        forged = self.make_origin("forged", "unknown", first_seen=day)
        self.make_rows(forged, self.make_reporter("x.example", "none"), [2], 500)
        self.watch()
        self.assertFalse(self.alarms("dmarc_source:"))

    def test_own_mail_begins_to_fail(self):
        self.make_rows(self.ours, self.google, range(5, 30), 20)
        rows = self.make_rows(self.ours, self.google, [2], 9, spf=False, dkim=False)
        self.watch()
        self.assertFalse(self.alarms("dmarc_failing:"))
        rows.mail_count = 10
        self.watch()
        alarms = self.alarms("dmarc_failing:")
        self.assertIn("10 of 10", alarms[:1].summary)
        self.watch()
        self.assertEqual(self.alarms("dmarc_failing:"), alarms)
        self.make_rows(self.ours, self.google, [1], 200)
        self.watch()
        self.assertFalse(self.alarms("dmarc_failing:"))
