# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a report has said of a recipient who has not refused."""

from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store

REPORTS = [
    ("delayed", "Delayed"),
    ("relayed", "Passed On"),
    ("expanded", "Passed On to a List"),
    ("delivered", "Arrived"),
    ("complaint", "Marked as Spam"),
]


class MailNotification(models.Model):
    # A file for each concern.
    _inherit = "mail.notification"  # pylint: disable=consider-merging-classes-inherited

    delivery_report = fields.Selection(
        REPORTS,
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="What the receiving servers have reported of an email that has left.",
    )
    delivery_reported_on = fields.Datetime(
        readonly=True, copy=False, groups="base.group_user"
    )

    def _note_report(self, action):
        """Keep what became of emails; one that has failed stays failed.

        :param str action: one of :data:`REPORTS`.
        """
        told = self.filtered(lambda one: one.notification_status != "bounce")
        if action == "delayed":
            # Reports may overtake each other.
            told = told.filtered(lambda one: one.delivery_report in (False, "delayed"))
        told.write(
            {
                "delivery_report": action,
                "delivery_reported_on": fields.Datetime.now(),
            }
        )

    def _list_told_colleagues(self, reader):
        return [
            *super()._list_told_colleagues(reader),
            Store.Attr("delivery_report", sudo=True),
        ]
