# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class MailDeliverabilityOverview(models.AbstractModel):
    """What will stop to work by itself, unless somebody acts before."""

    # A file for each concern.
    _inherit = "mail.deliverability.overview"  # pylint: disable=R8180

    @api.model
    def _get_tiles(self):
        tiles = super()._get_tiles()
        if servers := self._list_losing_password():
            tiles.append(
                {
                    "key": "notes",
                    "sequence": 15,
                    "told": True,
                    "servers": servers,
                    "text": self.env["ir.mail_server"]._get_password_note(),
                }
            )
        return tiles

    @api.model
    def _list_losing_password(self):
        """Return the servers that soon take no passwords; id False: odoo.conf's."""
        servers = self.env["ir.mail_server"].search_fetch([], ["name"])
        losing = servers.filtered(lambda one: one._loses_password())
        found = [{"id": one.id, "name": one.name} for one in losing]
        if not servers and servers._loses_password():
            found.append({"id": False, "name": self.env._("The server in odoo.conf")})
        return found
