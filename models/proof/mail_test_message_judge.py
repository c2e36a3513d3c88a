# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class MailTestMessage(models.Model):
    """Judging what came back."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _cron_judge(self):
        """Judge what came back, and end what is not back after a day."""

    def _judge(self):
        """Ask DNS about the message, and store the verdict."""
