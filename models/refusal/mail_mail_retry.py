# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A mail that was refused for now is tried again, by itself."""

from datetime import timedelta

from odoo import api, fields, models

from ..limit.send_class import DATABASE
from ..parameters.table import RETRY_HOURS
from ..tools.moments import format_moment
from .mail_mail_pause import FOR_SERVER
from .retry_schedule import TOLD_AFTER, find_next_try
from .values import to_marks

FOR_RETRY = "retry"  # a kind of waiting

NOT_REFUSED_YET = {
    "retry_attempt": 0,
    "retry_since": False,
    "retry_held_since": False,
    "may_have_arrived": False,
    "server_refusals": 0,
    "server_waiting_since": False,
}


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    waiting_kind = fields.Selection(selection_add=[(FOR_RETRY, "Tried Again")])
    retry_attempt = fields.Integer(
        string="Times Refused",
        readonly=True,
        copy=False,
        aggregator=None,
        help="How many times a server has asked to try the email again later.",
    )
    retry_since = fields.Datetime(
        string="Refused Since",
        readonly=True,
        copy=False,
        help="When it did so first; the time is not counted in which the email waits "
        "for something else.",
    )
    retry_held_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="Technical: since when the email waits for something else meanwhile.",
    )
    may_have_arrived = fields.Boolean(
        readonly=True,
        copy=False,
        help="The connection was cut after the whole email and before the answer.",
    )

    def _wait(self, kind, until, server_id=DATABASE):
        # Without the bodies.
        self.fetch(["retry_since", "retry_held_since", "server_waiting_since"])
        now = fields.Datetime.now()
        if kind != FOR_RETRY:
            held = self.filtered(
                lambda mail: mail.retry_since and not mail.retry_held_since
            )
            held.write({"retry_held_since": now})
        if kind == FOR_SERVER:
            fresh = self.filtered(lambda mail: not mail.server_waiting_since)
            fresh.write({"server_waiting_since": now})
        else:
            self.filtered("server_waiting_since").write({"server_waiting_since": False})
        return super()._wait(kind, until, server_id)

    def write(self, vals):
        if "scheduled_date" in vals and "waiting_kind" not in vals:
            # Whoever sets a date begins anew.
            vals = {"server_waiting_since": False, **vals}
        return super().write(vals)

    def _wait_for_retry(self, text):
        """Let a mail wait that was refused for now, or fail after a long time.

        :param str text: the words of the server.
        """
        now = fields.Datetime.now()
        since, attempt = self._find_retry_since(now), self.retry_attempt + 1
        most = timedelta(hours=self.env["ir.config_parameter"]._get_value(RETRY_HOURS))
        turn = find_next_try(attempt, since, now, most, str(self.id))
        if turn is None:
            self._fail(text)
            return
        self._come_back()
        self.write(
            {
                "retry_attempt": attempt,
                "retry_since": since,
                "retry_held_since": False,
                "failure_reason": text,
            }
        )
        self._wait(FOR_RETRY, turn)
        if now - since >= TOLD_AFTER:
            self._tell_author(text, since + most)
        self._show_waiting(turn)

    def _find_retry_since(self, now):
        """Return when it was refused first, as if it had waited for nothing else."""
        if not self.retry_since:
            return now
        held = now - self.retry_held_since if self.retry_held_since else timedelta()
        return self.retry_since + held

    def _tell_author(self, text, until):
        """Show whoever wrote it that a mail has not arrived for hours.

        As Odoo shows what has failed: in the chatter, and among the messages.

        :param str text: the words of the server.
        :param datetime until: when it is given up, UTC.
        """
        author = self.author_id.user_ids[:1]
        env = self.with_context(lang=author.lang, tz=author.tz or "UTC").env
        reason = env._(
            "Not delivered yet: it is tried again by itself until %(time)s. The server "
            "says: %(text)s",
            time=format_moment(env, until),
            text=text,
        )
        refusal = self._explain_failure(text)
        self._set_notifications("exception", reason, refusal and to_marks(refusal))

    def _wait_after_pause(self, server_id, pause):
        """Let a mail wait for its server, which took no more at its turn.

        What is refused again and again while others go is itself the trouble: it has
        turns of its own, and is given up like what is refused for now. The time in
        which no other goes does not count.
        """
        now = fields.Datetime.now()
        count = self.server_refusals + 1
        since, until = self._find_retry_since(now), pause.until
        others_go = pause.attempt == 1
        if others_go:
            self.server_waiting_since = False
        elif self._give_up_server(server_id, pause):
            return
        if count > 1:
            most = self._get_longest_wait()
            turn = find_next_try(count, since, now, most, str(self.id))
            if turn is None:
                self._fail(pause.text)
                return
            until = max(until, turn)
        values = {"server_refusals": count, "retry_since": since}
        self.write({**values, "retry_held_since": False})
        self._wait(FOR_SERVER, until, server_id)
        if others_go:
            self.retry_held_since = False
        self._show_waiting(until)

    def mark_outgoing(self):
        """Send mails again that somebody wants to go: they were not refused yet."""
        self.check_access("write")
        again = self.filtered(lambda mail: mail.state != "outgoing")
        again.sudo().write(NOT_REFUSED_YET)
        return super().mark_outgoing()

    def action_retry(self):
        """Retry what has failed; of several, not those that may have arrived."""
        if len(self) > 1:
            self = self.filtered(lambda mail: not mail.may_have_arrived)
        return super().action_retry()

    def action_send_again(self):
        """Send mails again that may have arrived.

        :return: what has come of it, as *Send Now* tells it.
        """
        self.check_access("write")
        again = self.filtered("may_have_arrived")
        again.mark_outgoing()
        return again.action_send_now()

    def _get_retry_end(self):
        """Return until when a mail is tried again, UTC."""
        now = fields.Datetime.now()
        hours = self.env["ir.config_parameter"]._get_value(RETRY_HOURS)
        return self._find_retry_since(now) + timedelta(hours=hours)

    @api.depends("waiting_kind", "retry_since", "scheduled_date", "failure_reason")
    @api.depends_context("lang", "tz", "uid")
    def _compute_postponed_reason(self):
        result = super()._compute_postponed_reason()
        for mail in self.filtered(lambda one: one.waiting_kind == FOR_RETRY):
            mail.postponed_reason = self.env._(
                "The server has asked to try again later (%(text)s): tried again at "
                "about %(time)s, and given up after %(end)s.",
                text=(mail.failure_reason or "")[:200],
                time=format_moment(self.env, mail.scheduled_date),
                end=format_moment(self.env, mail._get_retry_end()),
            )
        return result
