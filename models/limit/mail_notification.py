# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.mail.tools.discuss import Store

# What has failed may be tried again by itself.
NOT_SENT = ("ready", "exception")


class MailNotification(models.Model):
    _inherit = "mail.notification"

    # No @api.depends: it is read when messages are shown, and would cost something
    # whenever a mail changes.
    postponed_until = fields.Datetime(
        compute="_compute_postponed_until",
        compute_sudo=True,
        groups="base.group_user",
        help="When the email goes that waits for a daily limit, or for a server.",
    )
    postponed_kind = fields.Char(
        compute="_compute_postponed_until",
        compute_sudo=True,
        groups="base.group_user",
        help="Technical: what it waits for, see waiting_kind of emails.",
    )

    def _compute_postponed_until(self):
        """Read no more of the mails than that: they have the bodies."""
        unsent = self.filtered(lambda one: one.notification_status in NOT_SENT)
        waiting = self.env["mail.mail"].search_fetch(
            Domain("id", "in", unsent.mail_mail_id.ids)
            & Domain("state", "=", "outgoing")
            & Domain("waiting_kind", "!=", False),
            ["scheduled_date", "waiting_kind"],
        )
        waits = {mail.id: (mail.scheduled_date, mail.waiting_kind) for mail in waiting}
        for notification in self:
            mail_id = notification in unsent and notification.mail_mail_id.id
            until, kind = waits.get(mail_id, (False, False))
            notification.postponed_until, notification.postponed_kind = until, kind

    def _filtered_for_web_client(self):
        """Let those of all messages be read at once, as they were before the filter."""
        found = super()._filtered_for_web_client()
        return found.with_prefetch(self._prefetch_ids)

    def _to_store_defaults(self, target):
        """Tell colleagues more than others: whose addresses work, and when they get it.

        Odoo tells an author of what has failed, whoever he is.
        """
        told = super()._to_store_defaults(target)
        if not target.is_internal(self.env):
            return told
        return [*told, *self._list_told_colleagues(target.get_user(self.env))]

    def _list_told_colleagues(self, reader):
        """Return the fields of the web client that only colleagues get.

        :param reader: the user who will read them; empty for many.
        """
        return [
            Store.Attr("postponed_until", sudo=True),
            Store.Attr("postponed_kind", sudo=True),
        ]
