# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import dataclass

from odoo import models

from ..tools.host_names import fold


@dataclass(frozen=True)
class Relays:
    """By what our own servers send.

    :param providers: ids of ``mail.sending.provider``.
    :param addresses: that mails leave from.
    :param is_all: whether nothing tells them from others: the domain has no SPF record
        that names anybody.
    """

    providers: frozenset[int]
    addresses: frozenset[str]
    is_all: bool

    def has(self, service, address):
        """Whether our own servers hand mails to a service, or send from an address."""
        is_provider = bool(service) and service.key in self.providers
        return self.is_all or is_provider or address in self.addresses


class MailAliasDomain(models.Model):
    """What is known of our own sending, by which sources are recognized."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _find_own_relays(self):
        """Return the :class:`Relays` of the domain."""
        servers = self._get_outgoing_servers()
        return Relays(
            providers=frozenset(id_ for one in servers for id_ in one.provider.ids),
            addresses=frozenset(ip for one in servers for ip in one.addresses),
            is_all=not self._get_spf_networks(),
        )

    def _list_own_signers(self):
        """Return (domain, selector) of the keys that Odoo signs with, or has."""
        keys = self.env["mail.dkim.key"].sudo()
        mine = [("alias_domain_id", "in", self._get_namesakes().ids)]
        selectors = keys.search_fetch(mine, ["selector"]).mapped("selector")
        return {(fold(self.name), selector.lower()) for selector in selectors}
