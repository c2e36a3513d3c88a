# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..sender.batch import Batch
from ..tools.carrier import carried
from .witness import Witness


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Look at a test message while it leaves."""
        batch = carried(self.env, Batch)
        witness = batch and batch.get_part(Witness)
        if not witness:
            return super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        with witness.watch(smtp_session, smtp_from):
            return super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
