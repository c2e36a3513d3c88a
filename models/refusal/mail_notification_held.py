# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a reader is told of a notification that was held back, and can do about it."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.mail.tools.discuss import Store


class MailNotification(models.Model):
    # A file for each concern.
    _inherit = "mail.notification"  # pylint: disable=consider-merging-classes-inherited

    held_reason = fields.Char(
        compute="_compute_held_reason",
        compute_sudo=True,
        groups="base.group_user",
        help="Why nothing was sent to the recipient's address, which is suppressed.",
    )

    @api.depends_context("lang", "tz")
    def _compute_held_reason(self):
        """Read no more than that of the mails: they have the bodies."""
        failed = self.filtered(lambda one: one.notification_status == "exception")
        (self - failed).held_reason = False
        held = self.env["mail.mail"].search_fetch(
            [("id", "in", failed.mail_mail_id.ids), ("held_address_id", "!=", False)],
            ["held_address_id"],
        )
        addresses = {mail.id: mail.held_address_id for mail in held}
        for notification in failed:
            address = addresses.get(notification.mail_mail_id.id)
            notification.held_reason = address and address._explain()

    def _list_told_colleagues(self, reader):
        told = Store.Attr("held_reason", lambda one: one._tell(one._tell_held, reader))
        return [*super()._list_told_colleagues(reader), told]

    def _tell_held(self, reader):
        """Return ``held_reason`` in the words of its reader, who can do something."""
        if not reader:
            return False
        reader = reader.sudo()
        words = {"lang": reader.lang, "tz": reader.tz or "UTC"}
        return self.sudo().with_context(**words).held_reason

    # ------------------------------------------------------------
    # What can be done
    # ------------------------------------------------------------

    def action_send_held(self):
        """Send an email that was held back, this one time."""
        self._get_held()._let_go_held().send_after_commit()

    def action_release_held(self):
        """Release the address, and send the email that was held back for it."""
        mail = self._get_held()
        mail.held_address_id._release()
        mail._let_go_held().send_after_commit()

    def _get_held(self):
        """Return the mail that was held back, with all rights.

        :raises AccessError: the user is no colleague, is neither the author
            nor may post in the document.
        :raises UserError: it has gone meanwhile, or is gone.
        """
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._("Only colleagues can send emails again."))
        self.ensure_one().check_access("read")
        self.mail_message_id.check_access("write")
        mail = self.sudo().mail_mail_id
        if not mail.held_address_id or mail.state != "exception":
            raise UserError(self.env._("This email is not held back any more."))
        return mail
