# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ...mailauth.dns.resolver import DnsResolver
from .table import DNS_TIMEOUT, NAMESERVERS


class IrConfigParameter(models.Model):
    """What asks DNS, as the parameters say."""

    # A file for each concern.
    _inherit = "ir.config_parameter"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_dns_resolver(self, timeout=None):
        """Return what asks DNS.

        :param timeout: seconds for one question; None: mail_deliverability.dns_timeout.
        :rtype: DnsResolver
        :raises UserError: one of them can't be read: from before the installation.
        """
        nameservers = self._get_value(NAMESERVERS)
        if timeout is None:
            timeout = self._get_value(DNS_TIMEOUT)
        return DnsResolver(nameservers, timeout)
