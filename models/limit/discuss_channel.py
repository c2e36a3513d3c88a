# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.exceptions import UserError

from .budget import DailyLimitError


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def invite_by_email(self, emails):
        """Say that there is no room: Odoo asks to check the configuration.

        :raises DailyLimitError: there is no room for all; nobody was invited.
        """
        try:
            return super().invite_by_email(emails)
        except UserError as error:
            if isinstance(error.__cause__, DailyLimitError):
                raise error.__cause__ from None
            raise
