# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .parameter_now import Now


class MailDeliverabilityParameter(models.Model):
    _inherit = "mail.deliverability.parameter"

    now = fields.Char(
        string="What It Means Now",
        compute="_compute_now",
        help="What follows from it at the moment, with all other settings.",
    )

    @api.depends("key", "value")
    @api.depends_context("lang")
    def _compute_now(self):
        now = Now(self.env)
        for row in self:
            row.now = now.explain(row.key)
