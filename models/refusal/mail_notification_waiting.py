# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.fields import Domain


class MailNotification(models.Model):
    # A file for each concern.
    _inherit = "mail.notification"  # pylint: disable=consider-merging-classes-inherited

    # No @api.depends, as postponed_until.
    postponed_kind = fields.Char(
        compute="_compute_postponed_kind",
        compute_sudo=True,
        help="Technical: what the email waits for, see waiting_kind of emails.",
    )

    def _compute_postponed_kind(self):
        unsent = self.filtered("postponed_until")
        waiting = self.env["mail.mail"].search_fetch(
            Domain("id", "in", unsent.mail_mail_id.ids), ["waiting_kind"]
        )
        kinds = {mail.id: mail.waiting_kind for mail in waiting}
        for notification in self:
            kind = notification in unsent and kinds.get(notification.mail_mail_id.id)
            notification.postponed_kind = kind

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), "postponed_kind"]
