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
        "database as well. What somebody sends by hand leaves through one.",
    )

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
