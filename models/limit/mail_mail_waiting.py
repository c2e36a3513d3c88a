# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails that wait: for a limit, until it has room again."""

import logging
from collections import defaultdict
from dataclasses import replace
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.after_delivery import never_raise
from ..tools.moments import format_moment
from .pace import Wait, foresee_releases, share_out
from .queue_cron import get_queue_cron, wake_queue_for_open_alarms
from .send_class import DATABASE, PEOPLE, Demand, ask_of
from .waiting_sql import (
    BACKLOG_WAITS,
    VISITORS_BACKLOG_WAITS,
    select_next_turn,
)

_logger = logging.getLogger(__name__)

FOR_LIMIT = "limit"  # a kind of waiting

# What a mail is that waits for nothing but its date.
NOT_WAITING = {
    "waiting_kind": False,
    "waiting_until": False,
    "waiting_attempt": 0,
    "waiting_server_id": DATABASE,
    "requested_date": False,
}


class MailMail(models.Model):
    """A mail that waits keeps why, until when, and the date that somebody has set.

    Odoo's queue looks at ``scheduled_date`` alone. While a mail waits, that is the
    later one of ``waiting_until`` and ``requested_date``.
    """

    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    waiting_kind = fields.Selection(
        [(FOR_LIMIT, "Daily Limit")],
        string="Waits For",
        readonly=True,
        copy=False,
        help="What the email waits for.",
    )
    waiting_until = fields.Datetime(
        readonly=True, copy=False, help="When what the email waits for is over."
    )
    waiting_attempt = fields.Integer(
        string="Times Put Off",
        readonly=True,
        copy=False,
        aggregator=None,
        help="How many times in a row the email had to wait.",
    )
    waiting_server_id = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="Technical: the server whose limit the mail waits for; 0: the database's. "
        "Of what waits for a server: that one; 0: odoo.conf's.",
    )
    requested_date = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The date that was set for the email before it had to wait: it does not "
        "go earlier.",
    )
    postponed_reason = fields.Char(
        compute="_compute_postponed_reason",
        search="_search_postponed_reason",
        compute_sudo=True,
        help="What the email waits for, and when it goes.",
    )

    _waiting_idx = models.Index(
        "(waiting_server_id, send_class, id) WHERE waiting_kind IS NOT NULL"
    )
    # In the words of select_next_turn.
    _next_turn_idx = models.Index(
        "(scheduled_date) WHERE state = 'outgoing'"
        f" AND waiting_kind IS NOT DISTINCT FROM '{FOR_LIMIT}'"
    )
    # Asked for in each reservation of mass mailings.
    _backlog_idx = models.Index(f"(waiting_server_id) WHERE {BACKLOG_WAITS}")
    _visitors_backlog_idx = models.Index(
        f"(waiting_server_id) WHERE {VISITORS_BACKLOG_WAITS}"
    )

    @api.depends(
        "waiting_kind",
        "waiting_server_id",
        "scheduled_date",
        "send_class",
        "by_visitor",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_postponed_reason(self):
        """Say it in the reader's words and time, by the limits as they are now."""
        waiting = self.filtered(lambda mail: mail.waiting_kind == FOR_LIMIT)
        (self - waiting).postponed_reason = False
        servers = self.env["ir.mail_server"]
        alike = waiting.grouped(lambda mail: (mail.waiting_server_id, mail._get_part()))
        usage = self.env["mail.send.counter"]._get_usage() if waiting else {}
        for (server_id, demand), mails in alike.items():
            limit = self._get_limit_waited_for(server_id, demand)
            words = limit and servers._explain_waiting(limit, usage[server_id])
            for mail in mails:
                mail.postponed_reason = mail._explain_postponed(words)

    @api.model
    def _search_postponed_reason(self, operator, value):
        """Find what waits, or what doesn't: the text itself is not stored."""
        if operator != "in" or any(value):
            return NotImplemented
        return Domain("waiting_kind", "=", False)

    @api.model
    def _get_limit_waited_for(self, server_id, demand):
        """Return the limit that mails wait for, None where there is none any more.

        :param int server_id: as in ``mail.send.counter``.
        :param Demand demand: what the mails ask for.
        """
        servers = self.env["ir.mail_server"].sudo().browse(server_id or ()).exists()
        return next(
            (
                limit
                for limit in servers._get_send_limits(demand)
                if limit.server_id == server_id and limit.total
            ),
            None,
        )

    def _get_part(self):
        """Return the demand that decides which part of a limit the mail may use."""
        return Demand(self.send_class or PEOPLE, bool(self.by_visitor))

    def _explain_postponed(self, limit):
        """Say what a mail waits for, and when it goes.

        :param limit: what its limit says; None where there is none any more.
        """
        time = format_moment(self.env, self.scheduled_date)
        if not limit:
            return self.env._("Goes at about %(time)s.", time=time)
        return self.env._("%(limit)s: goes at about %(time)s.", limit=limit, time=time)

    # ------------------------------------------------------------
    # Wait
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Create mails; none of them waits yet, whatever defaults a context brings."""
        return super().create([{**vals, **NOT_WAITING} for vals in vals_list])

    def write(self, vals):
        if vals.get("state", "outgoing") != "outgoing":
            self._stop_waiting()
        if "scheduled_date" in vals and "waiting_kind" not in vals:
            # Whoever sets a date, and not a reason, wants the mail to go then.
            vals = {**vals, **NOT_WAITING}
        return super().write(vals)

    def copy_data(self, default=None):
        """Copy mails: a copy doesn't wait, and has the date that somebody has set."""
        copies = super().copy_data(default)
        for mail, vals in zip(self, copies, strict=True):
            if "scheduled_date" not in (default or {}):
                vals["scheduled_date"] = mail._get_requested_date()
        return copies

    def _get_requested_date(self):
        """Return the date that somebody has set for the mail, False without one."""
        return self.requested_date if self.waiting_kind else self.scheduled_date

    def _wait(self, kind, until, server_id=DATABASE):
        """Let mails wait, each as long as this and its own date want.

        :param str kind: of ``waiting_kind``.
        :param datetime until: UTC.
        :param int server_id: as in ``mail.send.counter``.
        """
        wake_queue_for_open_alarms(self.env)
        alike = self.grouped(
            lambda mail: (mail._get_requested_date(), mail.waiting_attempt)
        )
        for (requested, attempt), mails in alike.items():
            mails.write(
                {
                    "waiting_kind": kind,
                    "waiting_until": until,
                    "waiting_attempt": attempt + 1,
                    "waiting_server_id": server_id,
                    "requested_date": requested,
                    "scheduled_date": max(until, requested) if requested else until,
                }
            )

    def _stop_waiting(self):
        """Let mails go as soon as the date allows that somebody has set for them."""
        waiting = self.filtered("waiting_kind")
        if waiting:
            wake_queue_for_open_alarms(self.env)
        for requested, mails in waiting.grouped("requested_date").items():
            mails.write({**NOT_WAITING, "scheduled_date": requested})

    @api.model
    def _stop_all_waiting(self):
        """Let all mails go by their own dates, before nobody knows these any more."""
        self.sudo().search([("waiting_kind", "!=", False)])._stop_waiting()

    @api.model
    def _get_postponed_domain(self):
        return Domain("state", "=", "outgoing") & Domain("waiting_kind", "=", FOR_LIMIT)

    @api.model
    def _get_waiting_domain(self, server_id, part):
        """Return the domain of mails that wait for one part of a limit."""
        return (
            self._get_postponed_domain()
            & _of_server(server_id)
            & Domain("send_class", "=", part.send_class)
            & Domain("by_visitor", "=", part.visitor)
        )

    def _postpone(self, reservation):
        """Let mails wait until their turn comes.

        :param reservation: what was refused.
        """
        server_id = reservation.narrowest.server_id
        # None: from before there were classes. Who waits is looked for by class.
        self.sudo().filtered(lambda mail: not mail.send_class).send_class = PEOPLE
        self._count_waiting(reservation)
        for mails in self.sorted("id").grouped(lambda mail: mail._get_part()).values():
            turns = mails._foresee(reservation, server_id)
            for moment, part in turns.items():
                part._wait(FOR_LIMIT, moment, server_id)
            self._wake_queue_at(min(turns))
        self.flush_recordset()  # what waits is asked for by SQL
        self.env["mail.notification"].invalidate_model(["postponed_until"])
        self._tell_chatter()

    def _count_waiting(self, reservation):
        """Count the mails that begin to wait, each once however often it is put off."""
        fresh = self.filtered(lambda mail: not mail.waiting_attempt)
        if count := sum(mail._count_recipients() for mail in fresh):
            self.env["mail.send.uncounted"]._note_waiting(reservation, count)

    def _foresee(self, reservation, server_id):
        """Return mails that ask for the same, by the moment when it is their turn.

        :param reservation: what was refused.
        :param int server_id: as in ``mail.send.counter``.
        :rtype: dict[datetime, MailMail]
        """
        part = self[0]._get_part()
        before = self._get_waiting_domain(server_id, part)
        ahead = self.sudo().search_count(before & Domain("id", "<", self.ids[0]))
        demand = replace(part, waited=part.send_class == PEOPLE)
        limits = ask_of(reservation.limits, demand)
        foresee = partial(
            foresee_releases,
            limits,
            reservation.usage,
            fields.Datetime.now(),
            reservation.reset,
            # The rest of the mail, or of the batch, goes there.
            taken=max(0, reservation.room or 0),
        )
        waits = [Wait(*mail._get_sizes()) for mail in self]
        turns = defaultdict(list)
        moments = share_out(waits, foresee, ahead, reservation.reset)
        for moment, mail in zip(moments, self, strict=True):
            turns[moment].append(mail.id)
        return {moment: self.browse(ids) for moment, ids in turns.items()}

    def _get_sizes(self):
        """Return the recipients of a mail, and those of its smallest message."""
        sizes = [message.size for message in self._get_smtp_messages() if message.size]
        return sum(sizes), min(sizes, default=0)

    def _tell_chatter(self):
        """Show in the chatter that mails wait; they do so where that fails, too."""
        self.env.flush_all()
        what = "The chatter does not show that emails wait"
        with never_raise(_logger.warning, what), self.env.cr.savepoint():
            notified = self.filtered("is_notification").mail_message_id
            threads = notified.filtered(
                # The module of its document may be gone.
                lambda one: one._is_thread_message() and one.model in self.env
            )
            threads._notify_message_notification_update()

    @api.model
    def _wake_queue_for_next(self):
        """Run the mail queue when the next of the mails that wait has its turn."""
        self.flush_model(["scheduled_date", "state", "waiting_kind"])
        query = select_next_turn(FOR_LIMIT, fields.Datetime.now())
        for (turn,) in self.env.execute_query(query):
            self._wake_queue_at(turn)

    def _wake_queue_at(self, moment):
        """Run the mail queue at a moment, once however many mails wait for it."""
        cron = get_queue_cron(self.env)
        at_that_time = [("cron_id", "=", cron.id), ("call_at", "=", moment)]
        if not self.env["ir.cron.trigger"].sudo().search_count(at_that_time, limit=1):
            cron._trigger(moment)


def _of_server(server_id):
    """Return the domain of mails that wait for a server's limit, or the database's.

    Odoo's own would also find an empty field for the database's 0, and the order of an
    index would be lost for that.
    """
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "%s = %s", model._field_to_sql(alias, "waiting_server_id", query), server_id
        ),
        predicate=lambda mail: mail.waiting_server_id == server_id,
    )
