# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, models

from ..tools.after_delivery import never_raise

_logger = logging.getLogger(__name__)


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _notifydb(self):
        """Tell the workers of scheduled actions that one is due, if that is possible.

        Odoo does so after the commit, over one more connection. Where there is none,
        whoever has caused it would be told of a failure though all is written: a batch
        of mails, or an administrator who has raised a limit. The workers look by
        themselves once a minute.
        """
        with never_raise(_logger.warning, "Scheduled actions are not woken at once"):
            return super()._notifydb()
