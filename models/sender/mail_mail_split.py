# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A mail for some of the recipients of another, with all that hangs on them."""

from odoo import fields, models, tools

from ..optional.mass_mailing import hand_over_traces


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _split_off(self, partners, addresses, rest):
        """Move recipients to a mail of their own, for the same message.

        Their notifications and mailing traces go along.

        :param partners: ``res.partner``, those that move.
        :param dict addresses: email_to and email_cc of the new mail.
        :param dict rest: email_to and email_cc of this one from now on.
        :return: the new mail.
        """
        self.ensure_one()
        part = self._copy_for(partners, addresses)
        unlink = [fields.Command.unlink(partner.id) for partner in partners]
        self.write({**rest, "recipient_ids": unlink})
        self._hand_over_notifications(part, partners)
        hand_over_traces(self, part, self._list_emails())
        return part

    def _copy_for(self, partners, addresses):
        values = {
            "headers": self.headers,
            "is_notification": self.is_notification,
            "mail_message_id": self.mail_message_id.id,
            "recipient_ids": [fields.Command.set(partners.ids)],
            "scheduled_date": False,
            **addresses,
        }
        return self.browse(self.with_user(self.create_uid).sudo().copy(values).id)

    def _hand_over_notifications(self, part, partners):
        """Let the notifications of those who have moved belong to their mail."""
        moved = part.email_to or part.email_cc
        stay = _normalize([self.email_to, self.email_cc])
        notifications = self.env["mail.notification"].sudo()
        notifications.search([("mail_mail_id", "=", self.id)]).filtered(
            lambda one: (
                one.res_partner_id in partners
                if one.res_partner_id
                else moved and one.mail_email_address not in stay
            )
        ).mail_mail_id = part

    def _list_emails(self):
        """Return the addresses of all who get the mail, normalized.

        :rtype: set[str]
        """
        partners = self.sudo().recipient_ids
        return _normalize([self.email_to, self.email_cc, *partners.mapped("email")])


def _normalize(texts):
    return {
        email for text in texts for email in tools.mail.email_normalize_all(text or "")
    }
