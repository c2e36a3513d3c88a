# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, TransactionCase, new_test_user, tagged

from ...mailauth.errors import TempError
from ...mailauth.reports.reverse import find_reverse_names
from ...mailauth.reports.source import Source
from ...models.reports import mail_dmarc_origin_find, mail_dmarc_origin_judge
from ..clock import at_noon
from ..common import ZoneResolver, run
from .origin_common import OWN, STRANGER, ReportedMixin

PTR = {
    "77.113.0.203.in-addr.arpa": ("mail.evil.example", "203.0.113.77"),
    "5.113.0.203.in-addr.arpa": ("claims.google.com", "192.0.2.99"),
}


def make_zone():
    zone = {(name, "PTR"): [host] for name, (host, _ip) in PTR.items()}
    return zone | {(host, "A"): [ip] for host, ip in PTR.values()}


class TestReverseNames(BaseCase):
    def test_only_what_leads_back(self):
        zone = make_zone()
        zone[("9.2.0.192.in-addr.arpa", "PTR")] = TempError("dns_timeout")
        asked = ("203.0.113.77", "203.0.113.5", "192.0.2.9", "192.0.2.1", "10.0.0.1")
        names = run(find_reverse_names(asked, ZoneResolver(zone)))
        expected = ("mail.evil.example", "", None, "", "")
        self.assertEqual(names, dict(zip(asked, expected, strict=True)))


@tagged("post_install", "-at_install")
class TestOrigin(ReportedMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(at_noon())
        super().setUpClass()
        cls.make_reported()
        cls.origins = cls.env["mail.dmarc.origin"]

    def page(self, days=28):
        self.env.flush_all()
        return self.domain.get_dmarc_page(days)

    def by_name(self, page):
        return {one["name"]: one for one in page["sources"]}

    # ------------------------------------------------------------------ what it is

    def test_what_sources_are_known_as(self):
        self.make_sources()
        found = {
            "own": (self.own, OWN, "ours", "nothing"),
            "service": (self.service, "Mailchimp", "unknown", "publish_dkim_cnames"),
            "forwarder": (self.forwarder, "203.0.113.0/24", "forwarder", "forwarded"),
            "stranger": (self.stranger, "2001:db8:1::/48", "unknown", "is_it_yours"),
        }
        for rule, (origin, name, kind, advice) in found.items():
            with self.subTest(rule):
                self.assertEqual(
                    (origin.name, origin.kind, origin.advice), (name, kind, advice)
                )
        # One source for all addresses of what is known, and of a network.
        again = self.find("203.0.113.6", envelopes=("mail2.mcsv.net",))
        self.assertEqual(again, self.service)
        self.assertEqual(self.find("203.0.113.201"), self.forwarder)
        self.assertEqual(self.find("2001:db8:1:ffff::1"), self.stranger)

    def test_a_shared_include_is_not_ours(self):
        path = ("acme.example", "_spf.mailer.example")
        origin = self.find("192.0.2.7", path=path, network="192.0.2.0/24")
        self.report(origin, 50)
        self.assertEqual((origin.name, origin.kind), ("mailer.example", "unknown"))
        self.report(origin, 1, spf=True)
        self.assertEqual((origin.kind, origin.has_aligned_pass), ("ours", True))
        # What was ours stays ours when it fails: that is what has to be told.
        self.env["mail.dmarc.source"].search([("origin_id", "=", origin.id)]).unlink()
        self.report(origin, 5)
        self.assertEqual(origin.kind, "ours")

    def test_who_is_not_trusted_changes_nothing(self):
        said = {"envelopes": ("a.mailer.example",), "signers": (("a.example", "s"),)}
        origin = self.find(STRANGER, self.nobody, **said)
        self.report(origin, 500, spf=True, dkim=True, reporter=self.nobody)
        self.assertEqual((origin.kind, origin.has_aligned_pass), ("unknown", False))
        self.assertFalse(origin.envelopes)
        self.assertFalse(origin.first_seen)
        page = self.page()
        self.assertEqual((page["total"], page["sources"]), (0, []))
        self.assertEqual(page["level"], "warning")
        self.assertEqual([one["mails"] for one in page["unverified"]], [500])
        self.nobody.is_accepted = True
        self.env.flush_all()
        self.env["mail.dmarc.source"].search([]).is_trusted = True
        self.origins._follow_reporters(self.nobody)
        self.assertEqual((origin.kind, origin.has_spf_pass), ("ours", True))
        self.assertEqual(origin.envelopes, ["a.mailer.example"])
        self.assertEqual(origin.signers, [["a.example", "s"]])
        self.assertFalse(origin.unproven)
        self.nobody.is_accepted = False
        self.env["mail.dmarc.source"].search([]).is_trusted = False
        self.origins._follow_reporters(self.nobody)
        self.assertEqual((origin.kind, origin.has_spf_pass), ("unknown", False))

    def test_sources_of_a_domain_are_bounded(self):
        with patch.object(mail_dmarc_origin_find, "MOST", 3):
            sources = [Source(ip=f"203.0.{n}.1") for n in range(6)] + [Source(ip="")]
            origins = self.origins._find_or_make(self.domain, sources, self.google)
        self.assertEqual(len({one.id for one in origins.values()}), 4)
        self.assertEqual(len(origins), 7)
        last = origins["203.0.5.1"]
        self.report(last, 3)
        source = self.page()["sources"][0]
        self.assertEqual(source["name"], "Many other sources")

    def test_sources_of_which_nothing_is_left_go(self):
        self.make_sources()
        gone, said = self.find("203.0.115.1"), self.find("203.0.116.1")
        said.decide("not_us")
        self.origins._gc_origins()
        self.assertTrue(gone.exists())
        long_ago = fields.Datetime.now() - timedelta(days=31)
        self.env.cr.execute("UPDATE mail_dmarc_origin SET create_date = %s", [long_ago])
        self.origins._gc_origins()
        self.assertFalse(gone.exists())
        kept = said | self.own | self.stranger
        self.assertEqual(kept.exists(), kept)

    def test_what_has_changed_meanwhile(self):
        """Sources are judged anew each day: a server of ours is at it from now on."""
        self.make_sources()
        self.assertEqual(self.forwarder.kind, "forwarder")
        self.env["ir.mail_server"].search([]).active = False
        self.env["ir.mail_server"].create(
            {
                "name": "Relay",
                "smtp_host": "relay.acme.example",
                "sending_host_ips": self.forwarder.address,
            }
        )
        self.origins._judge_recent()
        self.assertEqual(self.forwarder.kind, "ours")

    def test_hostile_words(self):
        """What a report says is bounded, and shown as text."""
        signers = tuple((f"<b>{n}</b>\x00" * 50, "s") for n in range(50))
        origin = self.find(STRANGER, signers=signers)
        self.report(origin, 1)
        self.assertEqual(len(origin.signers), 20)
        self.assertLessEqual(max(len(one[0]) for one in origin.signers), 253)
        self.assertNotIn("\x00", str(origin.signers))

    # ------------------------------------------------------------- what DNS says

    def name_sources(self, zone):
        parameters = type(self.env["ir.config_parameter"])
        resolver = ZoneResolver(zone)
        cron = type(self.env["ir.cron"])
        with (
            patch.object(
                parameters, "_get_dns_resolver", lambda _self, _timeout=None: resolver
            ),
            patch.object(cron, "_commit_progress", lambda *_args, **_words: 1),
        ):
            self.origins._cron_name()
        return resolver

    def test_names_are_found_in_the_background(self):
        stranger, other = self.find(STRANGER), self.find("192.0.2.200")
        self.report(stranger, 7)
        zone = make_zone()
        zone[("200.2.0.192.in-addr.arpa", "PTR")] = TempError("dns_timeout")
        self.name_sources(zone)
        self.assertEqual(stranger.reverse_name, "mail.evil.example")
        self.assertEqual(stranger.name, "evil.example")
        self.assertFalse(other.reverse_name)
        # What is known is asked no more; who was silent, in an hour.
        self.assertEqual(self.name_sources(zone).calls, [])
        other.asked_on -= timedelta(hours=2)
        self.assertTrue(self.name_sources(zone).calls)

    def test_names_are_asked_for_a_few_at_a_time(self):
        sources = [Source(ip=f"203.0.{n}.1") for n in range(60)]
        self.origins._find_or_make(self.domain, sources, self.google)
        asked = [name for name, kind in self.name_sources({}).calls if kind == "PTR"]
        self.assertEqual(len(asked), 50)
        asked = [name for name, kind in self.name_sources({}).calls if kind == "PTR"]
        self.assertEqual(len(asked), 10)

    def test_networks_of_our_record(self):
        """Where no check has kept them, the job that reads asks once."""
        zone = {("acme.example", "TXT"): [f"v=spf1 ip4:{OWN} -all"]}
        parameters = type(self.env["ir.config_parameter"])
        resolver = ZoneResolver(zone)
        self.domain.sudo().auth_networks = False
        with patch.object(
            parameters, "_get_dns_resolver", lambda _self, _timeout=None: resolver
        ):
            self.assertIsNone(self.domain._get_spf_networks())
            for _time in range(2):
                self.domain._look_up_spf_networks()
        [network] = self.domain._get_spf_networks()
        self.assertEqual(
            (network.network, network.path), (f"{OWN}/32", ("acme.example",))
        )
        self.assertEqual(len(resolver.calls), 1)

    # --------------------------------------------------------- the administrator

    def test_decisions_are_remembered(self):
        self.make_sources()
        self.service.decide("not_us")
        self.report(self.service, 9, ago=2)
        self.assertEqual(
            (self.service.kind, self.service.advice), ("not_ours", "not_ours")
        )
        self.service.decide("us")
        self.assertEqual(
            (self.service.kind, self.service.advice), ("ours", "publish_dkim_cnames")
        )
        self.service.decide(False)
        self.assertEqual(self.service.kind, "unknown")
        self.service.decide("<script>")
        self.assertFalse(self.service.decision)

    def test_what_passes_and_is_not_ours(self):
        """No policy stops it: that is not nothing to do."""
        self.make_sources()
        self.service.decide("not_us")
        self.report(self.service, 1, dkim=True)
        self.service.signers = [["acme.example", "k9"], ["mcsv.net", "k1"]]
        self.assertEqual(self.service.advice, "withdraw_key")
        self.assertIn(": k9._domainkey.acme.example.", self.service._describe_advice())
        self.assertEqual(self.service._get_level(10), "warning")
        self.report(self.service, 1, spf=True)
        self.assertEqual(self.service.advice, "withdraw_spf")

    def test_what_is_new_can_be_confirmed(self):
        """An alarm asks to say that it is ours, which is what is believed already."""
        self.make_sources()
        by_name = self.by_name(self.page())
        self.assertTrue(by_name["Mailchimp"]["is_new"])
        self.service.decide("us")
        self.assertFalse(self.by_name(self.page())["Mailchimp"]["is_new"])
        self.stranger.first_seen = self.today - timedelta(days=29)
        self.assertFalse(self.by_name(self.page())["2001:db8:1::/48"]["is_new"])

    def test_rights(self):
        """Only administrators of the domain's own companies."""
        self.make_sources()
        theirs = self.env["mail.alias.domain"].create({"name": "other.example"})
        other = self.env["res.company"].create(
            {"name": "Other", "alias_domain_id": theirs.id}
        )
        foreign = new_test_user(
            self.env, "foreign", "base.group_system", company_id=other.id
        )
        employee = new_test_user(self.env, "employee", "base.group_user")
        for user in (foreign, employee):
            domain = self.domain.with_user(user)
            calls = {
                "page": domain.get_dmarc_page,
                "rows": domain.action_open_dmarc_rows,
                "files": domain.action_open_dmarc_reports,
                "decide": partial(self.service.with_user(user).decide, "us"),
            }
            for name, call in calls.items():
                with self.subTest(f"{user.login} {name}"):
                    self.assertRaises(AccessError, call)
        self.assertFalse(self.service.decision)

    # ------------------------------------------------------------------ the page

    def test_page(self):
        self.make_sources()
        self.service.decide("us")
        page = self.page()
        sums = {key: sum(page["plot"][key]) for key in page["plot"] if key != "days"}
        self.assertEqual(
            sums, {"passed": 900, "forwarded": 12, "ours": 40, "others": 7}
        )
        self.assertEqual(len(page["plot"]["days"]), 28)
        self.assertEqual(page["plot"]["passed"][-2], 900)
        self.assertEqual(page["total"], 959)
        self.assertEqual(page["level"], "warning")
        found = self.by_name(page)
        self.assertEqual([one["mails"] for one in page["sources"]], [900, 40, 12, 7])
        mailchimp = found["Mailchimp"]
        self.assertIn("Publish its two DKIM CNAMEs", mailchimp["advice_text"])
        self.assertEqual((mailchimp["percent"], mailchimp["level"]), (0, "fail"))
        self.assertTrue(mailchimp["url"].startswith("https://"))
        self.assertEqual(found[f"Your own server {OWN}"]["percent"], 100)
        self.assertEqual([one["mails"] for one in page["reporters"]], [959])
        self.assertEqual(page["address"], "dmarc-reports@acme.example")

    def test_unknown_service_is_asked_for(self):
        self.make_sources()
        text = self.by_name(self.page())["Mailchimp"]["advice_text"]
        self.assertTrue(text.startswith("Do you use Mailchimp? If so: Publish"), text)

    def test_weeks_and_days(self):
        self.make_sources()
        self.report(self.own, 5, spf=True, ago=300)
        for days, bars, passed in ((28, 28, 900), (364, 52, 905), (9999, 52, 905)):
            with self.subTest(days):
                page = self.page(days)
                self.assertIn(len(page["plot"]["days"]), (bars, bars + 1))
                self.assertEqual(sum(page["plot"]["passed"]), passed)
        self.assertEqual(self.page("x")["days"], 28)

    def test_nothing_has_come(self):
        page = self.page()
        self.assertFalse(page["has_reports"])
        self.assertEqual((page["level"], page["sources"]), ("info", []))

    def test_old_reports(self):
        origin = self.find(OWN, path=("acme.example",), network=f"{OWN}/32")
        self.report(origin, 5, spf=True, ago=200)
        page = self.page()
        self.assertTrue(page["has_rows"])
        self.assertIn("The last emails that were reported are of", page["headline"])
        self.assertEqual(origin.kind, "ours")

    def test_errors_of_reporters(self):
        report = {
            "alias_domain_id": self.domain.id,
            "state": "read",
            "end": fields.Datetime.now(),
        }
        self.env["mail.dmarc.report"].create(
            [
                {
                    **report,
                    "reporter_id": reporter.id,
                    "org_name": reporter.name,
                    "report_id": reporter.proof,
                    "domain": self.domain.name,
                    "errors": [f"<b>no \x07answer</b> {reporter.proof}"],
                }
                for reporter in (self.google, self.nobody)
            ]
        )
        [error] = self.page()["errors"]
        self.assertEqual(error["text"], "<b>no answer</b> dkim")

    def test_small_sources_that_were_added_up(self):
        """They are in the plot by what they were, and counted for their source."""
        self.make_sources()
        self.env["mail.dmarc.source"].create(
            {
                "alias_domain_id": self.domain.id,
                "domain": self.domain.name,
                "day": self.today - timedelta(days=20),
                "kind": "ours",
                "mail_count": 3,
            }
        )
        day = self.today - timedelta(days=20)
        self.env["mail.dmarc.tally"].create(
            {
                "alias_domain_id": self.domain.id,
                "domain": self.domain.name,
                "week": day - timedelta(days=day.weekday()),
                "origin_id": self.service.id,
                "mail_count": 3,
            }
        )
        page = self.page()
        self.assertEqual(sum(page["plot"]["ours"]), 3)
        self.assertEqual(self.by_name(page)["Mailchimp"]["mails"], 43)

    def test_reported_ahead(self):
        """A day of another time zone that has begun: it is not on the plot yet."""
        self.report(self.find("203.0.113.1"), 3, ago=-1)
        page = self.page()
        self.assertEqual((page["total"], len(page["plot"]["days"])), (0, 28))
        self.assertTrue(page["has_rows"])

    def test_judged_some_at_a_time(self):
        """So that no run takes long: those of the domain that is asked for, or all."""
        origins = self.find("203.0.113.1") + self.find("198.51.100.1")
        with patch.object(mail_dmarc_origin_judge, "MOST_JUDGED", 1):
            none = self.env["mail.alias.domain"]
            self.assertTrue(self.origins._judge_stale(none))
            self.assertEqual(origins.mapped("is_stale"), [True, True])
            self.assertFalse(self.origins._judge_stale(self.domain))
            self.assertEqual(sorted(origins.mapped("is_stale")), [False, True])
            self.assertTrue(self.origins._judge_stale())
        self.assertFalse(any(origins.mapped("is_stale")))

    def test_as_many_queries_with_more_data(self):
        counts = []
        for number in (1, 30):
            for n in range(number):
                origin = self.find(f"203.{number}.{n}.1")
                self.report(origin, 2, ago=n)
            self.page()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            parameters = type(self.env["ir.config_parameter"])
            with patch.object(parameters, "_get_dns_resolver", side_effect=OSError):
                self.domain.get_dmarc_page()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 30)

    def test_tile(self):
        overview = self.env["mail.deliverability.overview"]
        keys = [tile["key"] for tile in overview.get_overview()["tiles"]]
        self.assertNotIn("dmarc", keys)
        self.make_sources()
        self.service.decide("us")
        self.env.flush_all()
        tiles = {one["key"]: one for one in overview.get_overview()["tiles"]}
        [card] = tiles["dmarc"]["domains"]
        self.assertEqual(tiles["dmarc"]["count"], 1)
        self.assertEqual((card["mails"], card["percent"]), (959, 95))
        self.assertIn("95 %", card["note"])
