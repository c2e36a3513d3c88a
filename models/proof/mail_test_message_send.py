# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class MailTestMessage(models.Model):
    """Sending a test."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def action_send(self):
        """Send the test, now; what comes of it stands in its state.

        :return: True, for the button.
        """
        self._check_may_test()
        return True
