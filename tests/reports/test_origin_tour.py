# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.tests import HttpCase, tagged

from ..axe import AxeMixin
from .origin_common import ReportedMixin


class PageCase(AxeMixin, ReportedMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.env["mail.alias.domain"].search([]).unlink()
        self.make_reported()

    def fill(self):
        self.make_sources()
        stranger = self.find("203.0.115.77")
        stranger.reverse_name = "mail.evil.example"
        self.report(stranger, 6)
        unknown = self.find("203.0.200.1")
        self.report(unknown, 30, spf=True, reporter=self.nobody)
        self.env["mail.dmarc.report"].create(
            {
                "alias_domain_id": self.domain.id,
                "domain": self.domain.name,
                "state": "read",
                "end": fields.Datetime.now(),
                "reporter_id": self.google.id,
                "org_name": "google.com",
                "report_id": "1",
            }
        )


@tagged("post_install", "-at_install")
class TestDmarcPage(PageCase):
    def test_page(self):
        self.fill()
        tour = ("/odoo/email-deliverability", "mail_dmarc_reports")
        self.start_tour(*tour, login="admin", timeout=300)
        stranger = self.env["mail.dmarc.origin"].search([("name", "=", "evil.example")])
        self.assertFalse(stranger.decision)

    def test_empty(self):
        tour = ("/odoo/email-dmarc-reports", "mail_dmarc_reports_empty")
        self.start_tour(*tour, login="admin", timeout=300)


@tagged("post_install", "-at_install")
class TestDmarcPageOnAPhone(PageCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_page(self):
        self.fill()
        tour = ("/odoo/email-deliverability", "mail_dmarc_reports_phone")
        self.start_tour(*tour, login="admin", timeout=300)
