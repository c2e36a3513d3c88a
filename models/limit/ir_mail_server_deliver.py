# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What leaves is counted: the outermost step of the way out."""

from contextlib import contextmanager

from odoo import api, models

from ..sender.session_facts import get_facts
from .budget import Budget, Delivery
from .queue_cron import wake_queue_for_alarms
from .send_class import Demand
from .send_mark import is_visitor
from .sending import get_sending


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Let a message leave if there is room, and count what the server took.

        :raises DailyLimitError: there is no room today.
        """
        count = len(smtp_to_list)
        message_id = None if isinstance(message, bytes) else message["Message-Id"]
        with self._open_budget(smtp_session) as budget:
            if refusal := budget.require(count):
                raise self._make_limit_error(self._explain_refused(refusal, count))
            with Delivery(budget, count, message_id) as delivery:
                refused = super()._deliver(
                    smtp_session, message, smtp_from, smtp_to_list
                )
                delivery.note(refused)
        return refused

    @contextmanager
    def _open_budget(self, smtp_session):
        """Yield the budget that the batch of a session has.

        Any other caller of ``send_email`` gets one for this message.
        """
        budget = get_facts(smtp_session).get_part(Budget)
        if budget is not None:
            yield budget
            return
        sending = get_sending(self.env)
        if sending and sending.budget:
            # The mail leaves through another session than it is reserved for.
            sending.budget.release_unused()
        demand = Demand(visitor=is_visitor(self.env))
        limits = self._get_session_server(smtp_session)._get_send_limits(demand)
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            budget = Budget(ledger, limits)
            yield budget
        if budget.crossed:
            wake_queue_for_alarms(self.env)
