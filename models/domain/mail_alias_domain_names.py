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
        :return: ``host_name``, ``host_hint`` where it needs one, and ``host_other``:
            what may be typed where an empty name is refused.
        """
        zone = self.sudo().auth_zone or fold(self.name)
        if not full_name:
            return {}
        if full_name != zone:
            return {"host_name": full_name.removesuffix(f".{zone}")}
        host = self._get_dns_host()
        if not host:
            hint = self.env._(
                "for the domain itself; where @ is refused, leave the field empty"
            )
            return {"host_name": "@", "host_hint": hint}
        if host.apex_name:
            hint = self.env._("for the domain itself")
            return {"host_name": host.apex_name, "host_hint": hint}
        if host.apex_not_at:
            hint = self.env._(
                "leave the field empty: it is the domain itself (@ would be another "
                "name)"
            )
            return {"host_name": "", "host_hint": hint}
        hint = self.env._(
            "leave the field empty: it is the domain itself; where that is refused, "
            "type @"
        )
        return {"host_name": "", "host_hint": hint, "host_other": "@"}

    def _prepare_editor(self):
        """Return ``editor_url`` and ``editor_text``: where the records are edited."""
        host = self._get_dns_host()
        url = host._get_editor_url(self.sudo().auth_zone or fold(self.name))
        if not url:
            return {}
        text = self.env._("Open %(host)s", host=host.name)
        return {"editor_url": url, "editor_text": text}
