# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A database that reports come into."""

from datetime import UTC, datetime, timedelta
from email.base64mime import body_encode

from odoo import fields
from odoo.tests import TransactionCase

from ..dns_server import DnsServer
from .carriers import ZONE, carry, make_report
from .samples import gzipped

ROW = ("192.0.2.25", 12, "pass", "fail")


class IntakeCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dns = cls.enterClassContext(DnsServer(ZONE))
        cls.env["ir.config_parameter"].set_param(
            "mail_deliverability.nameservers", cls.dns.address
        )
        cls.reports = cls.env["mail.dmarc.report"]
        cls.domain = cls.env["mail.alias.domain"].create({"name": "acme.example"})
        cls.env["res.company"].search([]).alias_domain_id = cls.domain
        cls.today = fields.Date.today()
        cls.begin = cls.moment(1)

    @classmethod
    def moment(cls, ago):
        """Return the beginning of a day, in seconds since 1970."""
        day = cls.today - timedelta(days=ago)
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

    @classmethod
    def report(cls, *rows, **options):
        return make_report(*rows, **{"begin": cls.begin, **options})

    @classmethod
    def carry(cls, *rows, report=None, **options):
        """Return a mail with a report of yesterday."""
        return carry(gzipped(cls.report(*rows, **report or {})), **options)

    def hand_in(self, raw, model="res.partner"):
        return self.env["mail.thread"].message_process(model, raw)

    def read_all(self):
        self.reports._cron_read()
        self.env.invalidate_all()

    def come(self, *rows, **options):
        """Let a report come in and be read, and return its records."""
        last = self.reports.search([], order="id desc", limit=1).id or 0
        self.hand_in(self.carry(*rows, **options))
        self.read_all()
        return self.reports.search([("id", ">", last)], order="id")

    def rows(self, **where):
        """Return what was added up: (address's network, dkim, spf, mails) each."""
        found = self.env["mail.dmarc.source"].search(
            [(name, "=", value) for name, value in where.items()], order="id"
        )
        return [
            (one.network, one.is_dkim_aligned, one.is_spf_aligned, one.mail_count)
            for one in found
        ]

    def upload(self, data, name="r.xml", user=None):
        reports = self.reports.with_user(user or self.env.user)
        answer = reports.upload(body_encode(data, eol=""), name)
        self.env.invalidate_all()
        return answer
