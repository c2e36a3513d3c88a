# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class MailTestMessage(models.Model):
    """Taking what comes back, before Odoo routes it."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _take_inbound(self, message):
        """See :mod:`..inbound.takers`."""
        return False
