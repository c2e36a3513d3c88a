# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models

from .mail_domain_check import SHOWN_SELECTION

KEEP = timedelta(days=730)


class MailDomainCheckChange(models.Model):
    """When a check of a domain changed, and from what to what."""

    _name = "mail.domain.check.change"
    _description = "Change of an Email Domain Check"
    _order = "changed_on desc, id desc"
    _rec_name = "code"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    code = fields.Char(required=True, readonly=True)
    subject = fields.Char(readonly=True)
    title = fields.Char(compute="_compute_title")
    # As they were shown: "info" alone would not tell what it meant.
    old_status = fields.Selection(SHOWN_SELECTION, string="Before", readonly=True)
    new_status = fields.Selection(SHOWN_SELECTION, string="After", readonly=True)
    old_found = fields.Text(string="Record Before", readonly=True)
    new_found = fields.Text(string="Record After", readonly=True)
    changed_on = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now, index=True
    )

    @api.depends("code", "subject")
    @api.depends_context("lang")
    def _compute_title(self):
        for change in self:
            change.title = self.env["mail.domain.check"]._get_title(
                change.code, change.subject
            )

    @api.autovacuum
    def _gc_changes(self):
        limit = fields.Datetime.now() - KEEP
        self.search([("changed_on", "<", limit)], limit=10000).unlink()
