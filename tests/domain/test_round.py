# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Looking again while somebody publishes records: pace, who is asked, what is kept."""

import asyncio
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ...mailauth.domain.audit import Network
from ...models.tools import apart
from ..common import RememberingResolver
from ..dns_server import DnsServer
from ..domain_common import DOMAIN, GOOD_ZONE, IP
from .test_checklist import ChecklistCase, Everything

BREAKS = ["v=spf1 ip4:192.0.2.99 -all"]


class TestLookAgain(ChecklistCase):
    def setUp(self):
        super().setUp()
        self.clock = self.enterContext(freeze_time("2026-03-02 09:00", tick=True))
        self.owner = self.enterContext(DnsServer(dict(GOOD_ZONE)))
        self.owner.zone[("ns1.dns.example", "A")] = ["192.0.2.53"]
        self.resolver = RememberingResolver({})
        self.zone = self.resolver.zone = self.owner.zone
        self.nameservers = [self.owner.address]
        self.addCleanup(self.env.flush_all)

    def _network(self):
        return Network(lambda _ips: tuple(self.nameservers), None)

    def _look(self, **options):
        return self.domain.look_again(**options)

    def _wait(self, seconds=15):
        self.clock.tick(timedelta(seconds=seconds))

    def _look_after(self, seconds):
        self._wait(seconds)
        return self._look()

    def _key(self):
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        return key, (key.record_name, "TXT"), [key.record_value]

    def _ask_too_early(self, name):
        """Let somebody ask the resolver, which remembers that there is nothing."""
        asyncio.run(self.resolver.query(name, "TXT"))

    # --------------------------------------------------------- turning green

    def test_our_own_checks_ask_no_resolver_too_early(self):
        """Neither the first one of the setup, nor one that is asked for by hand."""
        key, name, value = self._key()
        self.zone.pop((DOMAIN, "TXT"))
        self._set_up()
        self._check()
        self.zone[(DOMAIN, "TXT")] = [f"v=spf1 ip4:{IP} -all"]
        self.zone[name] = value
        self._look_by_hand(self.domain)
        self.assertEqual(key.state, "active")
        self.assertEqual(
            set(self._answers().values()), {("pass", "Good")}, "nothing is pending"
        )

    def test_a_record_turns_green(self):
        self.zone.pop((DOMAIN, "TXT"))
        told = self._look()
        self.assertEqual((told["asked"], told["next_in"]), ("authority", 15))
        self.assertFalse(told["message"])
        self.assertEqual(self._answers(told["checklist"])["spf"], ("fail", "Missing"))
        self.zone[(DOMAIN, "TXT")] = [f"v=spf1 ip4:{IP} -all"]
        self._wait()
        told = self._look()
        self.assertEqual(self._answers(told["checklist"])["spf"], ("pass", "Good"))

    def test_the_resolver_was_asked_too_early(self):
        """Seen at the DNS host at once, and said that others don't see it yet."""
        self.zone.pop((DOMAIN, "TXT"))
        self._check()
        self._ask_too_early(DOMAIN)
        self.zone[(DOMAIN, "TXT")] = [f"v=spf1 ip4:{IP} -all"]
        self._wait()
        told = self._look()
        item = self._items("waiting", told["checklist"])["spf_record"]
        self.assertEqual(item["level"], "pending")
        self.assertIn("another 5 min", item["pending"])
        self.assertEqual(item["fixes"][0]["state"], "pending")
        self.assertTrue(self._row("spf_record").pending_until)
        self.resolver.forget()
        self._wait(300)
        told = self._look()
        self.assertEqual(self._answers(told["checklist"])["spf"], ("pass", "Good"))

    def test_a_key_signs_once_others_see_it(self):
        key, name, value = self._key()
        self._check()
        self._ask_too_early(name[0])
        self.zone[name] = value
        self._wait()
        told = self._look()
        self.assertEqual(key.state, "draft")
        item = self._items("waiting", told["checklist"])[f"dkim_key:{key.selector}"]
        self.assertIn("Odoo signs", item["pending"])
        self.resolver.forget()
        self._wait()
        told = self._look()
        self.assertEqual(key.state, "active")
        self.assertIn("signs the mails", told["message"])
        self.assertEqual(self._answers(told["checklist"])["dkim"], ("pass", "Good"))

    def test_a_key_that_is_gone_meanwhile(self):
        key, name, value = self._key()
        self.zone[name] = value
        store = type(self.domain)._keep_audit

        def revoke_first(domain, *args, **options):
            key.action_revoke()
            return store(domain, *args, **options)

        with patch.object(type(self.domain), "_keep_audit", revoke_first):
            told = self._look()
        self.assertEqual((key.state, told["message"]), ("revoked", False))

    # ------------------------------------------------------------------ pace

    def test_one_round_at_a_time(self):
        """However many ask: who comes too early gets what is stored."""
        self._look()
        asked = len(self.owner.queries)
        self._wait(5)
        for user in (self.env.user, new_test_user(self.env, "b", "base.group_system")):
            told = self.domain.with_user(user).look_again()
            self.assertEqual((told["asked"], told["next_in"]), ("nobody", 10))
            self.assertTrue(told["checklist"]["groups"])
        self.assertEqual(len(self.owner.queries), asked)

    def test_slower_then_ended(self):
        self._look()
        paces = [self._look_after(seconds)["next_in"] for seconds in (290, 290, 30)]
        self.assertEqual(paces, [15, 15, 60])
        for _time in range(11):
            told = self._look_after(280)
        self.assertFalse(told["next_in"])
        self.assertEqual(told["asked"], "nobody")
        self.assertEqual(self._look(force=True)["next_in"], 15)
        self._wait(15)
        self.assertEqual(self._look()["asked"], "authority")

    def test_begins_anew_after_a_pause(self):
        self._look()
        self._wait(7200)
        self.assertEqual(self._look()["next_in"], 15)

    def test_by_hand(self):
        """At once; but who clicks like mad asks DNS no more often."""
        self._look()
        self._wait(4)
        self.assertEqual(self._look(force=True)["asked"], "authority")
        self.assertEqual(self._look(force=True)["asked"], "nobody")
        self.assertEqual(self._look(force="yes")["asked"], "nobody")

    # ------------------------------------------------- who can't be reached

    def test_servers_that_can_t_be_reached(self):
        self.nameservers = []
        told = self._look()
        self.assertEqual((told["asked"], told["next_in"]), ("resolver", 60))
        self.assertIn("once a minute", told["message"])
        self._wait(30)
        self.assertEqual(self._look()["asked"], "nobody")
        self.nameservers = [self.owner.address]
        self._wait(31)
        self.assertEqual(self._look()["asked"], "authority")

    def test_silence_changes_nothing(self):
        """What was seen stays, with the time when it was seen."""
        self._look()
        before = self._list()
        self._silence()
        self._wait()
        told = self._look()
        self.assertIn("DNS does not answer", told["message"])
        self.assertEqual(told["checklist"]["groups"], before["groups"])
        self.assertEqual(told["next_in"], 60)

    def _silence(self):
        self.nameservers = []
        self.resolver.forget()
        self.resolver.failing = Everything()

    def test_missing_domain(self):
        self.zone.clear()
        told = self._look()
        self.assertTrue(told["checklist"]["obstacle"])
        self.assertEqual(told["asked"], "resolver")
        self.zone.update(GOOD_ZONE)
        self.zone[("ns1.dns.example", "A")] = ["192.0.2.53"]
        self.resolver.forget()
        self._wait(60)
        self.assertFalse(self._look()["checklist"]["obstacle"])

    def test_a_name_that_can_t_be_asked(self):
        self._rename_past_checks("a..b")
        self.assertTrue(self._look()["checklist"]["obstacle"])

    # ---------------------------------------------------- the daily watching

    def _watch(self):
        self.resolver.forget()
        return super()._watch()

    def test_what_a_page_saw_is_news_for_the_watching(self):
        self._check()
        self.zone[(DOMAIN, "TXT")] = BREAKS
        self.resolver.forget()
        self._look()
        self.assertEqual(self._row("spf_authorizes").status, "fail")
        self.assertFalse(self._alarms())
        changes = len(self.domain.auth_change_ids)
        self.assertTrue(changes)
        self._watch()
        self.assertTrue(self._alarms())
        self.assertEqual(len(self.domain.auth_change_ids), changes, "told once")
        self.zone[(DOMAIN, "TXT")] = [f"v=spf1 ip4:{IP} -all"]
        self.resolver.forget()
        self._wait()
        self._look()
        self.assertFalse(self._alarms())

    def test_what_is_mended_meanwhile_is_no_news(self):
        self._check()
        self.zone[(DOMAIN, "TXT")] = BREAKS
        self.resolver.forget()
        self._look()
        self.zone[(DOMAIN, "TXT")] = [f"v=spf1 ip4:{IP} -all"]
        self.resolver.forget()
        self._wait()
        self._look()
        self.assertFalse(self._row("spf_authorizes").watched_status)
        self._watch()
        self.assertFalse(self._alarms())

    def test_a_silence_after_what_a_page_saw_is_no_news(self):
        self._check()
        self.zone[(DOMAIN, "TXT")] = BREAKS
        self.resolver.forget()
        self._look()
        nameservers, self.nameservers = self.nameservers, []
        self.resolver.failing = Everything()
        self._watch()
        self.assertFalse(self._alarms())
        self.resolver.failing = ()
        self.nameservers = nameservers
        self._watch()
        self.assertTrue(self._alarms())

    def test_the_next_check_is_not_put_off(self):
        self._check()
        due = fields.Datetime.now() + timedelta(minutes=20)
        self.domain.auth_next_check = due
        self._look()
        self.assertEqual(self.domain.auth_next_check, due)
        self.domain.auth_next_check = due + timedelta(days=1)
        self.zone[(DOMAIN, "TXT")] = BREAKS
        self.resolver.forget()
        self._wait()
        self._look()
        self.assertLess(self.domain.auth_next_check, due + timedelta(hours=1))

    # ----------------------------------------------------------------- rights

    def test_who_may(self):
        user = new_test_user(self.env, "employee", "base.group_user")
        with self.assertRaises(AccessError):
            self.domain.with_user(user).look_again()
        self.assertEqual(self.owner.queries, [])


@tagged("post_install", "-at_install")
class TestRoundsOfWorkers(BaseCase):
    """Several workers, in real transactions."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(apart, "is_test", return_value=False))
        self.registry = Registry(get_db_name())
        with self.worker() as env:
            values = {"name": "rounds.example", "bounce_alias": "b-rounds"}
            values["catchall_alias"] = "c-rounds"
            self.domain_id = env["mail.alias.domain"].create(values).id
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.worker() as env:
            env["mail.alias"].search(
                [("alias_domain_id", "=", self.domain_id)]
            ).alias_domain_id = False
            env["mail.alias.domain"].browse(self.domain_id).unlink()

    @contextmanager
    def worker(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    @contextmanager
    def domain(self):
        with self.worker() as env:
            domain = env["mail.alias.domain"].browse(self.domain_id)
            self.assertFalse(domain.auth_next_round)
            yield domain

    def test_one_of_two_has_the_turn(self):
        """The second has read before the first took the turn."""
        with self.domain() as one, self.domain() as other:
            self.assertTrue(one._take_turn(False))
            self.assertFalse(other._take_turn(False))
            self.assertFalse(other._take_turn(True))

    def test_a_round_of_one_of_two(self):
        """What it stores is there for all, and the other one is told no later."""
        resolver = RememberingResolver({})
        network = Network(lambda _ips: (), None)
        parameters = self.registry["ir.config_parameter"]
        with (
            patch.object(parameters, "_get_dns_resolver", lambda *_a, **_k: resolver),
            patch.object(
                self.registry["mail.alias.domain"], "_get_network", lambda *_: network
            ),
            self.domain() as one,
            self.domain() as other,
        ):
            told = one.look_again()
            self.assertEqual(told["asked"], "resolver")
            self.assertTrue(told["checklist"]["groups"])
            self.assertEqual(other.look_again()["asked"], "nobody")
        with self.worker() as env:
            domain = env["mail.alias.domain"].browse(self.domain_id)
            self.assertEqual(domain.auth_check_ids.mapped("code"), ["domain_exists"])
            self.assertTrue(domain.auth_checked_on)
            self.assertEqual(
                (domain.auth_next_round - domain.auth_round_on).total_seconds(), 60
            )

    def test_a_domain_that_somebody_writes_is_left_alone(self):
        with self.domain() as one, self.worker() as other, mute_logger("odoo.sql_db"):
            other["mail.alias.domain"].browse(self.domain_id).lock_for_update()
            self.assertFalse(one._take_turn(False))
            self.assertFalse(one._take_turn(True))
