# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models

DAYS = 7
SHOWN = 4


class MailDeliverabilityOverview(models.AbstractModel):
    """What was refused on the last days."""

    # A file for each concern.
    _inherit = "mail.deliverability.overview"  # pylint: disable=R8180

    @api.model
    def _get_tiles(self):
        # They read all domains at once, of which this one looks at a few.
        tiles = super()._get_tiles()
        refusals = self.env["mail.refusal"]
        since = fields.Datetime.now() - timedelta(days=DAYS)
        rows = refusals._read_group(
            [("date", ">=", since)], ["category"], ["__count"], order="__count DESC"
        )
        tile = {
            "key": "refusals",
            "sequence": 35,
            "told": bool(rows),
            "days": DAYS,
            "count": sum(count for _category, count in rows),
            "reasons": self._list_reasons(rows[:SHOWN]),
            "more": len(rows) > SHOWN,
            "hint": refusals._describe_bounce_return(),
        }
        return [*tiles, tile]

    @api.model
    def _list_reasons(self, rows):
        """Return what most refusals are about, by (category, count)."""
        category = self.env["mail.refusal"]._fields["category"]
        words = dict(category._description_selection(self.env))
        return [
            {"category": code, "text": words[code], "count": count}
            for code, count in rows
        ]
