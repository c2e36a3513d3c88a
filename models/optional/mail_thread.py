# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is written of a mass mailing is true of its mails as well.

``mailing.mailing`` can't be extended where mass_mailing may not be installed, but it
inherits from ``mail.thread``.
"""

from odoo import models

from ..limit.send_mark import get_call
from .mail_mailing_progress import CANCELLED
from .mass_mailing import MAILING_MODEL

# What mass_mailing writes with the state when a mailing is done.
OF_THE_END = ("sent_date", "kpi_mail_required")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        if self._name != MAILING_MODEL:
            return super().write(vals)
        progress, state = self.env["mail.mailing.progress"], vals.get("state")
        if state == "done":
            for mailings, values in self._plan_end(vals):
                super(MailThread, mailings).write(values)
            return True
        if state == "in_queue":
            progress._start_again(self)
            progress._forget(self)
        started = state == "draft" and self.filtered(lambda one: one.state != "draft")
        result = super().write(vals)
        if started:
            progress._note(started, CANCELLED)
            progress._cancel_mails(started)
        if not vals.get("active", True):
            progress._cancel_mails(self)
            progress._settle(self)
        return result

    def unlink(self):
        if self._name != MAILING_MODEL:
            return super().unlink()
        self.env["mail.mailing.progress"]._cancel_mails(self)
        self.env["mail.mailing.progress"]._forget(self)
        return super().unlink()

    def _plan_end(self, vals):
        """Say what is to be written of mailings that are done, or go on.

        Those whose mails wait are not done yet.

        :param dict vals: of those that are done.
        :return: (mailings, values).
        """
        progress = self.env["mail.mailing.progress"]
        if get_call(self.env).makes_mailing:
            self -= progress._find(self, CANCELLED)  # while their mails were made
        waiting = progress._start_waiting(self, bool(vals.get("kpi_mail_required")))
        rest = {name: vals[name] for name in vals if name not in OF_THE_END}
        going_on = waiting.filtered(lambda one: one.state != "sending")
        if len(rest) > 1:
            going_on = waiting
        done = self - waiting
        ends = progress._get_end(done)
        progress._forget(done)
        return [
            (going_on, {**rest, "state": "sending", "sent_date": False}),
            *((mailing, {**vals, **end}) for mailing, end in ends.items()),
            (done.filtered(lambda one: one not in ends), vals),
        ]
