# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where mails in a domain's name come from, and whose they are."""

from odoo import api, fields, models

from ...mailauth.reports.service import Services
from ...mailauth.reports.source import Source

DECISIONS = [("us", "This Is Us"), ("not_us", "This Is Not Us")]
KINDS = [
    ("ours", "Yours"),
    ("forwarder", "Forwards Mail"),
    ("not_ours", "Not Yours"),
    ("unknown", "Unknown"),
]
LONGEST = 253  # characters of what is kept of names
# The keys of what has no place.
NO_ADDRESS = "none"
OTHERS = "others"


class MailDmarcOrigin(models.Model):
    """One for each thing that sources of an email domain are known as.

    That is a service, as far as our own SPF record or the envelope sender tells; else
    a network. Rows of reports stay with theirs: what the name in DNS tells later is
    brought together where it is shown.
    """

    _name = "mail.dmarc.origin"
    _description = "Source of Emails in a Domain's Name"
    _order = "last_seen desc, id desc"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    key = fields.Char(
        required=True, readonly=True, help="Technical: what sources are found by."
    )
    name = fields.Char(required=True, readonly=True)
    service = fields.Char(
        readonly=True, help="Which one it is, if it is one that is known."
    )
    provider_id = fields.Many2one(
        "mail.sending.provider",
        string="Mail Sending Provider",
        readonly=True,
        ondelete="set null",
    )
    network = fields.Char(readonly=True)
    address = fields.Char(readonly=True, help="One of its addresses.")
    reverse_name = fields.Char(
        string="Name in DNS",
        readonly=True,
        help="Of its address, where that name leads back to it.",
    )
    asked_on = fields.Datetime(readonly=True, groups=fields.NO_ACCESS)
    ask_count = fields.Integer(readonly=True, groups=fields.NO_ACCESS)
    path = fields.Json(
        readonly=True, help="Technical: the records that lead from our own to it."
    )
    envelopes = fields.Json(
        readonly=True, help="Technical: domains that SPF has passed for there."
    )
    signers = fields.Json(
        readonly=True, help="Technical: domains and selectors of its signatures."
    )
    is_passed_on = fields.Boolean(
        readonly=True, help="A receiver says that it forwards emails or is a list."
    )
    first_seen = fields.Date(readonly=True)
    last_seen = fields.Date(readonly=True)
    has_aligned_pass = fields.Boolean(
        string="Has Passed",
        readonly=True,
        help="SPF or DKIM has passed for the domain in From.",
    )
    has_spf_pass = fields.Boolean(string="SPF Has Passed", readonly=True)
    decision = fields.Selection(DECISIONS, readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True, ondelete="set null")
    kind = fields.Selection(KINDS, required=True, readonly=True, default="unknown")
    advice = fields.Char(readonly=True, help="Technical: the code of what to do.")

    _one_each = models.UniqueIndex("(alias_domain_id, key)")

    @api.model
    def _get_services(self):
        """Return the catalogue of services, to find in."""
        return Services(self.env["mail.sending.provider"]._list_services())

    def _to_source(self):
        """Return what the core knows of these mails, without what one report says."""
        self.ensure_one()
        return Source(
            ip=self.address or "",
            service=self.service or "",
            network=self.network or "",
            signers=tuple((one[0], one[1]) for one in self.signers or ()),
            has_aligned_pass=self.has_aligned_pass,
            path=tuple(self.path or ()),
            envelopes=tuple(self.envelopes or ()),
            is_passed_on=self.is_passed_on,
        )
