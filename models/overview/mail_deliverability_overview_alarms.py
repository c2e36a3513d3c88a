# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import Markup

from odoo import api, models

SHOWN = 5


class MailDeliverabilityOverview(models.AbstractModel):
    """What the user is told of by alarms that are open."""

    # A file for each concern.
    _inherit = "mail.deliverability.overview"  # pylint: disable=R8180

    @api.model
    def _get_tiles(self):
        tiles = super()._get_tiles()
        mine = [("alarm_subject", "!=", False), ("user_id", "=", self.env.uid)]
        alarms = self.env["mail.activity"].search_fetch(
            mine, ["note", "summary"], order="date_deadline desc, id desc"
        )
        if alarms:
            tiles.append(
                {
                    "key": "alarms",
                    "sequence": 10,
                    "told": True,
                    "count": len(alarms),
                    "alarms": [
                        {
                            "id": alarm.id,
                            "summary": alarm.summary or "",
                            "note_html": alarm.note or Markup(),
                        }
                        for alarm in alarms[:SHOWN]
                    ],
                }
            )
        return tiles
