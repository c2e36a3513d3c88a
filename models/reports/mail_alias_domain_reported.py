# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ..tools.host_names import fold


class MailAliasDomain(models.Model):
    """Which email domains a report is about."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _find_reported(self, domains):
        """Return the email domains that reports on these domains concern.

        A policy holds for what is below it, so it may be published above an email
        domain, or by itself below one. Several email domains may have one name, those
        of several companies; drafts count as well.

        :param set domains: as reports name them.
        :return: {domain: records}, none where it is somebody else's.
        """
        every = Domain("active", "in", (True, False))
        by_name = defaultdict(self.browse)
        for record in self.sudo().search_fetch(every, ["name"]):
            by_name[fold(record.name)] |= record
        by_name.pop("", None)
        return {domain: _find(fold(domain), by_name) for domain in domains}


def _find(reported, by_name):
    """Return the records of a name, else of the nearest above it, else of all below."""
    labels = reported.split(".")
    for start in range(max(1, len(labels) - 1)):
        name = ".".join(labels[start:])
        if name in by_name:
            return by_name[name]
    below = [
        name for name in by_name if len(labels) > 1 and name.endswith(f".{reported}")
    ]
    found = by_name.default_factory()
    for name in below:
        found |= by_name[name]
    return found
