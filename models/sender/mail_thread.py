# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_thread_by_email(
        self, message, recipients_data, *, msg_vals=False, **options
    ):
        """Mails may wait in the queue now: ask meanwhile what their author wants."""
        result = super()._notify_thread_by_email(
            message, recipients_data, msg_vals=msg_vals, **options
        )
        if any(recipient["notif"] == "email" for recipient in recipients_data):
            author = (msg_vals or {}).get("email_from") or message.sudo().email_from
            self.env["mail.author.policy"]._note_author(author)
        return result
