# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An address that writes works: it is released."""

import logging

from odoo import api, models, tools

from ..tools.after_delivery import never_raise

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    # A file for each concern.
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _routing_reset_bounce(self, email_message, message_dict):
        """Release the address that a message comes from, as Odoo forgets its bounces.

        From can be forged: then one more email is tried, which is refused as before.
        Proof would cost more than that, and many small domains could not give any.
        """
        result = super()._routing_reset_bounce(email_message, message_dict)
        email = tools.email_normalize(message_dict.get("email_from") or "")
        what = "An address that has written is not released"
        if email:
            with never_raise(_logger.warning, what), self.env.cr.savepoint():
                self.env["mail.suppressed.address"]._release_email(email)
        return result
