# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said before a mass mailing is sent that today has no room for."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.optional.mass_mailing import MAILING_MODEL
from ..models.tools.dialog import ask_in_dialog


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
        return ask_in_dialog(dialog, self.env._("This mailing takes more than a day"))

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
        progress = self.env["mail.mailing.progress"]
        begin = date or fields.Datetime.now()
        ahead = progress._count_bulk()
        found = progress._foresee(mailing, count + ahead, begin)
        if found.days == 1:
            return ""
        words = {"count": count, "per_day": found.per_day}
        if not found.days:
            return self.env._(
                "%(count)s recipients: the daily limit of %(per_day)s leaves so little "
                "for mass mailings that nobody can tell when the last of these emails "
                "will leave.",
                **words,
            )
        words |= {"days": found.days, "end": format_date(self.env, found.until)}
        if ahead:
            return self.env._(
                "%(count)s recipients, after %(ahead)s emails of mass mailings that "
                "wait already: about %(days)s days with a daily limit of %(per_day)s "
                "for all emails, until %(end)s.",
                ahead=ahead,
                **words,
            )
        return self.env._(
            "%(count)s recipients: about %(days)s days with a daily limit of "
            "%(per_day)s for all emails, until %(end)s.",
            **words,
        )

    @api.model
    def _count_left(self, mailing):
        """Return how many of a mailing's recipients have had nothing of it."""
        known = [("mass_mailing_id", "=", mailing.id), ("trace_status", "!=", "cancel")]
        done = self.env["mailing.trace"].sudo().search_count(known)
        return max(0, mailing.total - done)
