# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How far a mass mailing is whose mails wait for a limit.

To mass_mailing, a mailing is done when its mails are made. Here it is done when none of
them waits any more.
"""

from dataclasses import dataclass
from datetime import datetime

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..limit.send_class import BULK, Demand, is_bounded
from .mail_mail import GONE
from .mass_mailing import MAILING, MAILING_MODEL, TRACE_MODEL

WAITING = "waiting"
CANCELLED = "cancelled"
AB_TESTING_CRON = "mass_mailing.ir_cron_mass_mailing_ab_testing"
BATCH = 1000  # mails that are cancelled at once

ALLOWED = """
    SELECT mailing.id
      FROM mailing_mailing AS mailing
      LEFT JOIN mail_mailing_progress AS progress ON progress.mailing_id = mailing.id
     WHERE mailing.id IN %s AND mailing.active
       AND progress.stage IS DISTINCT FROM 'cancelled'
"""
LAST_SENT = """
    SELECT mass_mailing_id, MAX(sent_datetime) FROM mailing_trace
     WHERE mass_mailing_id IN %s GROUP BY 1
"""


@dataclass(frozen=True)
class Rest:
    """What of a mailing has not left yet.

    :param mails: how many.
    :param next_on: when the next of them may go, UTC; None: now.
    :param last_id: of the last of them.
    """

    mails: int
    next_on: datetime | None = None
    last_id: int = 0


class MailMailingProgress(models.Model):
    """A mailing whose mails are all made and wait, or that was cancelled by somebody.

    The mailing's id is a number: mass_mailing need not be installed.
    """

    _name = "mail.mailing.progress"
    _description = "Progress of a Mailing"
    _log_access = False
    _rec_name = "mailing_id"

    mailing_id = fields.Integer(required=True, readonly=True, aggregator=None)
    stage = fields.Selection(
        [(WAITING, "Waits"), (CANCELLED, "Cancelled")], required=True, readonly=True
    )
    reports = fields.Boolean(
        readonly=True, help="Whether statistics are sent a day after the last email."
    )

    _mailing_unique = models.Constraint(
        "UNIQUE(mailing_id)", "This mailing has a row already."
    )

    # ------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------

    @api.model
    def _find(self, mailings, stage):
        """Return those of some mailings that are at a stage."""
        rows = self.sudo().search(
            [("mailing_id", "in", mailings.ids), ("stage", "=", stage)]
        )
        found = set(rows.mapped("mailing_id"))
        return mailings.filtered(lambda mailing: mailing.id in found)

    @api.model
    def _note(self, mailings, stage, **values):
        rows = self.sudo().search([("mailing_id", "in", mailings.ids)])
        rows.write({"stage": stage})
        new = set(mailings.ids).difference(rows.mapped("mailing_id"))
        self.sudo().create(
            [{"mailing_id": one, "stage": stage, **values} for one in sorted(new)]
        )

    @api.model
    def _forget(self, mailings):
        self.sudo().search([("mailing_id", "in", mailings.ids)]).unlink()

    # ------------------------------------------------------------
    # What has not left
    # ------------------------------------------------------------

    @api.model
    def _get_rests(self, mailings, kept_back=False):
        """Return what has not left, of those mailings that have such mails.

        :param bool kept_back: only of mails that wait for something.
        :return: by mailing.
        :rtype: dict[mailing.mailing, Rest]
        """
        mails = self.env["mail.mail"].sudo()
        domain = mails._get_mailing_domain(mailings)
        if kept_back:
            domain &= Domain("waiting_kind", "!=", False)
        groups = mails._read_group(
            domain,
            [MAILING],
            ["__count", "scheduled_date:min", "id:max"],
        )
        return {
            mailings.browse(mailing.id): Rest(count, first, last)
            for mailing, count, first, last in groups
        }

    @api.model
    def _list_allowed(self, mailing_ids):
        """Return the ids of the mailings whose mails may go.

        Not of those that are archived, cancelled or deleted.

        :rtype: set[int]
        """
        self.env[MAILING_MODEL].flush_model(["active"])
        self.flush_model(["mailing_id", "stage"])
        found = self.env.execute_query(SQL(ALLOWED, tuple(mailing_ids)))
        return {mailing_id for (mailing_id,) in found}

    # ------------------------------------------------------------
    # A mailing goes on
    # ------------------------------------------------------------

    @api.model
    def _start_waiting(self, mailings, reports):
        """Note which of these have mails that wait: they are not done yet.

        :param mailings: ``mailing.mailing``, whose mails are all made.
        :param bool reports: whether statistics are wanted in the end.
        :return: those that wait.
        """
        rests = self._get_rests(mailings)
        unfinished = mailings.filtered(rests.get)
        known = self._find(unfinished, WAITING)
        fresh = unfinished - known
        if fresh and not self._is_limited():
            # As in mass_mailing, but for what waits from before the limit was lifted.
            fresh = fresh.filtered(self._get_rests(fresh, kept_back=True).get)
        self._note(fresh, WAITING, reports=reports)
        return known | fresh

    @api.model
    def _is_limited(self):
        servers = self.env["ir.mail_server"]
        if servers._disable_send():  # nothing leaves, so that nothing waits for a limit
            return False
        return is_bounded(servers._get_all_limits(Demand(BULK)))

    @api.model
    def _settle(self, mailings):
        """Let those be done that have nothing left, and those go on that have.

        Some are done before their mails are made: mass_mailing makes them so where
        somebody names a mailing while writing to many; or they are from before these
        rows were kept.
        """
        mailings = mailings.sudo().exists()
        rests = self._get_rests(mailings)
        for mailing in mailings.filtered(lambda one: one.state == "done"):
            if mailing in rests:
                reports = mailing.kpi_mail_required
                mailing.write({"state": "done", "kpi_mail_required": reports})
        ended = mailings.filtered(
            lambda one: one.state == "sending" and one not in rests
        )
        finished = self._find(ended, WAITING)
        finished.write({"state": "done"})
        if any(self._is_comparison_due(mailing) for mailing in finished):
            self.env.ref(AB_TESTING_CRON).sudo()._trigger()

    @api.model
    def _is_comparison_due(self, mailing):
        """Whether the winner of an A/B test is to be found, which has waited for it."""
        date = mailing.ab_testing_enabled and mailing.ab_testing_schedule_datetime
        return (
            bool(date)
            and not mailing.ab_testing_completed
            and date <= fields.Datetime.now()
        )

    @api.model
    def _get_end(self, mailings):
        """Return what is to be written of each that has waited, now that it is done.

        :return: values by mailing.
        """
        waiting = self._find(mailings, WAITING)
        if not waiting:
            return {}
        rows = self.sudo().search([("mailing_id", "in", waiting.ids)])
        reports = {row.mailing_id: row.reports for row in rows}
        self.env[TRACE_MODEL].flush_model(["mass_mailing_id", "sent_datetime"])
        dates = dict(self.env.execute_query(SQL(LAST_SENT, tuple(waiting.ids))))
        return {
            mailing: {
                "sent_date": dates.get(mailing.id) or fields.Datetime.now(),
                "kpi_mail_required": reports[mailing.id],
            }
            for mailing in waiting
        }

    # ------------------------------------------------------------
    # A mailing ends
    # ------------------------------------------------------------

    @api.model
    def _cancel_mails(self, mailings):
        """Cancel what has not left of mailings; what is being sent now goes.

        :param mailings: ``mailing.mailing``.
        """
        mails = self.env["mail.mail"].sudo()
        domain, last_id = mails._get_mailing_domain(mailings), 0
        while found := mails.search(
            domain & Domain("id", ">", last_id), limit=BATCH, order="id"
        ):
            last_id = found[-1].id
            found._lock_unchanged()._cancel_as(GONE)

    @api.model
    def _start_again(self, mailings):
        """Let those who were left out by a cancellation be recipients once more.

        mass_mailing leaves out whoever has a trace; its own way to try again deletes
        the failed mails with their traces, too.

        :param mailings: ``mailing.mailing`` that somebody sends.
        """
        cancelled = self._find(mailings, CANCELLED)
        if not cancelled:
            return
        traces = self.env[TRACE_MODEL].sudo()
        left_out = [
            ("mass_mailing_id", "in", cancelled.ids),
            ("trace_status", "=", "cancel"),
            ("failure_type", "=", False),
        ]
        while found := traces.search(left_out, limit=BATCH):
            found.mail_mail_id.filtered(lambda mail: mail.state == "cancel").unlink()
            found.unlink()
        self._forget(cancelled)
