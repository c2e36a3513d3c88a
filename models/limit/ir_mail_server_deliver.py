"""What leaves is counted: the outermost step of the way out."""

import functools

from odoo import api, models

from ..tools.carrier import carried
from .budget import Budget, watched
from .queue_cron import wake_queue_for_alarms
from .send_class import Demand
from .send_mark import is_visitor


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver_within_limits(self, smtp_session, message, smtp_from, smtp_to_list):
        """Deliver a message, and count the recipients that the server took.

        A mail of the queue brings its budget along; any other caller of
        ``send_email`` gets one for this message.

        :raises DailyLimitError: there is no room today.
        """
        deliver = functools.partial(
            self._deliver, smtp_session, message, smtp_from, smtp_to_list
        )
        budget = carried(self.env, Budget)
        if budget:
            return self._deliver_counted(budget, smtp_session, deliver, smtp_to_list)
        demand = Demand(visitor=is_visitor(self.env))
        limits = self._get_session_server(smtp_session)._get_send_limits(demand)
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            budget = Budget(ledger, limits)
            refused = self._deliver_counted(budget, smtp_session, deliver, smtp_to_list)
        if budget.crossed:
            wake_queue_for_alarms(self.env)
        return refused

    @api.model
    def _deliver_counted(self, budget, smtp_session, deliver, smtp_to_list):
        count = len(smtp_to_list)
        if refusal := budget.require(count):
            raise self._make_limit_error(self._explain_refused(refusal, count))
        with watched(smtp_session) as receipt:
            accepted = unknown = 0
            try:
                refused = deliver()
                accepted = count - len(receipt.refused)
            finally:
                if receipt.unknown:
                    unknown = count - len(receipt.refused)
                budget.settle(count, accepted, unknown)
        return refused
