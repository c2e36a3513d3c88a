# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whoever waits for a limit is let go when it is raised."""

from odoo import api, models


class IrMailServer(models.Model):
    # Above the mails, so that the limits themselves need not know of any.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _on_limits_changed(self):
        result = super()._on_limits_changed()
        self.env["mail.mail"]._limits_changed()
        return result
