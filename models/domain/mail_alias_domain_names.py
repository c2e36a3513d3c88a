# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the names of a domain's records are where its DNS is hosted."""

from odoo import models

from ..tools.host_names import fold


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _get_dns_host(self):
        """Return who hosts the zone, empty where several share its nameservers."""
        hosts = self.dns_provider_ids
        return hosts if len(hosts) == 1 else hosts.browse()

    def _prepare_host_name(self, full_name):
        """Return a record's name as the DNS host wants it typed.

        :param full_name: without the dot at the end.
        :return: ``host_name``, and ``host_hint`` where it needs one.
        """
        zone = self.sudo().auth_zone or fold(self.name)
        if not full_name:
            return {}
        if full_name != zone:
            return {"host_name": full_name.removesuffix(f".{zone}")}
        host = self._get_dns_host()
        name = host.apex_name if host else "@"
        hint = self.env._("for the domain itself")
        if not name:
            hint = self.env._("leave the field empty: it is the domain itself")
        return {"host_name": name, "host_hint": hint}
