# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a recipient's notification knows of a refusal, and how that is told."""

import logging

from odoo import models

from odoo.addons.mail.tools.discuss import Store

from ...mailauth.refusal.result import OF_RECIPIENT
from ..tools.after_delivery import never_raise
from .texts import NOBODY, get_actor
from .values import NOT_REFUSED, read_marks

_logger = logging.getLogger(__name__)

FAILED = ("bounce", "exception")


class MailNotification(models.Model):
    # A file for each concern.
    _name = "mail.notification"
    _inherit = ["mail.notification", "mail.refusal.marks"]

    def write(self, vals):
        """Change notifications; who has the mail has not refused it.

        Whose notification is canceled (*Ignore*) is not tried again.
        """
        status = vals.get("notification_status", FAILED[0])
        if status not in FAILED:
            vals = {**NOT_REFUSED, **vals}
        result = super().write(vals)
        if status == "canceled":
            self.env["mail.mail"].sudo()._leave_out_recipients(self.sudo())
        return result

    def format_failure_reason(self):
        """Say why a recipient has no mail, in words that tell who has to act."""
        self.check_access("read")
        if not self.env.su and not self.env.user._is_internal():
            return super().format_failure_reason()
        if told := self._tell_refusal(self.env.user):
            return f"{told['sentence']} {told['act']}".strip()
        return super().format_failure_reason()

    def _list_told_colleagues(self, reader):
        told = Store.Attr("refusal", lambda one: one._tell(one._tell_refusal, reader))
        return [*super()._list_told_colleagues(reader), told]

    def _tell(self, tell, reader):
        """Return what the web client is told, False where that fails.

        It is told after some recipients have got a mail.

        :param tell: the method whose answer it is, called with the reader.
        """
        with never_raise(_logger.exception, f"{self} is not explained"):
            return tell(reader)
        return False

    def _tell_refusal(self, reader):
        """Return what is told of a refusal, False where there was none.

        :param reader: the user who will read it, in their language, and with a link
            only where they may follow it; empty for many.
        :return: as ``mail.refusal._explain``.
        """
        notification = self.sudo()
        if notification.notification_status not in FAILED:
            return False
        known = read_marks(notification)
        if not known and not notification.mail_mail_id.may_have_arrived:
            return False
        # The link of one reader is not for all who look at a channel.
        refusals = self.env["mail.refusal"]._as_read_by(reader)
        if not known:
            text = refusals.env["mail.mail"]._explain_unknown()
            return {"sentence": text, "act": "", "link": False}
        server = notification.mail_mail_id.mail_server_id
        about = refusals._find_about(
            notification.mail_message_id, server, notification._get_receiver(known)
        )
        told = refusals._explain(known, about)
        if notification.postponed_until and get_actor(*known[:3]) == NOBODY:
            told["act"] = ""  # it is sent again by itself: twice, by who does so
        return told

    def _get_receiver(self, known):
        """Return the domain that has refused, "" where our own server may have.

        What comes back as a report was refused by others, and so is what only the
        recipient's server can know.
        """
        if self.notification_status != "bounce" and known.category not in OF_RECIPIENT:
            return ""
        address = self.res_partner_id.email_normalized or self.mail_email_address or ""
        return address.rpartition("@")[2]
