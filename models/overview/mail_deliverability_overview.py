# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import AccessError


class MailDeliverabilityOverview(models.AbstractModel):
    """The first page of Settings > Email Deliverability, in tiles.

    A capability adds its own by extending :meth:`_get_tiles`. Nothing is asked of DNS
    and nothing is written, and how many queries it takes depends on no number of
    records.
    """

    _name = "mail.deliverability.overview"
    _description = "Email Deliverability"

    @api.model
    def get_overview(self):
        """Return what the overview shows.

        :return: ``tiles``, the first of them on top; each has a ``key``, by which the
            web client finds the component that shows it, and what that one needs.
            Times are UTC, as in all answers of Odoo. No tiles: nothing was set up, and
            nothing was sent.
        :raises AccessError: who is no administrator.
        """
        self._check_may_see()
        tiles = sorted(self._get_tiles(), key=lambda tile: tile["sequence"])
        told = any(tile["told"] for tile in tiles)
        return {"tiles": tiles if told else []}

    @api.model
    def _get_tiles(self):
        """Return the tiles, in any order.

        :return: dicts with ``key``, ``sequence``, ``told``: whether it has something
            to tell that is not there from the beginning, and what its component needs.
        """
        return []

    @api.model
    def _check_may_see(self):
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            raise AccessError(
                self.env._("Only administrators can see how emails are delivered.")
            )
