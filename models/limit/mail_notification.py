# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    # No @api.depends: it is read when messages are shown, and would cost something
    # whenever a mail changes.
    postponed_until = fields.Datetime(
        compute="_compute_postponed_until",
        compute_sudo=True,
        help="When the email goes that waits for a daily limit.",
    )

    def _compute_postponed_until(self):
        for notification in self:
            mail = notification.mail_mail_id
            waits = (
                notification.notification_status == "ready"
                and mail.state == "outgoing"
                and mail.waiting_kind
            )
            notification.postponed_until = waits and mail.scheduled_date

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), "postponed_until"]
