# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where mails in a domain's name come from, and whose they are."""

from odoo import fields, models


class MailDmarcOrigin(models.Model):
    """One for each thing that sources of an email domain are known as."""

    _name = "mail.dmarc.origin"
    _description = "Source of Emails in a Domain's Name"
    _order = "last_seen desc, id desc"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    name = fields.Char(required=True, readonly=True)
    service = fields.Char(readonly=True)
    network = fields.Char(readonly=True)
    reverse_name = fields.Char(readonly=True)
    signers = fields.Json(
        readonly=True, help="Technical: domains and selectors of its signatures."
    )
    first_seen = fields.Date(readonly=True)
    last_seen = fields.Date(readonly=True)
    has_aligned_pass = fields.Boolean(
        readonly=True, help="SPF or DKIM has passed for the domain in From."
    )
    decision = fields.Selection(
        [("us", "This Is Us"), ("not_us", "This Is Not Us")], readonly=True
    )
    kind = fields.Selection(
        [
            ("ours", "Ours"),
            ("forwarder", "Forwards Mail"),
            ("not_ours", "Not Ours"),
            ("unknown", "Unknown"),
        ],
        required=True,
        readonly=True,
        default="unknown",
    )
    advice = fields.Char(readonly=True, help="Technical: the code of what to do.")
