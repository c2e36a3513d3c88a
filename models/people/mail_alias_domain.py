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
        before = self._list_alignments()
        changes = super()._store_findings(audit, watching, looking)
        after = self._list_alignments()
        if any(before.get(subject) != told for subject, told in after.items()):
            what = f"Senders of {self.name} are not judged anew"
            with never_raise(_logger.warning, what), in_time(self.env):
                domain = fold_address(self.name)
                self.env["mail.sender.domain"]._forget(domain)
                self.env["mail.sender.address"].sudo()._mark_stale(domain)
        return changes

    def _list_alignments(self):
        """Return what is known of how mails pass by each server, silences left out."""
        rows = self.auth_check_ids.filtered(
            lambda row: row.code == "dmarc_alignment" and row.status != "temperror"
        )
        return {row.subject: (row.status, row.reasons) for row in rows}
