# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import logging

from odoo import api, models
from odoo.exceptions import UserError

from ...mailauth.dns.resolver import DnsResolver
from .table import DNS_TIMEOUT, NAMESERVERS

_logger = logging.getLogger(__name__)


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

    @api.model
    def _ask_dns(self, ask, timeout=None):
        """Ask DNS, and return what it says.

        :param ask: called with the resolver; a coroutine function.
        :param timeout: see :meth:`_get_dns_resolver`.
        :return: None where nobody can ask: a parameter can't be read, or no more files
            can be opened. It is logged.
        """
        try:
            return asyncio.run(ask(self._get_dns_resolver(timeout)))
        except (UserError, OSError) as error:
            _logger.warning("DNS can't be asked: %s", error)
            return None
