# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Looking again while records are being published: who is asked, and what is seen."""

from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.dns.authority import Zone
from ...mailauth.domain.audit import Network, audit_sparingly
from ..common import RememberingResolver, ZoneResolver, run
from ..dns_server import DnsServer
from .test_check import FACTS, by_code, change
from .test_publish import DRAFT

DOMAIN = "acme.example"
OWN_ZONE = Zone(DOMAIN, ("ns1.dns.example",))
SOA = "ns1.dns.example. admin.acme.example. 1 7200 3600 1209600 300"
DELEGATION = {
    (DOMAIN, "NS"): ["ns1.dns.example"],
    (DOMAIN, "SOA"): [SOA],
    ("ns1.dns.example", "A"): ["192.0.2.53"],
}
WAITING = replace(FACTS, keys=(DRAFT,))


def zone_with(**changes):
    return {**change(**changes), **DELEGATION}


class TestAuditSparingly(BaseCase):
    def setUp(self):
        super().setUp()
        # What is published, at the zone's own servers and for a resolver that asks.
        self.owner = self.enterContext(DnsServer(zone_with()))
        self.resolver = RememberingResolver({})
        self.resolver.zone = self.owner.zone

    def _publish(self, **changes):
        self.owner.zone.clear()
        self.owner.zone.update(zone_with(**changes))

    def _look(self, facts=FACTS, reachable=None, zone=OWN_ZONE, **options):
        network = Network(reachable or (lambda _ips: (self.owner.address,)), None)
        audit = audit_sparingly(
            DOMAIN,
            lambda _guesses: facts,
            (),
            self.resolver,
            network,
            zone=zone,
            **options,
        )
        return run(audit)

    def _status(self, audit, code):
        return by_code(audit.findings, code)[0].status

    def test_the_resolver_learns_nothing_of_what_is_missing(self):
        self._publish(spf=None, dmarc=None)
        audit = self._look()
        self.assertTrue(audit.comparison.asked)
        self.assertEqual(self._status(audit, "spf_record"), "fail")
        own = {key for key in self.resolver.kept if key[0].endswith(DOMAIN)}
        self.assertNotIn((f"_dmarc.{DOMAIN}", "TXT"), own)
        missing = [key for key in own if self.resolver.kept[key].status != "found"]
        self.assertEqual(missing, [])
        self._publish()
        audit = self._look()
        self.assertEqual(self._status(audit, "spf_record"), "pass")
        self.assertEqual(self._status(audit, "dmarc_record"), "pass")
        self.assertEqual(audit.comparison.pending, ())

    def test_resolver_asked_too_early(self):
        """Published, and the resolver still remembers that there was nothing."""
        self._publish(spf=None)
        run(self.resolver.query(DOMAIN, "TXT"))
        self._publish()
        audit = self._look()
        self.assertEqual(self._status(audit, "spf_record"), "fail")
        pending = {(one.code, one.ttl) for one in audit.comparison.pending}
        self.assertIn(("spf_record", 300), pending)
        self.resolver.forget()
        audit = self._look()
        self.assertEqual(self._status(audit, "spf_record"), "pass")
        self.assertEqual(audit.comparison.pending, ())

    def test_a_key_signs_once_others_see_it(self):
        self._publish()
        found = self._look(WAITING, activating=True)
        self.assertEqual(found.shown_key.key, DRAFT)
        name = next(key for key in self.resolver.kept if "_domainkey" in key[0])
        self.resolver.forget()
        self._publish(key=None)
        run(self.resolver.query(*name))
        self._publish()
        found = self._look(WAITING, activating=True)
        self.assertIsNone(found.shown_key)
        self.assertIn("dkim_key", {one.code for one in found.comparison.pending})

    def test_servers_that_can_t_be_reached(self):
        """Then the resolver is asked for everything."""
        with DnsServer({(DOMAIN, "ANY"): "refused"}) as refusing:
            for reachable in (lambda _ips: (), lambda _ips: (refusing.address,)):
                audit = self._look(reachable=reachable)
                self.assertFalse(audit.comparison.asked)
                self.assertEqual(self._status(audit, "spf_record"), "pass")

    def test_unknown_zone(self):
        audit = self._look(zone=Zone())
        self.assertEqual(audit.zone.name, DOMAIN)
        self.assertTrue(audit.comparison.asked)

    def test_domain_below_its_zone(self):
        """A resolver is not asked about a name that may not be there yet."""
        for cut, zone in ((None, DOMAIN), (["ns1.dns.example"], f"mail.{DOMAIN}")):
            with self.subTest(zone):
                self.resolver.forget()
                self._publish()
                if cut:
                    self.owner.zone[(f"mail.{DOMAIN}", "NS")] = cut
                    self.owner.zone[(f"mail.{DOMAIN}", "SOA")] = [SOA]
                network = Network(lambda _ips: (self.owner.address,), None)
                name = f"mail.{DOMAIN}"
                audit = run(
                    audit_sparingly(name, lambda _g: FACTS, (), self.resolver, network)
                )
                self.assertEqual(
                    (audit.zone.name, audit.comparison.asked), (zone, True)
                )
                self.assertEqual((name, "NS") in self.resolver.kept, bool(cut))

    def test_zone_of_another_name(self):
        """The domain may have been renamed since its zone was found."""
        audit = self._look(zone=Zone("globex.example", ("ns1.dns.example",)))
        self.assertEqual(audit.zone.name, DOMAIN)

    def test_a_zone_below_is_not_nothing(self):
        """Where the zone refers to another's servers, the resolver is asked."""
        delegated = dict(zone_with(key=None))
        del delegated[(DOMAIN, "SOA")]  # so answers hold none, as a referral
        self.owner.zone.clear()
        self.owner.zone.update(delegated | {(DOMAIN, "SOA"): [SOA]})
        self.resolver.zone = ZoneResolver(zone_with()).zone
        with _Referring(self.owner.zone) as referring:
            audit = self._look(reachable=lambda _ips: (referring.address,))
        self.assertEqual(self._status(audit, "dkim_key"), "pass")

    def test_silent_dns(self):
        self.resolver.zone = ZoneResolver({}).zone
        self.resolver.failing = _Everything()
        audit = self._look(reachable=lambda _ips: ())
        self.assertEqual(self._status(audit, "spf_record"), "temperror")

    def test_owner_that_fails_at_one_name(self):
        self.owner.zone[(f"_dmarc.{DOMAIN}", "ANY")] = "servfail"
        self.resolver.zone = ZoneResolver(zone_with()).zone
        audit = self._look()
        self.assertEqual(self._status(audit, "dmarc_record"), "pass")

    def test_missing_domain(self):
        self.owner.zone.clear()
        self.owner.zone[("example", "SOA")] = [SOA]
        audit = self._look(zone=Zone())
        (finding,) = audit.findings
        self.assertEqual(finding.why[0].code, "domain_missing")

    def test_no_name(self):
        audit = run(audit_sparingly("a..b", None, (), self.resolver, None))
        self.assertEqual(audit.findings[0].code, "domain_exists")


class _Referring(DnsServer):
    """Says of what it has not where else it may be, and not that it is nowhere."""

    def _add_soa(self, reply, name):
        pass


class _Everything:
    def __contains__(self, _name):
        return True
