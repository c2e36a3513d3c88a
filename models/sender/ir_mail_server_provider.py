# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class IrMailServer(models.Model):
    """Who runs a server."""

    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    provider_id = fields.Many2one(
        "mail.sending.provider",
        compute="_compute_provider_id",
        help="The service that this server belongs to, recognized by its host name. "
        "Empty: a server of one's own, or one that the catalogue does not know.",
    )

    @api.depends("smtp_host", "smtp_user")
    def _compute_provider_id(self):
        found = self.env["mail.sending.provider"]._find_by_hosts(
            [(server.smtp_host, server.smtp_user) for server in self]
        )
        for server, provider in zip(self, found, strict=True):
            server.provider_id = provider
