# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The pages that no other tour shows: everybody can use them, on a phone as well."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, tagged

from .axe import AxeMixin
from .common import ZoneResolver
from .keys import fixed_keys


class PagesCase(AxeMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(fixed_keys())
        parameters = type(self.env["ir.config_parameter"])
        self.zone = {}
        self.startPatcher(
            patch.object(
                parameters,
                "_get_dns_resolver",
                lambda _self, timeout=None: ZoneResolver(self.zone),
            )
        )
        domains = self.env["mail.alias.domain"]
        self.domain = domains.create({"name": "acme.example"})
        self.env["res.company"].search([]).alias_domain_id = self.domain
        self._make_keys()
        self._make_checks()
        now = fields.Datetime.now()
        counter = self.env["mail.send.counter"]
        counter.create({"day": counter._get_day(now), "sent": 170})
        self.env["mail.author.policy"].sudo().create(
            {
                "domain": "yahoo.example",
                "policy": "reject",
                "checked_on": now,
                "valid_until": now,
            }
        )

    def _make_keys(self):
        """Make a key that is retiring, and one in whose place DNS shows another."""
        old, new, other = self.env["mail.dkim.key"].create(
            [
                {"alias_domain_id": self.domain.id, "selector": f"odoo-{name}"}
                for name in ("old", "new", "other")
            ]
        )
        self.zone[(old.record_name, "TXT")] = [old.record_value]
        self.zone[(new.record_name, "TXT")] = [other.record_value]
        old.action_activate()
        old.action_retire()

    def _make_checks(self):
        row = {"alias_domain_id": self.domain.id, "code": "spf_record"}
        why = [["spf_several", [["domain", "acme.example"], ["count", "2"]]]]
        self.env["mail.domain.check"].create(
            {**row, "status": "fail", "reasons": why, "found": "v=spf1 -all"}
        )
        self.env["mail.domain.check.change"].create(
            {**row, "old_status": "temperror", "new_status": "fail"}
        )
        self.domain.auth_checked_on = fields.Datetime.now()


@tagged("post_install", "-at_install")
class TestPagesTour(PagesCase):
    def test_everybody_can_use_them(self):
        tour = ("/odoo/settings", "mail_deliverability_pages")
        self.start_tour(*tour, login="admin", timeout=300)
        key = self.env["mail.dkim.key"].search([("selector", "=", "odoo-old")])
        self.assertEqual(key.state, "revoked")


@tagged("post_install", "-at_install")
class TestPagesOnAPhone(PagesCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_everybody_can_use_them(self):
        tour = ("/odoo/settings", "mail_deliverability_pages_phone")
        self.start_tour(*tour, login="admin", timeout=300)
