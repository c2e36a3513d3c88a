# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models

from ..limit.send_class import DATABASE

DAYS = 30
MAX_ID = 2**31 - 1


class MailDeliverabilityOverview(models.AbstractModel):
    """What was sent on the last days, and what had to wait."""

    # A file for each concern.
    _inherit = "mail.deliverability.overview"  # pylint: disable=R8180

    @api.model
    def get_history(self, server_id=DATABASE):
        """Return what was sent through a server on the last 30 days, today included.

        :param int server_id: as in ``mail.send.counter``; 0: all servers.
        :return: ``days``, and for each of them ``sent`` and ``waited``, recipients;
            ``limit``: today's, 0: none.
        :raises AccessError: who is no administrator.
        """
        self._check_may_see()
        counters = self.env["mail.send.counter"]
        server_id = _read_id(server_id)
        days = self._list_days()
        known = {
            one.day: (one.sent, one.waited)
            for one in counters.search_fetch(
                [("day", ">=", days[0]), ("server_id", "=", server_id)],
                ["day", "sent", "waited"],
            )
        }
        today = counters._get_usage()[server_id]  # with what is not counted yet
        known[days[-1]] = (today.used, today.waited)
        return {
            "server_id": server_id,
            "days": days,
            "sent": [known.get(day, (0, 0))[0] for day in days],
            "waited": [known.get(day, (0, 0))[1] for day in days],
            "limit": self._get_limit_of(server_id),
        }

    @api.model
    def _get_tiles(self):
        history = self.get_history()
        servers = self._list_servers(history["days"][0])
        tile = {
            "key": "history",
            "sequence": 40,
            "told": any(history["sent"]),
            "servers": servers,
            **history,
        }
        return [*super()._get_tiles(), tile]

    @api.model
    def _list_days(self):
        today = self.env["mail.send.counter"]._get_day(fields.Datetime.now())
        return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]

    @api.model
    def _list_servers(self, since):
        """Return the servers that were used since a day, by name."""
        groups = self.env["mail.send.counter"]._read_group(
            [("day", ">=", since), ("server_id", "!=", DATABASE)],
            ["server_id"],
            ["server_name:max"],
        )
        servers = [{"id": one, "name": name or str(one)} for one, name in groups]
        return sorted(servers, key=lambda one: one["name"])

    @api.model
    def _get_limit_of(self, server_id):
        """Return the limit of a server as it is today, 0 for none."""
        limits = self.env["ir.mail_server"]._get_all_limits()
        return next((one.total for one in limits if one.server_id == server_id), 0)


def _read_id(value):
    """Return the id that a client has sent; what can be none is the database's."""
    is_id = type(value) is int and 0 <= value <= MAX_ID
    return value if is_id else DATABASE
