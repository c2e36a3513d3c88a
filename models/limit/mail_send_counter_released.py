# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from .send_class import DATABASE


class MailSendCounter(models.Model):
    """Who has let emails go beyond the limit, beside how many went."""

    # A file for each concern.
    _inherit = "mail.send.counter"  # pylint: disable=consider-merging-classes-inherited

    released_by = fields.Char(
        string="Let Go By",
        compute="_compute_released_by",
        help="Who has let emails go beyond the limit on this day, and for how many "
        "recipients.",
    )

    def _compute_released_by(self):
        releases = self.env["mail.send.release"]._get_by_day(self.mapped("day"))
        for counter in self:
            mine = releases.get(counter.day) if counter.server_id == DATABASE else None
            counter.released_by = mine or False
