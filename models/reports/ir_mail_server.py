# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, models

from ..refusal.attempt import SENT, get_attempt
from ..tools.after_delivery import never_raise
from .leaving import Leaving, get_leaving

_logger = logging.getLogger(__name__)


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Count what the server has taken: reports will say how it fared."""
        refused = super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        # It has left: what goes wrong from now on sends nothing twice.
        with never_raise(_logger.warning, "What has left is not counted by receiver"):
            self._note_leaving(message, smtp_to_list, refused)
        return refused

    @api.model
    def _note_leaving(self, message, recipients, refused):
        attempt = get_attempt(self.env)
        sent = attempt is None or attempt.current is None
        if not (sent or attempt.current.outcome == SENT) or isinstance(message, bytes):
            return
        known = refused if isinstance(refused, dict) else {}
        leaving = get_leaving(self.env)
        alone = leaving or Leaving()
        taken = [one for one in recipients if one not in known]
        alone.note(str(message["From"] or ""), taken)
        if leaving is None:  # somebody sends without a mail
            self.env["mail.dmarc.sent"]._add(alone.counts)
