# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class IrMailServer(models.Model):
    """Who runs a server, and which senders that service lets pass."""

    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    provider_id = fields.Many2one(
        "mail.sending.provider",
        compute="_compute_provider_id",
        help="The service that this server belongs to, recognized by its host name. "
        "Empty: a server of one's own, or one that the catalogue does not know.",
    )
    sender_warning = fields.Char(compute="_compute_sender_warning")

    @api.depends("smtp_host", "smtp_user")
    def _compute_provider_id(self):
        providers = self.env["mail.sending.provider"]
        for server in self:
            server.provider_id = providers._find_by_host(
                server.smtp_host, server.smtp_user
            )

    @api.depends("provider_id", "from_filter")
    def _compute_sender_warning(self):
        for server in self:
            server.sender_warning = server._get_sender_warning()

    def _get_sender_warning(self):
        """Return why a filter that is a whole domain does not work here, or False."""
        parts = self._parse_from_filter(self.from_filter)
        whole_domain = not parts or any("@" not in part for part in parts)
        policy = self.provider_id.from_policy
        if not whole_domain or policy not in ("rewrite", "refuse"):
            return False
        if policy == "rewrite":
            return self.env._(
                "%(provider)s replaces every sender that is not set up there by the "
                "account's own address. Write full addresses into the FROM filter, or "
                "add each address as an alias of the account.",
                provider=self.provider_id.name,
            )
        return self.env._(
            "%(provider)s refuses mails whose sender is not set up there. Write full "
            "addresses into the FROM filter, or allow the domain there.",
            provider=self.provider_id.name,
        )
