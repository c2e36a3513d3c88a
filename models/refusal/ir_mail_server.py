# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import config

# Where Exchange Online takes what its customers send.
EXCHANGE_ONLINE = ("office365.com", "outlook.office.com")


class IrMailServer(models.Model):
    """Servers that soon take no passwords any more."""

    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    password_note = fields.Char(
        compute="_compute_password_note",
        help="That the server will take no password any more, and what to do.",
    )

    @api.depends("smtp_host", "smtp_authentication", "smtp_user")
    @api.depends_context("lang")
    def _compute_password_note(self):
        for server in self:
            note = server._loses_password() and self._get_password_note()
            server.password_note = note

    def _loses_password(self):
        """Tell whether it is a server of Exchange Online with a password."""
        from_file = not self or self.smtp_authentication == "cli"
        if from_file:
            host, user = config.get("smtp_server"), config.get("smtp_user")
        elif self.smtp_authentication == "login":
            # Who may see the form may see what it says of the account.
            host, user = self.smtp_host, self.sudo().smtp_user
        else:
            return False
        host = (host or "").strip().rstrip(".").lower()
        domains = (f".{domain}" for domain in EXCHANGE_ONLINE)
        return bool(user) and f".{host}".endswith(tuple(domains))

    def _list_losing_password(self):
        """Return those servers that soon take no passwords, {"id", "name"} each.

        Of no servers: that of odoo.conf, whose id is False.
        """
        if not self and self._loses_password():
            return [{"id": False, "name": self.env._("The server in odoo.conf")}]
        losing = self.filtered(lambda one: one._loses_password())
        return [{"id": one.id, "name": one.name} for one in losing]

    @api.model
    def _get_password_note(self):
        return self.env._(
            "Microsoft switches passwords for sending (Basic authentication for SMTP) "
            "off by default from the end of December 2026; the administrator of your "
            "Microsoft 365 can switch them on again for now. What stays is OAuth: "
            "install Odoo's module Microsoft Outlook and connect this server with it."
        )
