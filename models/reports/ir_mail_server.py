# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..refusal.attempt import SENT, get_attempt
from .leaving import Leaving, get_leaving


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Count what the server has taken: reports will say how it fared."""
        refused = super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        attempt = get_attempt(self.env)
        sent = attempt is None or attempt.current is None
        if (sent or attempt.current.outcome == SENT) and not isinstance(message, bytes):
            known = refused if isinstance(refused, dict) else {}
            leaving = get_leaving(self.env)
            alone = leaving or Leaving()
            taken = [one for one in smtp_to_list if one not in known]
            alone.note(str(message["From"] or ""), taken)
            if leaving is None:  # somebody sends without a mail
                self.env["mail.dmarc.sent"]._add(alone.counts)
        return refused
