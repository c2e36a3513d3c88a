# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import UTC, datetime

from odoo.tests import HttpCase, tagged

from ..axe import AxeMixin
from ..dns_server import DnsServer
from .carriers import ZONE, carry, make_report
from .origin_common import ReportedMixin
from .samples import gzipped


class PageCase(AxeMixin, ReportedMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.env["mail.alias.domain"].search([]).unlink()
        self.make_reported()

    def fill(self):
        self.make_sources()
        self.bring_report("203.0.115.77", 6)
        stranger = self.find("203.0.115.77")
        stranger.reverse_name = "mail.evil.example"
        stranger._judge()
        unknown = self.find("203.0.200.1")
        self.report(unknown, 30, spf=True, reporter=self.nobody)

    def bring_report(self, ip, mails):
        """Let a report of today come in by email, signed by its reporter."""
        dns = self.enterContext(DnsServer(ZONE))
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mail_deliverability.nameservers", dns.address)
        begin = datetime.combine(self.today, datetime.min.time(), UTC).timestamp()
        report = make_report((ip, mails, "fail", "fail"), begin=int(begin))
        self.env["mail.thread"].message_process("res.partner", carry(gzipped(report)))
        self.env["mail.dmarc.report"]._cron_read()


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
