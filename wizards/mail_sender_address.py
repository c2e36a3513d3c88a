# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.exceptions import UserError

from ..models.people.remedy import MOST


class MailSenderAddress(models.Model):
    """The buttons that open the dialog of a remedy."""

    _inherit = "mail.sender.address"

    def action_prepare_address(self):
        """Propose each user an address of the company's domain."""
        return self._open_remedy("address")

    def action_prepare_inbox(self):
        """Propose that users read their notifications in Odoo."""
        return self._open_remedy("inbox")

    def action_prepare_default(self):
        """Propose companies and templates to send as the default address."""
        return self._open_remedy("default")

    def action_prepare_filter(self):
        """Propose to add domains to the filters of the servers."""
        return self._open_remedy("filter")

    def _open_remedy(self, kind):
        """Open the dialog that says what a remedy changes, for whom.

        :raises UserError: it can be done for none of them, or they are too many.
        """
        self.check_access("read")
        steps = self._prepare_remedy(kind)
        if not steps:
            raise UserError(self._explain_nothing(kind))
        if len(steps) > MOST:
            raise UserError(
                self.env._(
                    "These are %(count)s. Choose %(most)s at most.",
                    count=len(steps),
                    most=MOST,
                )
            )
        return self.env["mail.sender.remedy"]._open(kind, self, steps)

    def _explain_nothing(self, kind):
        return {
            "address": self.env._("Choose users: only they can get another address."),
            "inbox": self.env._("Choose users: only they have notifications."),
            "default": self.env._(
                "Choose companies or templates: only their sender can be replaced."
            ),
            "filter": self.env._(
                "Choose addresses that are sent under another one because a server's "
                "filter does not include them."
            ),
        }[kind]
