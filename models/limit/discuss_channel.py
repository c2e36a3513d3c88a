# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from .budget import show_limit_error


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def invite_by_email(self, emails):
        """Invite all or nobody.

        :raises DailyLimitError: there is no room for all.
        """
        with show_limit_error():
            return super().invite_by_email(emails)
