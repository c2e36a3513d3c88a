# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """What General Settings say of the company's email domain."""

    # A file for each concern.
    _inherit = "res.config.settings"  # pylint: disable=R8180

    # Not with all rights: another company's state is none of the user's.
    auth_status = fields.Selection(
        related="alias_domain_id.auth_status", related_sudo=False
    )
    auth_summary = fields.Char(compute="_compute_auth_summary")

    def _compute_auth_summary(self):
        for settings in self:
            settings.auth_summary = settings.alias_domain_id._get_auth_summary()

    def action_open_domain_checks(self):
        """Open the results of the last check of the company's domain."""
        self.check_access("read")
        return self.alias_domain_id.action_open_checks()
