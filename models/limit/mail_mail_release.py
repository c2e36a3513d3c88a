# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails that wait are let go: when there is room again, or their limit is changed."""

from dataclasses import replace
from itertools import accumulate

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .queue_cron import get_queue_cron
from .send_class import BULK, PEOPLE, RANKS, Demand, find_room
from .waiting_sql import SERVERS_WAITED_FOR

# What waits, by its part of a limit: in this order it is let go.
PARTS_THAT_WAIT = (
    Demand(PEOPLE),
    Demand(PEOPLE, visitor=True),
    Demand(BULK),
    Demand(BULK, visitor=True),
)


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _release_postponed(self, rank, waited=True):
        """Let mails go that wait for a limit which has room again, the oldest first.

        Before their turn a limit may have been raised, room given back by mails that
        failed, or people may have written less than they usually do. What has a date of
        its own that is still to come takes no room before.

        :param rank: the classes of them.
        :param bool waited: whether they leave room for what is written today.
        :return: whether any mails wait at all.
        """
        later = Domain("requested_date", ">", fields.Datetime.now())
        rooms = self._list_rooms(rank, waited)
        for alike, room in rooms:
            if room is None or room > 0:
                mails = self.sudo().search(alike & later)
                oldest = self.sudo().search(alike & ~later, limit=room, order="id")
                mails |= oldest._take_fitting(room)
                mails._lock_unchanged()._stop_waiting()
        return bool(rooms)

    def _take_fitting(self, room):
        """Return the first of the mails, as many as there is room for.

        :param room: recipients; None: any number.
        """
        if room is None:
            return self
        sizes = accumulate(mail._count_recipients() for mail in self)
        return self[: sum(size <= room for size in sizes)]

    @api.model
    def _limits_changed(self):
        """Let go at once what a raised limit has room for."""
        wait = [self._release_postponed(rank, waited=False) for rank in RANKS]
        if any(wait):
            get_queue_cron(self.env)._trigger()

    @api.model
    def _list_rooms(self, rank, waited):
        """Return the domains of mails that wait for the same, with the room for them.

        :param rank: the classes of them.
        :param bool waited: whether they leave room for what is written today.
        :return: (domain, recipients); None stands for any number.
        """
        self.flush_model(["waiting_kind", "waiting_server_id"])
        parts = [part for part in PARTS_THAT_WAIT if part.send_class in rank]
        servers = parts and self.env.execute_query(SQL(SERVERS_WAITED_FOR))
        usage = self.env["mail.send.counter"]._get_usage() if servers else {}
        rooms = []
        for (server_id,) in servers:
            for part in parts:
                demand = replace(part, waited=waited and part.send_class == PEOPLE)
                limit = self._get_limit_waited_for(server_id, demand)
                room = find_room([limit], usage, 1)[1] if limit else None
                rooms.append((self._get_waiting_domain(server_id, part), room))
        return rooms

    @api.model
    def _reset_hour_changed(self):
        """Let go of what waits for a reset that is no more.

        What has no room yet will wait for the new one, with the reason that tells so.
        """
        mails = self.sudo().search(self._get_kept_back_domain())._lock_unchanged()
        if mails:
            mails._stop_waiting()
            get_queue_cron(self.env)._trigger()

    @api.model
    def _get_kept_back_domain(self):
        """Return the domain of mails that a limit keeps from going now."""
        return self._get_postponed_domain() & Domain(
            "scheduled_date", ">", fields.Datetime.now()
        )
