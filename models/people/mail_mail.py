# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ..sender.batch import Batch
from ..tools.carrier import carried
from .relayed import Relayed


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _send_plainly(self, send):
        """Let it be known until the end who the mail has come from."""
        batch = carried(self.env, Batch)
        if batch is None or len(self) != 1:
            return super()._send_plainly(send)
        batch.set_part(Relayed())
        try:
            return super()._send_plainly(send)
        finally:
            batch.drop_part(Relayed)
