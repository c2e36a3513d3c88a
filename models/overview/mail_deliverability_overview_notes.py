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
        every = self.env["ir.mail_server"].search_fetch([], ["name"])
        if servers := every._list_losing_password():
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
