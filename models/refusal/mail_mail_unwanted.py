# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What nobody wants any more is not tried again: *Ignore* in the chatter, *Cancel*."""

from odoo import api, fields, models

from ...mailauth.from_filter import fold_address
from .mail_mail_held import NO_FAILURE
from .mail_mail_pause import HELD_KINDS


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _leave_out_recipients(self, notifications):
        """Take recipients off mails that are tried again; without any, it is canceled.

        :param notifications: ``mail.notification`` of the recipients.
        """
        tried_again = notifications.mail_mail_id._list_tried_again()
        for mail, unwanted in notifications.grouped("mail_mail_id").items():
            if mail in tried_again:
                rest = mail._prepare_rest(unwanted)
                partners = mail.recipient_ids - unwanted.res_partner_id
                is_left = partners or rest["email_to"] or rest["email_cc"]
                mail.write(rest if is_left else {"state": "cancel"})

    def _list_tried_again(self):
        """Return the mails that are in the queue since they did not leave at first."""
        self.fetch(["state", "waiting_kind", "retry_since"])  # without the bodies
        return self.filtered(
            lambda mail: (
                mail.state == "outgoing"
                and (mail.waiting_kind in HELD_KINDS or mail.retry_since)
            )
        )

    def _prepare_rest(self, notifications):
        """Return the recipients of a mail without those of some notifications."""
        emails = notifications.filtered("mail_email_address")
        addresses = {fold_address(one) for one in emails.mapped("mail_email_address")}
        gone = self.recipient_ids & notifications.res_partner_id
        rest = {name: self[name] for name in ("email_to", "email_cc")}
        if addresses:
            rest = {
                name: self._pick_addresses(text, addresses, others=True)
                for name, text in rest.items()
            }
        return {
            "recipient_ids": [fields.Command.unlink(one.id) for one in gone],
            **rest,
        }

    def write(self, vals):
        """Change mails; of one that is canceled nobody is told that it waits."""
        unwanted = self.browse()
        if vals.get("state") == "cancel":
            unwanted = self.sudo()._list_tried_again().filtered("is_notification")
        result = super().write(vals)
        if unwanted:
            waiting = unwanted._get_unsent_notifications()
            waiting.write({"notification_status": "canceled", **NO_FAILURE})
            unwanted._tell_chatter()
        return result

    def mark_outgoing(self):
        """Send mails again; the notifications that were canceled with them are back."""
        self.check_access("write")
        canceled = self.sudo().filtered(lambda mail: mail.state == "cancel")
        result = super().mark_outgoing()
        if canceled:
            canceled._get_canceled_notifications().write(
                {"notification_status": "ready"}
            )
        return result

    def _get_canceled_notifications(self):
        """Return those of recipients whom the mails still go to (with sudo)."""
        return self._search_notifications("=", "canceled").filtered(
            lambda one: (
                not one.res_partner_id
                or one.res_partner_id in one.mail_mail_id.recipient_ids
            )
        )
