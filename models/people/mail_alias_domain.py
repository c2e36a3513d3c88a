# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import models

from ...mailauth.from_filter import fold_address
from ..tools.after_delivery import never_raise
from ..tools.apart import in_time

_logger = logging.getLogger(__name__)


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _store_findings(self, audit, watching, looking):
        """Let the senders of the domain be judged anew where their mails pass by now.

        Or no longer: who has published a record looks at the list next.
        """
        changes = super()._store_findings(audit, watching, looking)
        kinds = {
            one["key"][0]
            for one in changes
            if one["is_news"] and one["values"]["new_status"] != "temperror"
        }
        if "dmarc_alignment" in kinds:
            what = f"Senders of {self.name} are not judged anew"
            with never_raise(_logger.warning, what), in_time(self.env):
                self.env["mail.sender.domain"]._forget(fold_address(self.name))
        return changes
