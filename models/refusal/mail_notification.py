# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a recipient's notification knows of a refusal, and how that is told."""

from odoo import fields, models

from .values import BLAMES, CATEGORIES, NOT_REFUSED, list_providers

FAILED = ("bounce", "exception")


class MailNotification(models.Model):
    # A file for each concern.
    _inherit = "mail.notification"  # pylint: disable=consider-merging-classes-inherited

    refusal_category = fields.Selection(
        CATEGORIES, string="Refused Because", readonly=True, copy=False
    )
    refusal_blame = fields.Selection(
        BLAMES, string="Refusal Due To", readonly=True, copy=False
    )
    refusal_advice = fields.Char(
        readonly=True, copy=False, help="Technical: the code of what to do."
    )
    refusal_provider = fields.Selection(
        lambda self: list_providers(),
        string="Refused By",
        readonly=True,
        copy=False,
    )

    def write(self, vals):
        """Change notifications; who has the mail has not refused it."""
        if vals.get("notification_status", FAILED[0]) not in FAILED:
            vals = {**NOT_REFUSED, **vals}
        return super().write(vals)
