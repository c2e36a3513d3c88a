# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..parameters.table import PARAMETERS
from .parameter_now import Now


class IrConfigParameter(models.Model):
    # A file for each concern.
    _inherit = "ir.config_parameter"  # pylint: disable=consider-merging-classes-inherited

    mail_meaning = fields.Char(
        string="What It Does",
        compute="_compute_mail_meaning",
        help="Of the system parameters about emails.",
    )
    mail_now = fields.Char(
        string="What It Means Now",
        compute="_compute_mail_meaning",
        help="What follows from it at the moment, with all other settings.",
    )

    @api.depends("key", "value")
    @api.depends_context("lang")
    def _compute_mail_meaning(self):
        now = Now(self.env)
        for row in self:
            known = PARAMETERS.get(row.key)
            row.mail_meaning = self.env._(known.meaning) if known else False
            row.mail_now = now.explain(row.key) if known else False
