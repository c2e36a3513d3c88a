# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _check_soon(self):
        """Have domains checked whose emails were refused: DNS may have changed."""
        for domain in self.sudo():
            domain.auth_next_check = fields.Datetime.now()
        if self:
            self.env.ref(
                "mail_deliverability.mail_alias_domain_cron_check"
            ).sudo()._trigger()
