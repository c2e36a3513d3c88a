# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails that wait: for a limit, until it has room again."""

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain

from .queue_cron import get_queue_cron
from .send_class import DATABASE, PEOPLE, Demand

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
        help="Technical: the server whose limit the mail waits for; 0: the database's.",
    )
    requested_date = fields.Datetime(
        readonly=True,
        copy=False,
        help="The date that was set for the email before it had to wait: it does not "
        "go earlier.",
    )
    postponed_reason = fields.Char(
        compute="_compute_postponed_reason",
        search="_search_postponed_reason",
        compute_sudo=True,
        help="Which daily limit the mail waits for, and when it goes.",
    )

    @api.depends(
        "waiting_kind",
        "waiting_server_id",
        "scheduled_date",
        "send_class",
        "by_visitor",
    )
    @api.depends_context("lang")
    def _compute_postponed_reason(self):
        """Say it in the reader's language, by the limits as they are now."""
        waiting = self.filtered("waiting_kind")
        (self - waiting).postponed_reason = False
        servers = self.env["ir.mail_server"]
        alike = waiting.grouped(lambda mail: (mail.waiting_server_id, mail._get_part()))
        for (server_id, demand), mails in alike.items():
            limit = self._get_limit_waited_for(server_id, demand)
            words = servers._explain_limit(limit) if limit else ""
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
        return Demand(self.send_class or PEOPLE, self.by_visitor)

    def _explain_postponed(self, limit):
        """Say what a mail waits for, and when it goes.

        :param str limit: what its limit says; "" where there is none any more.
        """
        time = self.env["ir.mail_server"]._format_utc(self.scheduled_date)
        if not limit:
            return self.env._("Goes at %(time)s.", time=time)
        return self.env._("%(limit)s: goes at %(time)s.", limit=limit, time=time)

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
        for requested, mails in waiting.grouped("requested_date").items():
            mails.write({**NOT_WAITING, "scheduled_date": requested})

    @api.model
    def _get_postponed_domain(self):
        return Domain("state", "=", "outgoing") & Domain("waiting_kind", "=", FOR_LIMIT)

    def _postpone(self, reservation):
        """Let mails wait for the reset."""
        self._wait(FOR_LIMIT, reservation.reset, reservation.narrowest.server_id)
        self._wake_queue_at(reservation.reset)
        self.env["mail.notification"].invalidate_model(["postponed_until"])
        notified = self.filtered("is_notification").mail_message_id
        threads = notified.filtered(lambda message: message._is_thread_message())
        threads._notify_message_notification_update()

    def _postpone_alike(self, reservation, commits):
        """Postpone at once all that would be refused for the same reason.

        :param reservation: the refusal that a mail got.
        :return: the ids of the mails that wait now.
        """
        try:
            with self._survive(commits):
                mails = self.try_lock_for_update(allow_referencing=True)
        except psycopg2.errors.SerializationFailure:
            if commits:
                self.env.cr.rollback()
            return set()
        mails.invalidate_recordset(["state"])
        mails = mails.filtered(
            lambda mail: (
                mail.state == "outgoing"
                and not mail._is_waited_for()
                and reservation.refuses(mail._get_demand())
            )
        )
        if mails:
            mails._postpone(reservation)
        self._end_transaction(commits)
        return set(mails.ids)

    def _wake_queue_at(self, moment):
        """Run the mail queue at a moment, once however many mails wait for it."""
        cron = get_queue_cron(self.env)
        at_that_time = [("cron_id", "=", cron.id), ("call_at", "=", moment)]
        if not self.env["ir.cron.trigger"].sudo().search_count(at_that_time, limit=1):
            cron._trigger(moment)

    # ------------------------------------------------------------
    # Let go
    # ------------------------------------------------------------

    @api.model
    def _release_postponed(self):
        """Let mails go that wait for a limit which has room again.

        After a reset they are due anyway. Before it, a limit may have been raised, or
        room given back by mails that failed.
        """
        waiting = self.sudo()._read_group(
            self._get_kept_back_domain(),
            ["waiting_server_id", "send_class", "by_visitor"],
            ["__count"],
        )
        for server_id, send_class, visitor, count in waiting:
            demand = Demand(send_class or PEOPLE, visitor)
            room = self.env["ir.mail_server"]._get_room(server_id, demand)
            if room is None or room > 0:
                alike = (
                    Domain("waiting_server_id", "=", server_id)
                    & Domain("send_class", "=", send_class)
                    & Domain("by_visitor", "=", visitor)
                )
                self._release_oldest(alike, min(count, room or count))

    @api.model
    def _limits_changed(self):
        """Let go at once what a raised limit has room for."""
        if self.sudo().search_count(self._get_postponed_domain(), limit=1):
            self._release_postponed()
            get_queue_cron(self.env)._trigger()

    @api.model
    def _reset_hour_changed(self):
        """Let go of what waits for a reset that is no more.

        What has no room yet will wait for the new one, with the reason that tells so.
        """
        mails = self.sudo().search(self._get_kept_back_domain())
        mails = mails.try_lock_for_update(allow_referencing=True)
        if mails:
            mails._stop_waiting()
            get_queue_cron(self.env)._trigger()

    @api.model
    def _release_oldest(self, alike, count):
        """Let so many mails go, and those that take no room before their own date.

        :param Domain alike: the mails that wait for the same.
        """
        now = fields.Datetime.now()
        waiting = self._get_kept_back_domain() & alike
        later = Domain("requested_date", ">", now)
        at_once = Domain("requested_date", "=", False) | Domain(
            "requested_date", "<=", now
        )
        mails = self.sudo().search(waiting & later)
        mails |= self.sudo().search(waiting & at_once, limit=count, order="id")
        mails.try_lock_for_update(allow_referencing=True)._stop_waiting()

    @api.model
    def _get_kept_back_domain(self):
        """Return the domain of mails that a limit keeps from going now."""
        return self._get_postponed_domain() & Domain(
            "scheduled_date", ">", fields.Datetime.now()
        )
