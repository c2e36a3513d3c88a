# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A domain on whose mails receivers have reported."""

from datetime import timedelta

from odoo import fields

from ...mailauth.reports.source import Source

OWN = "198.51.100.10"
NETWORKS = (
    (f"{OWN}/32",),
    ("192.0.2.0/24", "_spf.mailer.example"),
)
MAILCHIMP = "203.0.113.5"
STRANGER = "203.0.113.77"


class ReportedMixin:
    """For cases with ``env``: ``domain``, ``google`` (trusted), ``nobody`` (not)."""

    @classmethod
    def make_reported(cls, name="acme.example"):
        cls.domain = cls.env["mail.alias.domain"].create({"name": name})
        cls.domain.sudo().auth_networks = [list(one) for one in NETWORKS]
        cls.env["res.company"].search([]).alias_domain_id = cls.domain
        cls.today = fields.Date.today()
        reporters = cls.env["mail.dmarc.reporter"]
        mine = {"alias_domain_id": cls.domain.id}
        cls.google, cls.nobody = reporters.create(
            [
                {**mine, "name": "google.com", "domain": "google.com", "proof": "dkim"},
                {**mine, "name": "google.com", "proof": "none"},
            ]
        )

    @classmethod
    def find(cls, ip, reporter=None, **values):
        """Return the source of one address, as the job that reads a report does."""
        source = Source(ip=ip, **values)
        origins = cls.env["mail.dmarc.origin"]
        return origins._find_or_make(cls.domain, [source], reporter or cls.google)[ip]

    @classmethod
    def report(cls, origin, mails, spf=False, dkim=False, ago=1, reporter=None):
        """Add a row, and judge its source as the job does that has read a report."""
        row = cls.env["mail.dmarc.source"].create(
            {
                "alias_domain_id": cls.domain.id,
                "domain": cls.domain.name,
                "day": cls.today - timedelta(days=ago),
                "reporter_id": (reporter or cls.google).id,
                "origin_id": origin.id,
                "network": origin.network,
                "header_from": cls.domain.name,
                "is_spf_aligned": spf,
                "is_dkim_aligned": dkim,
                "disposition": "none",
                "mail_count": mails,
            }
        )
        origin._judge()
        return row

    @classmethod
    def make_sources(cls):
        """Make one source of each kind: ours, a service, a forwarder, somebody."""
        signed = (("acme.example", "odoo-1"),)
        place = {"path": ("acme.example",), "network": f"{OWN}/32"}
        cls.own = cls.find(OWN, signers=signed, **place)
        cls.report(cls.own, 900, spf=True, dkim=True)
        cls.service = cls.find(MAILCHIMP, envelopes=("mail1.mcsv.net",))
        cls.report(cls.service, 40)
        cls.forwarder = cls.find("203.0.113.200", signers=signed)
        cls.report(cls.forwarder, 12, dkim=True)
        cls.stranger = cls.find("2001:db8:1:2::3")
        cls.report(cls.stranger, 7)
