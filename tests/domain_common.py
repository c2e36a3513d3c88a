# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the tests of email domains share."""

from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import config

from ..mailauth.dns.resolver import DEFAULT_TIMEOUT
from ..mailauth.domain.audit import Network
from .clock import at_noon
from .common import ZoneResolver
from .judgement import TO_DO, remove_shown
from .keys import fixed_keys

DOMAIN = "acme.example"
IP = "198.51.100.10"
GOOD_ZONE = {
    (DOMAIN, "NS"): ["ns1.dns.example"],
    (DOMAIN, "SOA"): ["ns1.dns.example. admin.acme.example. 1 7200 3600 1209600 300"],
    (DOMAIN, "TXT"): [f"v=spf1 ip4:{IP} -all"],
    (DOMAIN, "MX"): [(10, "mx.acme.example")],
    ("mx.acme.example", "A"): ["8.8.4.4"],
    (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject; rua=mailto:dmarc@acme.example"],
    ("smtp.acme.example", "A"): [IP],
    ("10.100.51.198.in-addr.arpa", "PTR"): ["smtp.acme.example"],
}


@tagged("post_install", "-at_install")
class DomainCase(TransactionCase):
    """``acme.example`` of the main company, in a DNS of the test's own: ``self.zone``.

    Its mails leave by ``self.server``, a host of its own with a known address.
    """

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(at_noon())
        super().setUpClass()
        cls.startClassPatcher(fixed_keys())
        servers = cls.env["ir.mail_server"]
        servers.search([]).active = False
        cls.company = cls.env.ref("base.main_company")
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": DOMAIN, "default_from": "notifications"}
        )
        cls.company.alias_domain_id = cls.domain
        cls.server = servers.create(
            {
                "name": "Own host",
                "smtp_host": "smtp.acme.example",
                "from_filter": DOMAIN,
                "sending_host_ips": IP,
            }
        )

    def setUp(self):
        super().setUp()
        self.resolver = ZoneResolver(GOOD_ZONE)
        self.resolver.timeout = DEFAULT_TIMEOUT
        self.zone = self.resolver.zone
        parameters = type(self.env["ir.config_parameter"])
        domains = type(self.env["mail.alias.domain"])
        self.startPatcher(
            patch.object(
                parameters, "_get_dns_resolver", lambda *_a, **_k: self.resolver
            )
        )
        self.startPatcher(
            patch.object(domains, "_get_network", lambda *_: self._network())
        )

    def _network(self):
        """What a check may reach: nothing but the resolver."""
        return Network(lambda _addresses: (), None)

    def _watch(self):
        """Run the cron as if the domain were due."""
        self.domain.auth_next_check = False
        # The cron commits; here everything must stay in the test's transaction.
        with patch.object(self.env.cr, "commit", self.env.cr.flush):
            self.env["mail.alias.domain"]._cron_check_authentication()

    def _alarms(self):
        subject = f"domain_check:{self.domain.id}"
        return self.env["mail.activity"].search([("alarm_subject", "=", subject)])

    def _configure(self, **options):
        """Set options of odoo.conf for one test."""
        self.startPatcher(patch.dict(config.options, options))

    def _rename_past_checks(self, name):
        """Give the domain a name as an older version may have stored it."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_alias_domain SET name = %s WHERE id = %s",
            [name, self.domain.id],
        )
        self.env.invalidate_all()

    def _check(self, domain=None):
        (domain or self.domain).action_check_authentication()

    def _row(self, code, subject=None):
        rows = self.domain.auth_check_ids.filtered(lambda row: row.code == code)
        if subject is not None:
            rows = rows.filtered(lambda row: (row.subject or "") == subject)
        return rows[:1]

    # ------------------------------------------------------------ guided setup

    def _set_up(self, **values):
        """Go through the first step of the guided setup, and return it."""
        values = {"alias_domain_id": self.domain.id, **values}
        setup = self.env["mail.domain.setup"].create(values)
        setup.action_show_records()
        return setup

    def _see_check(self, setup):
        """Go to the check of a setup, and look as its page does.

        :return: the checklist.
        """
        setup.step = "check"
        return self._look_by_hand(setup.alias_domain_id)

    def _look_by_hand(self, domain):
        """Look at a domain, long after the last time, and return the checklist."""
        domain.sudo().auth_round_on = False
        return domain.look_again(force=True)["checklist"]

    def _card(self, setup, kind, host_name=None):
        cards = setup.all_record_ids.filtered(lambda card: card.kind == kind)
        if host_name is not None:
            cards = cards.filtered(lambda card: card.host_name == host_name)
        return cards[:1]

    def _publish(self, setup):
        """Do in the zone what the cards say, and nothing else."""
        publish_cards(self.zone, setup.record_ids)


def publish_cards(zone, cards):
    """Change a zone as the cards of the guided setup say.

    A card replaces the records that it shows as present, and leaves all others alone.
    """
    for card in cards:
        if card.state not in TO_DO or not card.value:
            continue
        if card.state == "replace":
            remove_shown(zone, card.full_name, (card.current or "").splitlines())
        key = (card.full_name, card.rdtype)
        zone[key] = [*zone.get(key, ()), *card.value.splitlines()]
