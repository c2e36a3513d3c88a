# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from ..tools.wake import wake_cron

CHECK_CRON = "mail_deliverability.mail_alias_domain_cron_check"


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _list_notes(self):
        """Name the servers that mails of the domain leave by, and lose their login."""
        notes = super()._list_notes()
        servers = self.sudo()._get_sending_servers()
        losing = servers._list_losing_password()
        if not losing and self.sudo()._uses_configuration_file():
            losing = servers.browse()._list_losing_password()
        if losing:
            notes.append(
                {
                    "key": "password",
                    "title": self.env._("Passwords for sending end"),
                    "text": servers._get_password_note(),
                    "servers": losing,
                }
            )
        return notes

    def _check_soon(self):
        """Have domains checked whose emails were refused: DNS may have changed."""
        if self:
            self.sudo().auth_next_check = fields.Datetime.now()
            wake_cron(self.env, CHECK_CRON)
