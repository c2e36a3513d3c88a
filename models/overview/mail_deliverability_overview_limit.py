# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ..limit.send_class import DATABASE, level_of
from .forecast import foresee_full


class MailDeliverabilityOverview(models.AbstractModel):
    """What is left of today's limits, and what waits for them."""

    # A file for each concern.
    _inherit = "mail.deliverability.overview"  # pylint: disable=R8180

    @api.model
    def _get_tiles(self):
        usage = self.env["mail.send.counter"]._get_usage()
        reset = self.env["mail.send.counter"]._get_next_reset()
        limits = [
            self._prepare_limit(limit, usage[limit.server_id], reset)
            for limit in self.env["ir.mail_server"]._get_all_limits()
        ]
        waiting = self._prepare_waiting()
        today = usage[DATABASE]
        tile = {
            "key": "limit",
            "sequence": 30,
            "told": bool(waiting["count"]) or any(one.used for one in usage.values()),
            "limits": [one for one in limits if one["total"]],
            "sent": today.used,
            "beyond": today.urgent + today.codes,
            "reset": reset,
            "waiting": waiting,
        }
        return [*super()._get_tiles(), tile]

    @api.model
    def _prepare_limit(self, limit, usage, reset):
        """Return the bar of a limit.

        :param Limit limit: of the database or of a server.
        :param Usage usage: of today.
        :param datetime reset: the next one, UTC.
        """
        now = fields.Datetime.now()
        return {
            "server_id": limit.server_id,
            "name": self.env["ir.mail_server"]._get_limit_name(limit),
            "used": usage.inside,
            "total": limit.total,
            "kept": limit.total - limit.ordinary,
            "level": level_of(usage.inside, limit.ordinary),
            "full": foresee_full(usage.inside, limit.ordinary, now, reset) or False,
        }

    @api.model
    def _prepare_waiting(self):
        """Return how many emails wait, and when the first and last go."""
        mails = self.env["mail.mail"]
        [(count, first, last)] = mails._read_group(
            Domain("state", "=", "outgoing") & Domain("waiting_kind", "!=", False),
            aggregates=["__count", "scheduled_date:min", "scheduled_date:max"],
        )
        return {"count": count, "first": first, "last": last}
