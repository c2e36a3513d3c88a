# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A mail that Odoo has written as failed is back in the queue."""

from odoo import models

NO_FAILURE = {"failure_type": False, "failure_reason": False}


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _come_back(self):
        """Let a mail be in the queue again, as if it had not been tried."""
        self.write({"state": "outgoing", **NO_FAILURE})
        self._set_notifications("ready")

    def _set_notifications(self, status, reason=False, marks=None):
        """Write what the chatter shows of those who don't have the mail.

        :param str status: of ``mail.notification``.
        :param str reason: why, False where nothing has failed.
        :param dict marks: what the refusal means, see ``to_marks``.
        """
        if not self.is_notification:
            return
        self._get_unsent_notifications().write(
            {
                "notification_status": status,
                "failure_type": "unknown" if reason else False,
                "failure_reason": reason,
                **(marks or {}),
            }
        )
