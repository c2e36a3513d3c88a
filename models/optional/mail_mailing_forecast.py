# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How long a mass mailing takes, before it is sent and while its mails wait."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..limit.pace import forecast
from ..limit.send_class import BULK, Demand, forget_today


class MailMailingProgress(models.Model):
    # A file for each concern.
    _inherit = "mail.mailing.progress"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _foresee_rest(self, mailing, last_id):
        """Return how long it takes until the last mail of a mailing has left.

        What each mail has as its date says so for some days only.

        :param mailing: ``mailing.mailing``.
        :param int last_id: of its mails that wait.
        :rtype: Forecast
        """
        count = self._count_bulk(Domain("id", "<=", last_id))
        return self._foresee(mailing, count, fields.Datetime.now())

    @api.model
    def _count_bulk(self, domain=Domain.TRUE):
        """Return how many mails of mass mailings wait, whichever these are."""
        mails = self.env["mail.mail"].sudo()
        waiting = Domain("state", "=", "outgoing") & Domain("send_class", "=", BULK)
        return mails.search_count(waiting & domain)

    @api.model
    def _foresee(self, mailing, count, begin):
        """Return how long it takes until mails of mass mailings have left.

        :param mailing: ``mailing.mailing``, whose limits they keep to.
        :param int count: their recipients.
        :param datetime begin: when they may leave, UTC.
        :rtype: Forecast
        """
        counters = self.env["mail.send.counter"].sudo()
        usage, reset = counters._get_usage(), counters._get_next_reset()
        if begin >= reset:
            usage = forget_today(usage)
            reset += timedelta(days=1 + (begin - reset).days)
        limits = self._get_limits(mailing)
        return forecast(count, limits, usage, begin, reset)

    @api.model
    def _get_limits(self, mailing):
        """Return the limits that the mails of a mailing have to keep to."""
        if server := mailing.sudo().mail_server_id:
            return server._get_send_limits(Demand(BULK))
        return self.env["ir.mail_server"]._get_common_limits(Demand(BULK))
