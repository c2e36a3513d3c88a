# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..parameters.table import (
    DAILY_LIMIT,
    DAILY_LIMIT_PUBLIC,
    DAILY_LIMIT_RESERVE,
    DAILY_LIMIT_RESET_HOUR,
    DAILY_LIMIT_URGENT,
)
from .queue_cron import wake_queue_for_open_alarms

# Mails that wait for a limit may go when one of these changes.
LIMITS = {
    DAILY_LIMIT.key,
    DAILY_LIMIT_PUBLIC.key,
    DAILY_LIMIT_RESERVE.key,
    DAILY_LIMIT_RESET_HOUR.key,
    DAILY_LIMIT_URGENT.key,
}


class IrConfigParameter(models.Model):
    """Mails follow the limits that the parameters set."""

    # A file for each concern.
    _inherit = "ir.config_parameter"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _on_changed(self, keys):
        result = super()._on_changed(keys)
        if not LIMITS.isdisjoint(keys):
            self.env["mail.mail"]._limits_changed()
        if DAILY_LIMIT_RESET_HOUR.key in keys:
            self.env["mail.mail"]._reset_hour_changed()
        if not LIMITS.isdisjoint(keys):
            wake_queue_for_open_alarms(self.env)
        return result
