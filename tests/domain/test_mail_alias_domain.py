# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import importlib.util
import random
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ...mailauth.domain.audit import Network
from ...mailauth.errors import TempError
from ...models.domain.mail_alias_domain_store import CLOSELY
from ..clock import run_in_no_time
from ..common import ZoneResolver, delete_alias_domains
from ..dns_server import DnsServer
from ..domain_common import DOMAIN, GOOD_ZONE, DomainCase

ADDON = Path(__file__).parents[2]
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# Seconds by the event loop's clock, where the deadline is one.
PATIENCE = 1.2


class TestMailAliasDomainAuth(DomainCase):
    def _break_spf(self):
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 ip4:192.0.2.99 -all"]

    # -------------------------------------------------------------- the check

    def test_good_domain(self):
        self.assertEqual(self.domain.auth_status, "unknown")
        self.assertFalse(self.domain.auth_sentence)
        self._check()
        problems = [
            (row.code, row.status, row.explanation)
            for row in self.domain.auth_check_ids
            if row.severity <= 2
        ]
        self.assertEqual(problems, [])
        self.assertEqual(self.domain.auth_status, "pass")
        self.assertEqual(self.domain.auth_problem_count, 0)
        self.assertEqual(self.domain.auth_zone, DOMAIN)
        self.assertTrue(self.domain.auth_checked_on)
        self.assertIn("All good", self.domain.auth_sentence)

    def test_bad_domain(self):
        self._break_spf()
        self._check()
        self.assertEqual(self.domain.auth_status, "fail")
        row = self._row("spf_authorizes")
        self.assertEqual(row.status, "fail")
        self.assertIn("198.51.100.10", row.explanation)
        self.assertGreater(self.domain.auth_problem_count, 0)

    def test_a_key_that_waits_is_counted_as_in_the_list(self):
        self.server.sending_host_ips = "198.51.100.77"
        self._set_up()
        self._check()
        todo = [
            item["key"]
            for group in self.domain.get_checklist()["groups"]
            if group["key"] in ("breaks", "better")
            for item in group["items"]
        ]
        self.assertTrue([key for key in todo if key.startswith("dkim_key:")])
        self.assertEqual(self.domain.auth_problem_count, len(todo))
        self.assertIn(f"{len(todo)} things", self.domain.auth_sentence)

    def test_as_many_problems_as_the_list_has(self):
        self._check()
        summaries = []
        for status, pending in (
            ("fail", False), ("warning", False), ("fail", True), ("temperror", False)
        ):  # fmt: skip
            row = self._row("mx")
            row.write({"status": status, "pending": pending})
            todo = [
                item
                for group in self.domain.get_checklist()["groups"]
                if group["key"] in ("breaks", "better")
                for item in group["items"]
            ]
            self.assertEqual(self.domain.auth_problem_count, len(todo))
            summaries.append(self.domain._get_auth_summary())
        self.assertEqual(
            summaries,
            [
                "acme.example: 1 problem",
                "acme.example: 1 problem",
                "acme.example: published, but not visible everywhere yet",
                "acme.example: DNS did not answer",
            ],
        )
        self._row("mx").status = "fail"
        self._row("ptr").status = "warning"
        self.assertIn("2 things", self.domain.get_checklist()["headline"])
        self.assertEqual(self.domain._get_auth_summary(), "acme.example: 2 problems")

    def test_stored_checks_are_read_as_they_were_found(self):
        """What to publish is decided by them, so that nothing of them may be lost."""
        self._break_spf()
        self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        audit = self.domain._audit()
        self.domain._store(audit, watching=False)
        rows = self.domain.auth_check_ids.sorted("position")
        self.assertEqual(tuple(rows._read_findings()), audit.findings)

    def test_migration_drops_reasons_that_are_gone(self):
        """As the rows of 19.0.1.2.0 were: no code may reach a sentence."""
        self._check()
        row = self._row("spf_record")
        kept = row.reasons
        row.reasons = [["repair_broken_term", [["detail", "ip4:x"]]], *kept]
        self.env.flush_all()
        path = ADDON / "migrations/19.0.1.3.0/pre-domain.py"
        spec = importlib.util.spec_from_file_location("pre_domain", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertEqual(row.reasons, kept)

    def test_worst_first(self):
        self._break_spf()
        self._check()
        rows = self.domain.auth_check_ids.sorted()
        self.assertEqual(rows.mapped("severity"), sorted(rows.mapped("severity")))

    def test_asked_twice_asks_dns_twice(self):
        self._check()
        asked = len(self.resolver.calls)
        self.assertEqual(len(set(self.resolver.calls)), asked, "asked once per check")
        self._check()
        self.assertEqual(len(self.resolver.calls), 2 * asked)

    def test_dns_is_silent(self):
        self.zone[(DOMAIN, "TXT")] = TempError("dns_timeout", DOMAIN)
        self._check()
        row = self._row("spf_record")
        self.assertEqual(row.status, "temperror")
        self.assertIn("Nothing is known", row.explanation)

    def test_name_that_can_t_be_asked(self):
        self._rename_past_checks("a" * 70 + ".example")
        self._check()
        self.assertEqual(self.domain.auth_status, "fail")
        self.assertIn("not a domain name", self._row("domain_exists").explanation)

    def test_uncommitted_changes_are_seen(self):
        self.server.sending_host_ips = "192.0.2.55"
        self._check()
        self.assertIn("192.0.2.55", self._row("spf_authorizes").explanation)

    def test_rows_of_what_is_gone_disappear(self):
        self._check()
        first = self._row("spf_authorizes")
        self.server.name = "Renamed"
        self._check()
        self.assertFalse(first.exists())
        self.assertTrue(self._row("spf_authorizes"))

    def test_servers_with_the_same_name(self):
        copied = self.server.copy({"name": self.server.name})
        copied.sending_host_ips = "192.0.2.77"
        self._check()
        self.assertEqual(self._row("spf_authorizes", "Own host").status, "pass")
        self.assertEqual(self._row("spf_authorizes", "Own host (2)").status, "fail")
        rows = self.domain.auth_check_ids
        self._check()
        self.assertEqual(self.domain.auth_check_ids, rows)

    def test_key_with_the_selector_of_the_parent_s(self):
        parent, child = self.domain, self.domain.copy({"name": f"mail.{DOMAIN}"})
        keys = self.env["mail.dkim.key"].create(
            [
                {"alias_domain_id": domain.id, "selector": "s1"}
                for domain in (parent, child)
            ]
        )
        keys[0].action_activate_unchecked()
        self.zone[(keys[1].record_name, "TXT")] = [keys[1].record_value]
        self._check(child)
        rows = child.auth_check_ids.filtered(lambda row: row.code == "dkim_key")
        statuses = {row.subject: row.status for row in rows}
        self.assertEqual(statuses, {"s1": "pass", f"s1 ({DOMAIN})": "fail"})
        self.assertFalse(child._audit(activating=True).shown_key, "one signs")
        states = {
            record.name: record.state
            for record in child._get_records_to_publish(child._get_outgoing_servers())
            if record.kind == "dkim"
        }
        self.assertEqual(
            states, {keys[0].record_name: "add", keys[1].record_name: "done"}
        )

    def test_host_of_the_zone(self):
        self.zone[(DOMAIN, "NS")] = ["dns17.ovh.net", "ns17.ovh.net"]
        self._check()
        self.assertEqual(self.domain.dns_provider_ids.name, "OVHcloud")

    def test_domain_as_people_type_it(self):
        for text in (
            "initech.example",
            " Initech.Example. ",
            "https://initech.example/path",
            "info@initech.example",
        ):
            with self.subTest(text):
                domains = self.env["mail.alias.domain"]
                domain = domains.browse(domains.name_create(text)[0])
                self.assertEqual(domain.name, "initech.example")
                domain.unlink()
        domains = self.env["mail.alias.domain"]
        domain = domains.browse(domains.name_create("m\xfcller.example")[0])
        self.assertEqual(domain.name, "xn--mller-kva.example")
        with self.assertRaises(ValidationError):
            domains.name_create("no domain")

    def _check_in_no_time(self):
        """Check the domain; return the seconds that pass on the event loop's clock."""
        took = []

        def run(coroutine):
            result, seconds = run_in_no_time(coroutine)
            took.append(seconds)
            return result

        with patch.object(asyncio, "run", run):
            self._check()
        return sum(took)

    def test_nobody_waits_longer_than_the_deadline(self):
        self.server.sending_host_ips = False
        self.resolver = ZoneResolver(GOOD_ZONE, delay=1000)
        self.resolver.timeout = 1
        took = self._check_in_no_time()
        self.assertGreaterEqual(took, 1)
        self.assertLessEqual(took, PATIENCE)
        self.assertEqual(self._row("spf_record").status, "temperror")

    def test_nobody_waits_for_the_zone_s_own_servers(self):
        self._break_spf()
        silent = {("example", "ANY"): "timeout", ("*.example", "ANY"): "timeout"}
        self.zone[("ns1.dns.example", "A")] = ["192.0.2.1"]
        self.resolver.timeout = 1
        with DnsServer(silent) as server:
            network = Network(lambda _addresses: (server.address,), None)
            with patch.object(self.__class__, "_network", lambda _self: network):
                took = self._check_in_no_time()
        self.assertGreater(took, 0)
        self.assertLessEqual(took, PATIENCE)
        self.assertEqual(self._row("spf_authorizes").status, "fail")
        self.assertFalse(self.domain.auth_authority_asked)

    # ---------------------------------------------------------------- pending

    def test_pending(self):
        self._break_spf()
        with DnsServer(dict(GOOD_ZONE)) as server:
            network = Network(lambda _addresses: (server.address,), None)
            with patch.object(self.__class__, "_network", lambda _self: network):
                self.zone[("ns1.dns.example", "A")] = ["192.0.2.1"]
                self._check()
        row = self._row("spf_authorizes")
        self.assertEqual((row.status, row.pending), ("fail", True))
        self.assertEqual(row.pending_until - row.checked_on, timedelta(seconds=300))
        self.assertTrue(self.domain.auth_authority_asked)
        self.assertFalse(self._row("spf_record").pending)
        self._check()
        self.assertFalse(self._row("spf_authorizes").pending)
        self.assertFalse(self.domain.auth_authority_asked)

    # ---------------------------------------------------------------- history

    def test_history(self):
        self._check()
        self.assertFalse(self.domain.auth_change_ids, "the first check is no change")
        self._check()
        self.assertFalse(self.domain.auth_change_ids)
        self._break_spf()
        self._check()
        change = self.domain.auth_change_ids.filtered(
            lambda c: c.code == "spf_authorizes"
        )
        self.assertEqual((change.old_status, change.new_status), ("pass", "fail"))
        found = self.domain.auth_change_ids.filtered(lambda c: c.code == "spf_record")
        self.assertIn("198.51.100.10", found.old_found)
        self.assertIn("192.0.2.99", found.new_found)
        self.assertIn("SPF", found.title)

    def test_history_says_what_information_means(self):
        name = (f"_smtp._tls.{DOMAIN}", "TXT")
        self.zone[name] = [f"v=TLSRPTv1; rua=mailto:tls@{DOMAIN}"]
        self._watch()
        del self.zone[name]
        self._break_spf()
        self._watch()
        change = self.domain.auth_change_ids.filtered(lambda c: c.code == "tls_rpt")
        self.assertEqual((change.old_status, change.new_status), ("pass", "optional"))
        self.assertIn("Optional", self._alarms()[0].note)
        self.assertNotIn("For information", self._alarms()[0].note)

    def test_the_language_of_who_checks_is_no_change(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.server.active = False
        self._check()
        rows = self.domain.auth_check_ids
        self._check(self.domain.with_context(lang="fr_FR"))
        setup = self.env["mail.domain.setup"].with_context(lang="fr_FR").create({})
        setup.action_show_records()
        kept = rows.filtered(lambda row: row.code != "dkim_key")
        self.assertEqual(kept.exists(), kept)
        changes = self.domain.auth_change_ids.filtered(lambda c: c.code != "dkim_key")
        self.assertFalse(changes)

    def test_old_history_is_removed(self):
        self._check()
        self._break_spf()
        self._check()
        old = self.domain.auth_change_ids[0]
        old.changed_on = fields.Datetime.now() - 800 * DAY
        kept = self.domain.auth_change_ids - old
        self.env["mail.domain.check.change"]._gc_changes()
        self.assertFalse(old.exists())
        self.assertEqual(kept.exists(), kept)

    # --------------------------------------------------------------- watching

    def test_one_silence_is_no_news(self):
        self._watch()
        self.assertEqual(self.domain.auth_status, "pass")
        for name, kind in list(self.zone):
            self.zone[(name, kind)] = TempError("dns_timeout", name)
        self._watch()
        self.assertEqual(self.domain.auth_status, "pass")
        self.assertFalse(self._alarms())
        self._watch()
        self.assertEqual(self.domain.auth_status, "temperror")
        self.assertTrue(self._alarms())

    def test_silence_then_an_answer(self):
        self._watch()
        good = self.zone.pop((DOMAIN, "TXT"))
        self.zone[(DOMAIN, "TXT")] = TempError("dns_timeout", DOMAIN)
        self._watch()
        self.zone[(DOMAIN, "TXT")] = good
        self._watch()
        self.zone[(DOMAIN, "TXT")] = TempError("dns_timeout", DOMAIN)
        self._watch()
        self.assertEqual(self.domain.auth_status, "pass")
        self.assertFalse(self.domain.auth_change_ids)

    def test_alarm_once_and_closed(self):
        self._watch()
        self.assertFalse(self._alarms(), "nothing got worse")
        self._break_spf()
        self._watch()
        alarms = self._alarms()
        admins = self.env.ref("base.group_system").all_user_ids
        self.assertEqual(alarms.user_id, admins.filtered("active"))
        self.assertIn(DOMAIN, alarms[0].summary)
        self.assertIn("192.0.2.99", alarms[0].note)
        page = f'href="/odoo/email-domain-checks/{self.domain.id}"'
        self.assertIn(page, alarms[0].note)
        self.assertFalse(
            self.env["mail.mail"].search([("subject", "ilike", DOMAIN)]), "never mailed"
        )
        told = alarms[0].note.count("192.0.2.99")
        self.assertLessEqual(told, 2, "each difference once")
        alarms.action_archive()
        self._watch()
        self.assertFalse(self._alarms(), "told once")
        self.zone[(DOMAIN, "TXT")] = GOOD_ZONE[(DOMAIN, "TXT")]
        self._watch()
        self.assertEqual(self.domain.auth_status, "pass")

    def test_alarm_is_closed_when_it_is_well(self):
        self._watch()
        self._break_spf()
        self._watch()
        self.assertTrue(self._alarms())
        self.zone[(DOMAIN, "TXT")] = GOOD_ZONE[(DOMAIN, "TXT")]
        self._check()
        self.assertFalse(self._alarms())

    def test_alarm_goes_with_the_domain(self):
        self._watch()
        self._break_spf()
        self._watch()
        alarms = self._alarms()
        self.assertTrue(alarms)
        self.env["res.company"].search([]).alias_domain_id = False
        delete_alias_domains(self.domain)
        self.assertFalse(any(alarms.mapped("active")))

    def test_alarm_stays_while_something_is_wrong(self):
        self._watch()
        self._break_spf()
        self.zone[(DOMAIN, "MX")] = [(0, ".")]
        self._watch()
        self.zone[(DOMAIN, "MX")] = GOOD_ZONE[(DOMAIN, "MX")]
        self._watch()
        self.assertTrue(self._alarms())

    def test_a_domain_that_was_never_good_is_no_alarm(self):
        self._break_spf()
        self._watch()
        self.assertEqual(self.domain.auth_status, "fail")
        self.assertFalse(self._alarms())

    def test_next_check(self):
        now = fields.Datetime.now()
        self._watch()
        wait = self.domain.auth_next_check - now
        self.assertTrue(DAY - 5 * HOUR < wait < DAY + 5 * HOUR, wait)
        self._break_spf()
        self._watch()
        wait = self.domain.auth_next_check - now
        self.assertTrue(wait < 2 * HOUR, "hourly after a change")
        self.zone[(DOMAIN, "TXT")] = GOOD_ZONE[(DOMAIN, "TXT")]
        self._watch()
        self.domain.auth_watch_until = now - HOUR
        self._watch()
        self.assertGreater(self.domain.auth_next_check - now, 10 * HOUR)

    def test_a_lasting_failure_is_watched_closely_for_a_day(self):
        self._break_spf()
        self._watch()
        now = fields.Datetime.now()
        self.assertLess(self.domain.auth_next_check - now, 2 * HOUR, "a failure")
        self._watch()
        self.assertLess(self.domain.auth_watch_until - now, DAY + HOUR)
        self.domain.auth_watch_until = now - HOUR
        self._watch()
        self.assertEqual(self.domain.auth_status, "fail")
        self.assertGreater(self.domain.auth_next_check - now, 10 * HOUR, "no news")

    def test_silence_is_asked_about_soon(self):
        self._watch()
        self.zone[(DOMAIN, "TXT")] = TempError("dns_timeout", DOMAIN)
        self._watch()
        wait = self.domain.auth_next_check - fields.Datetime.now()
        self.assertLess(wait, 2 * HOUR)

    def test_jitter(self):
        """Up to hours more or less than a day, so that not all domains come at once."""
        self._watch()
        for drawn in (-2, 0, 3.5):
            with patch.object(random, "uniform", return_value=drawn) as uniform:
                begin = fields.Datetime.now()
                self._watch()
            least, most = uniform.call_args.args
            self.assertEqual((least, most > 0), (-most, True))
            wait = self.domain.auth_next_check - begin
            expected = CLOSELY + drawn * HOUR
            self.assertLess(abs(wait - expected), HOUR)

    def test_only_what_is_due_and_used(self):
        self._watch()
        asked = len(self.resolver.calls)
        self.env["mail.alias.domain"].create({"name": "unused.example"})
        with patch.object(self.env.cr, "commit", self.env.cr.flush):
            self.env["mail.alias.domain"]._cron_check_authentication()
        self.assertEqual(len(self.resolver.calls), asked)

    def test_one_domain_does_not_stop_the_others(self):
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        self.env["res.company"].create({"name": "Globex", "alias_domain_id": other.id})
        store = type(other)._store

        def store_one(domain, audit, watching, looking=False):
            store(domain, audit, watching)
            if domain == self.domain:  # a second row of the same check
                domain.auth_check_ids[0].copy()

        self.domain.auth_next_check = other.auth_next_check = False
        with (
            patch.object(type(other), "_store", store_one),
            patch.object(self.env.cr, "commit", self.env.cr.flush),
            self.assertLogs("odoo.addons.mail_deliverability", "ERROR"),
            mute_logger("odoo.sql_db"),
        ):
            self.env["mail.alias.domain"]._cron_check_authentication()
        self.assertFalse(self.domain.auth_check_ids)
        self.assertGreater(self.domain.auth_next_check, fields.Datetime.now())
        self.assertTrue(other.auth_check_ids)

    def test_no_query_while_dns_is_asked(self):
        """The cron waits outside any transaction."""
        events = []
        cr = self.env.cr
        execute, query = type(cr).execute, self.resolver.query

        def spy_execute(cursor, *args, **kwargs):
            events.append("sql")
            return execute(cursor, *args, **kwargs)

        async def spy_query(*args):
            events.append("dns")
            return await query(*args)

        self.resolver.query = spy_query
        self.domain.auth_next_check = False
        self.env.flush_all()
        with (
            patch.object(type(cr), "execute", spy_execute),
            patch.object(cr, "commit", lambda: events.append("commit")),
        ):
            self.env["mail.alias.domain"]._cron_check_authentication()
        first, last = events.index("dns"), len(events) - events[::-1].index("dns")
        self.assertEqual(set(events[first:last]), {"dns"})
        self.assertEqual(events[first - 1], "commit")

    # ----------------------------------------------------------------- rights

    def test_other_users_see_nothing(self):
        self._check()
        row = self._row("spf_record")
        for login, groups in (
            ("inner", "base.group_user"),
            ("manager", "base.group_erp_manager"),
            ("portal", "base.group_portal"),
            ("public", "base.group_public"),
        ):
            user = new_test_user(self.env, f"auth_{login}", groups)
            with self.subTest(login):
                with self.assertRaises(AccessError):
                    self.domain.with_user(user).action_check_authentication()
                with self.assertRaises(AccessError):
                    row.with_user(user).read(["found"])
                with self.assertRaises(AccessError):
                    self.domain.with_user(user).read(["auth_status"])
                with self.assertRaises(AccessError):
                    self.env["mail.domain.check.change"].with_user(user).search([])
                with self.assertRaises(AccessError):
                    self.env["mail.server.domain"].with_user(user).search([])

    def test_administrator(self):
        user = new_test_user(self.env, "auth_admin", "base.group_system")
        self._check(self.domain.with_user(user))
        self.assertEqual(self.domain.with_user(user).auth_status, "pass")
        with self.assertRaises(AccessError):
            self._row("spf_record").with_user(user).write({"status": "pass"})

    def test_administrator_of_another_company(self):
        other = self.env["res.company"].create({"name": "Globex"})
        other.alias_domain_id = self.env["mail.alias.domain"].create(
            {"name": "globex.example"}
        )
        self.env["res.company"].search([("id", "!=", self.company.id)]).filtered(
            lambda company: company.alias_domain_id == self.domain
        ).alias_domain_id = False
        user = new_test_user(
            self.env,
            "auth_other",
            "base.group_system",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self._check()
        self._check(other.alias_domain_id)
        seen = self.env["mail.domain.check"].with_user(user).search([])
        self.assertEqual(seen.alias_domain_id, other.alias_domain_id)
        with self.assertRaises(AccessError):
            self.domain.with_user(user).action_check_authentication()

    # ---------------------------------------------------------------- hostile

    def test_hostile_records(self):
        for text in (
            b"v=spf1 <script>alert(1)</script> -all",
            b"v=spf1 \xe2\x80\xaetxt.exe\x00\x1b[31m -all",
            b"v=spf1 " + b"x" * 20000,
            b"v=spf1 exists:%(x)s %s %d -all",
        ):
            with self.subTest(text[:30]):
                self.zone[(DOMAIN, "TXT")] = [text]
                self.zone[(f"_dmarc.{DOMAIN}", "TXT")] = [b"v=DMARC1; p=" + text]
                self._watch()
                for row in self.domain.auth_check_ids:
                    texts = f"{row.found}{row.expected}{row.explanation}{row.title}"
                    self.assertNotIn("\u202e", texts)
                    self.assertNotIn("\x1b", texts)
                    self.assertLess(len(texts), 12000)
                for alarm in self._alarms():
                    self.assertNotIn("<script", alarm.note)

    def test_neutralized_copies_don_t_watch(self):
        from odoo.modules.neutralize import get_neutralization_queries

        for query in get_neutralization_queries(["mail_deliverability"]):
            self.env.cr.execute(query)
        cron = self.env.ref("mail_deliverability.mail_alias_domain_cron_check")
        cron.invalidate_recordset()
        self.assertFalse(cron.active)
