# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
from dataclasses import replace
from unittest.mock import AsyncMock, patch

from odoo.tests import BaseCase

from ...mailauth.dkim.lookup import DkimKeyResult
from ...mailauth.domain import audit as audit_module
from ...mailauth.domain.audit import Network, audit_domain
from ..clock import run_in_no_time
from ..common import ZoneResolver, run
from .test_check import FACTS, POLICY, STS, ZONE, by_code, change
from .test_publish import DRAFT

WAITING = replace(FACTS, keys=(DRAFT,))


class Late(ZoneResolver):
    """Never says what an address is called."""

    timeout = 1

    async def query(self, name, rdtype):
        if rdtype == "PTR":
            await asyncio.sleep(60)
        return await super().query(name, rdtype)


def audit(resolver, facts, fetcher=None, **options):
    network = Network(lambda _addresses: (), fetcher)
    return audit_domain(
        "acme.example", lambda _guesses: facts, (), resolver, network, **options
    )


def status_of(found, code):
    return by_code(found.findings, code)[0].status


class TestAudit(BaseCase):
    def test_activating(self):
        """The findings are as they will be, and DNS is asked no more than before."""
        resolver = ZoneResolver(change(spf=["v=spf1 -all"]))
        before = run(audit(resolver, WAITING))
        asked = sorted(resolver.calls)
        self.assertIsNone(before.shown_key)
        self.assertEqual(status_of(before, "dkim_key"), "pass")
        self.assertEqual(status_of(before, "dmarc_alignment"), "fail")
        resolver.calls.clear()
        after = run(audit(resolver, WAITING, activating=True))
        self.assertEqual(sorted(resolver.calls), asked)
        self.assertEqual(after.shown_key.key, DRAFT)
        self.assertEqual(after.shown_key.result.result, "pass")
        self.assertEqual(status_of(after, "dmarc_alignment"), "pass")
        self.assertEqual(
            [f for f in before.findings if f.code != "dmarc_alignment"],
            [f for f in after.findings if f.code != "dmarc_alignment"],
        )

    def test_nothing_to_activate(self):
        for rule, zone, facts in (
            ("one signs", ZONE, FACTS),
            ("no key", ZONE, replace(FACTS, keys=())),
            ("DNS does not show it", change(key=None), WAITING),
        ):
            with self.subTest(rule):
                plain = run(audit(ZoneResolver(zone), facts))
                found = run(audit(ZoneResolver(zone), facts, activating=True))
                self.assertEqual(found, plain)

    def test_policy_is_fetched_once(self):
        fetched = []

        async def fetch(host, addresses, timeout):
            fetched.append(host)
            return POLICY

        zone = change(sts=STS, sts_host=["203.0.113.5"])
        found = run(audit(ZoneResolver(zone), WAITING, fetch, activating=True))
        self.assertEqual(fetched, ["mta-sts.acme.example"])
        self.assertEqual(status_of(found, "mta_sts"), "pass")

    def test_activating_when_time_has_run_out(self):
        """What DNS did not say in time is unknown; what it said counts."""

        judged = audit(Late(ZONE), WAITING, activating=True)
        found, took = run_in_no_time(judged)
        self.assertLess(took, 1.5)
        self.assertEqual(found.shown_key.key, DRAFT)
        self.assertEqual(status_of(found, "ptr"), "temperror")
        self.assertEqual(status_of(found, "dmarc_alignment"), "pass")
        self.assertEqual(status_of(found, "mx"), "pass")

    def test_key_that_could_not_be_read_once_more(self):
        """Without proof that DNS shows it, no key may begin to sign."""
        silent = DkimKeyResult("temperror", "dns_deadline", "k._domainkey.acme.example")
        again = patch.object(
            audit_module, "check_dkim_key", AsyncMock(return_value=silent)
        )
        with again:
            found = run(audit(ZoneResolver(ZONE), WAITING, activating=True))
        self.assertIsNone(found.shown_key)
        self.assertEqual(found, run(audit(ZoneResolver(ZONE), WAITING)))

    def test_no_name(self):
        found = run(audit_domain("a..b", None, (), ZoneResolver({}), None))
        self.assertEqual(found.findings[0].code, "domain_exists")
        self.assertIsNone(found.shown_key)
