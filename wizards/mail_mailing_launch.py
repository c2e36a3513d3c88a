# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said before a mass mailing is sent that today has no room for."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.limit.pace import forecast
from ..models.limit.send_class import BULK, Demand, Usage
from ..models.optional.mass_mailing import MAILING_MODEL


class MailMailingLaunch(models.TransientModel):
    _name = "mail.mailing.launch"
    _description = "Before a Mailing Is Sent"

    # A number: mass_mailing need not be installed.
    mailing_id = fields.Integer(required=True, readonly=True, aggregator=None)
    schedule_date = fields.Datetime(readonly=True)
    note = fields.Text(readonly=True)

    @api.model
    def _ask(self, mailing, date=None):
        """Return the dialog where a mailing takes more than a day, else None.

        :param mailing: ``mailing.mailing``.
        :param datetime date: when it is to be sent, UTC; None: now.
        """
        note = len(mailing) == 1 and self._explain_days(mailing, date)
        if not note:
            return None
        dialog = self.create(
            {"mailing_id": mailing.id, "schedule_date": date, "note": note}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("This mailing takes some days"),
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    def action_confirm(self):
        """Send it all the same; who may is decided by the mailing."""
        self.ensure_one()
        mailing_id, date = self.mailing_id, self.schedule_date
        if MAILING_MODEL not in self.env:
            raise UserError(self.env._("Email Marketing is not installed."))
        mailing = self.env[MAILING_MODEL].browse(mailing_id)
        if date:
            mailing.write({"schedule_type": "scheduled", "schedule_date": date})
            mailing.action_put_in_queue()
        else:
            mailing.action_launch()
        return {"type": "ir.actions.act_window_close"}

    # ------------------------------------------------------------
    # How long it takes
    # ------------------------------------------------------------

    @api.model
    def _explain_days(self, mailing, date):
        """Say how many days a mailing takes, "" where one is enough."""
        count = mailing.mailing_type == "mail" and self._count_left(mailing)
        if not count:
            return ""
        found = self._foresee(count, mailing, date or fields.Datetime.now())
        if found.days == 1:
            return ""
        if not found.days:
            return self.env._(
                "%(count)s recipients, and the daily limit of %(per_day)s leaves too "
                "little to mass mailings: it can't be told when they are through.",
                count=count,
                per_day=found.per_day,
            )
        return self.env._(
            "%(count)s recipients: about %(days)s days with a daily limit of "
            "%(per_day)s for all emails, until %(end)s.",
            count=count,
            days=found.days,
            per_day=found.per_day,
            end=format_date(self.env, found.until),
        )

    @api.model
    def _count_left(self, mailing):
        """Return how many of a mailing's recipients have had nothing of it."""
        known = [("mass_mailing_id", "=", mailing.id), ("trace_status", "!=", "cancel")]
        done = self.env["mailing.trace"].sudo().search_count(known)
        return max(0, mailing.total - done)

    @api.model
    def _get_limits(self, mailing):
        """Return the limits that the mails of a mailing have to keep to."""
        servers = self.env["ir.mail_server"].sudo()
        found = mailing.sudo().mail_server_id
        if not found:
            shared = servers.search([("owner_user_id", "=", False)], limit=2)
            found = shared if len(shared) == 1 else servers
        return found._get_send_limits(Demand(BULK))

    @api.model
    def _foresee(self, count, mailing, begin):
        """Return how long it takes, after the mass mailings that wait already.

        :param int count: recipients.
        :param datetime begin: when it is to be sent, UTC.
        :rtype: Forecast
        """
        counters = self.env["mail.send.counter"].sudo()
        usage, reset = counters._get_usage(), counters._get_next_reset()
        if begin >= reset:
            usage = {one: Usage(usual=used.usual) for one, used in usage.items()}
            reset += timedelta(days=1 + (begin - reset).days)
        ahead = self.env["mail.mail"].sudo()
        ahead = ahead.search_count(
            [("state", "=", "outgoing"), ("send_class", "=", BULK)]
        )
        limits = self._get_limits(mailing)
        return forecast(count + ahead, limits, defaultdict(Usage, usage), begin, reset)
