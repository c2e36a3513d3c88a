# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ...mailauth.mailbox import parse_mailbox
from .relayed import QUARANTINED, get_relayed


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    def _decide_sender(self, author, smtp_session):
        """Note who the mail that is being sent comes from."""
        decision = super()._decide_sender(author, smtp_session)
        relayed = get_relayed(self.env)
        if relayed and decision and decision.encapsulated:
            reason = decision.reason
            if reason == "policy_enforced":
                # Already known: it has just decided.
                policy = self._get_author_policy(decision.author_domain)
                reason = QUARANTINED if policy == "quarantine" else reason
            relayed.note(parse_mailbox(decision.header_from).address, reason)
        return decision
