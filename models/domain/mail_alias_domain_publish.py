# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ...mailauth.domain.publish import list_records
from ..tools.host_names import fold


class MailAliasDomain(models.Model):
    """The records to publish, by what the last check saw."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _get_records_to_publish(self, servers):
        """Return each :class:`RecordToPublish` of the domain.

        Made from the rows of its checks, which hold codes and values: nothing is parsed
        from a sentence, and a key or server that came since is taken as it is now.

        :param servers: of :meth:`_get_outgoing_servers`.
        """
        self.ensure_one()
        facts = self._prepare_facts_later(servers)({})
        checks = self.auth_check_ids
        pending = {(row.code, row.subject or "") for row in checks if row.pending}
        return list_records(fold(self.name), facts, checks._read_findings(), pending)
