# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ...mailauth.domain.audit import Network
from ...models.domain import mail_alias_domain_round as rounds
from ..axe import AxeMixin
from ..dns_server import DnsServer
from ..domain_common import DOMAIN, GOOD_ZONE
from ..keys import fixed_keys
from .test_mail_domain_setup import BROKEN


class SetupTourCase(AxeMixin, HttpCase):
    """A browser follows the screens, and a real DNS server answers."""

    def setUp(self):
        super().setUp()
        self.startPatcher(fixed_keys())
        blank = {(f"_dmarc.{DOMAIN}", "TXT"): [" v=DMARC1; p=reject"]}
        server = self.enterContext(DnsServer({**GOOD_ZONE, **BROKEN, **blank}))
        self.zone = server.zone
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mail_deliverability.nameservers", server.address)
        self.env["ir.mail_server"].search([]).active = False
        self.env["ir.mail_server"].create(
            {
                "name": "Office relay",
                "smtp_host": "smtp.acme.example",
                "from_filter": DOMAIN,
            }
        )
        self.domain = self.env["mail.alias.domain"].create(
            {"name": DOMAIN, "default_from": "notifications"}
        )
        self.env["res.company"].search([]).alias_domain_id = self.domain
        self._patch(self.env["mail.alias.domain"], "_get_network", self._network)
        for pause in ("SOON", "LATER", "BY_HAND"):
            self.startPatcher(patch.object(rounds, pause, timedelta(seconds=1)))
        self._publish_what_the_browser_reads()

    def _patch(self, model, name, function):
        self.startPatcher(patch.object(type(model), name, function))

    @staticmethod
    def _network(_domain):
        return Network(lambda _addresses: (), None)

    def _publish_what_the_browser_reads(self):
        parameters = self.env["ir.config_parameter"]
        set_param = type(parameters).set_param

        def publish(model, key, value):
            if key != "test.publish":
                return set_param(model, key, value)
            for card in json.loads(value):
                self._publish(card)
            return False

        publish._api_model = True
        self._patch(parameters, "set_param", publish)

    def _publish(self, card):
        """Do in the zone what one card says, no more."""
        if card["state"] not in ("add", "replace"):
            return
        key = (card["name"], card["type"])
        gone = card["current"].splitlines() if card["state"] == "replace" else []
        kept = [record for record in self.zone.get(key, ()) if record not in gone]
        self.zone[key] = [*kept, card["value"]]


@tagged("post_install", "-at_install")
class TestMailDomainSetupTour(SetupTourCase):
    def test_broken_domain_becomes_green(self):
        url = "/odoo/email-domain-setup/new"
        self.start_tour(url, "mail_domain_setup", login="admin", timeout=300)
        self.assertEqual(self.domain.auth_status, "pass")
        server = self.env["ir.mail_server"].search([("name", "=", "Office relay")])
        self.assertEqual(server.sending_host_ips, "198.51.100.10")
        self.assertEqual(self.domain.dkim_key_ids.state, "active")
        self.assertIn("other=1", self.zone[(DOMAIN, "TXT")])
        spf = [text for text in self.zone[(DOMAIN, "TXT")] if "spf1" in text]
        self.assertEqual(len(spf), 1)
        self.assertIn(" ip4:198.51.100.10 ", spf[0])
        dmarc = self.zone[(f"_dmarc.{DOMAIN}", "TXT")]
        self.assertEqual(len(dmarc), 1)
        self.assertTrue(dmarc[0].startswith("v=DMARC1; p=reject"))

    def test_zone_file_is_downloaded(self):
        self.env["ir.mail_server"].search([]).sending_host_ips = "198.51.100.10"
        admin = self.env.ref("base.user_admin")
        setup = self.env["mail.domain.setup"].with_user(admin).create({})
        setup.action_show_records()
        self.authenticate("admin", "admin")
        response = self.url_open(setup.action_download_zone()["url"])
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn(f'{DOMAIN}. 3600 IN TXT "v=spf1 ', response.text)
        self.authenticate(None, None)
        response = self.url_open(setup.action_download_zone()["url"])
        self.assertNotIn("spf1", response.text)


@tagged("post_install", "-at_install")
class TestMailDomainSetupPhone(SetupTourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_no_address_is_entered(self):
        """Nothing is wrong in the end, and nothing is proved."""
        url = "/odoo/email-domain-setup/new"
        self.start_tour(url, "mail_domain_setup_phone", login="admin", timeout=300)
        self.assertEqual(self.domain.auth_status, "pass")
        self.assertEqual(self.domain.dkim_key_ids.state, "active")
