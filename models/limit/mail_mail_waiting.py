"""Mails that wait for a limit, until it has room again."""

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain

from .send_class import DATABASE, PEOPLE, Demand


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    postponed_reason = fields.Char(
        readonly=True,
        copy=False,
        help="Which daily limit the mail waits for, and when it goes.",
    )
    postponed_server_id = fields.Integer(
        readonly=True,
        copy=False,
        help="Technical: the server whose limit the mail waits for; 0: the database's.",
    )

    def write(self, vals):
        if vals.get("state", "outgoing") != "outgoing":
            self._forget_postponed()
        if "scheduled_date" in vals and "postponed_reason" not in vals:
            # Another date than the reset: the mail does not wait for a limit now.
            vals = {**vals, "postponed_reason": False, "postponed_server_id": DATABASE}
        return super().write(vals)

    def _forget_postponed(self):
        """Let go of the reset, so that a mail that is sent again goes at once."""
        postponed = self.filtered("postponed_reason")
        if postponed:
            postponed.write(
                {
                    "postponed_reason": False,
                    "postponed_server_id": DATABASE,
                    "scheduled_date": False,
                }
            )

    @api.model
    def _get_postponed_domain(self):
        return Domain("state", "=", "outgoing") & Domain(
            "postponed_reason", "!=", False
        )

    def _postpone(self, grant):
        """Let mails wait for the reset."""
        self.write(
            {
                "postponed_reason": self._explain_postponed(grant),
                "postponed_server_id": grant.narrowest.server_id,
                "scheduled_date": grant.reset,
            }
        )
        self._wake_queue_at(grant.reset)
        self.env["mail.notification"].invalidate_model(["postponed_until"])
        notified = self.filtered("is_notification").mail_message_id
        threads = notified.filtered(lambda message: message._is_thread_message())
        threads._notify_message_notification_update()

    def _postpone_alike(self, grant, commits):
        """Postpone at once all that would be refused for the same reason.

        :param grant: the refusal that a mail got.
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
                and grant.refuses(mail._get_demand())
            )
        )
        if mails:
            mails._postpone(grant)
        self._end_transaction(commits)
        return set(mails.ids)

    def _wake_queue_at(self, moment):
        """Run the mail queue at a moment, once however many mails wait for it."""
        cron = self._get_queue_cron()
        at_that_time = [("cron_id", "=", cron.id), ("call_at", "=", moment)]
        if not self.env["ir.cron.trigger"].sudo().search_count(at_that_time, limit=1):
            cron._trigger(moment)

    def _explain_postponed(self, grant):
        return self.env._(
            "%(limit)s: goes at %(time)s.",
            limit=self.env["ir.mail_server"]._explain_limit(grant.narrowest),
            time=self.env["ir.mail_server"]._format_utc(grant.reset),
        )

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
            self._get_postponed_domain()
            & Domain("scheduled_date", ">", fields.Datetime.now()),
            ["postponed_server_id", "send_class", "by_visitor"],
            ["__count"],
        )
        for server_id, send_class, visitor, count in waiting:
            demand = Demand(send_class or PEOPLE, visitor)
            room = self.env["ir.mail_server"]._get_room(server_id, demand)
            if room is None or room > 0:
                alike = Domain("send_class", "=", send_class) & Domain(
                    "by_visitor", "=", visitor
                )
                self._release_oldest(server_id, alike, min(count, room or count))

    @api.model
    def _limits_changed(self):
        """Let go at once what a raised limit has room for."""
        if self.sudo().search_count(self._get_postponed_domain(), limit=1):
            self._release_postponed()
            self._get_queue_cron()._trigger()

    @api.model
    def _reset_hour_changed(self):
        """Let go of what waits for a reset that is no more.

        What has no room yet will wait for the new one, with the reason that tells so.
        """
        postponed = self._get_postponed_domain()
        mails = self.sudo().search(
            postponed & Domain("scheduled_date", ">", fields.Datetime.now())
        )
        mails = mails.try_lock_for_update(allow_referencing=True)
        if mails:
            mails.write({"scheduled_date": False})
            self._get_queue_cron()._trigger()

    @api.model
    def _release_oldest(self, server_id, alike, count):
        mails = self.sudo().search(
            self._get_postponed_domain()
            & Domain("postponed_server_id", "=", server_id)
            & alike
            & Domain("scheduled_date", ">", fields.Datetime.now()),
            limit=count,
            order="id",
        )
        mails = mails.try_lock_for_update(allow_referencing=True)
        mails.write({"scheduled_date": False})
