# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How many connections a server is sent to with at the same time."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

MOST = 10


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    connections = fields.Integer(
        string="Connections at once",
        required=True,
        default=1,
        help="How many connections the mail queue and mass mailings send through side "
        "by side. A server far away answers slowly: with four connections a mailing "
        "leaves in about a quarter of the time. Each one takes a connection to the "
        "database as well. The queue and a mailing that leave at the same time open as "
        "many each. What somebody sends by hand leaves through one.",
    )

    provider_connections = fields.Integer(compute="_compute_connections_hint")
    connections_hint = fields.Char(compute="_compute_connections_hint")

    @api.depends("smtp_host", "smtp_user")
    @api.depends_context("lang")
    def _compute_connections_hint(self):
        for server in self:
            provider = server.sudo().provider_id
            # One is for what somebody sends by hand meanwhile.
            offered = provider.connections and max(1, provider.connections - 1)
            server.provider_connections = min(offered, MOST)
            server.connections_hint = server._explain_provider_connections(provider)

    def _explain_provider_connections(self, provider):
        """Return what a provider allows, and how much of it is for the queue."""
        values = {
            "provider": provider.name,
            "count": provider.connections,
            "offered": self.provider_connections,
        }
        if provider.connections > MOST + 1:
            return self.env._(
                "%(provider)s takes up to %(count)s connections at once. At most "
                "%(offered)s of them are used here.",
                **values,
            )
        if provider.connections > 1:
            return self.env._(
                "%(provider)s takes up to %(count)s connections at once. With "
                "%(offered)s here, one stays free for what somebody sends by hand.",
                **values,
            )
        if provider.connections:
            return self.env._("%(provider)s takes one connection at a time.", **values)
        return False

    def action_use_provider_connections(self):
        """Take over as many connections as the catalogue knows of the provider."""
        for server in self:
            server.connections = server.provider_connections or 1

    @api.constrains("connections")
    def _check_connections(self):
        for server in self:
            if not 1 <= server.connections <= MOST:
                raise ValidationError(
                    self.env._(
                        "%(server)s can't be sent to with %(count)s connections at "
                        "once. Enter a number from 1 to %(maximum)s.",
                        server=server.name,
                        count=server.connections,
                        maximum=MOST,
                    )
                )
