# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import functools

from odoo import models

from ...mailauth.dns.authority import NO_ZONE, pick_reachable
from ...mailauth.domain.audit import Network, audit_domain, audit_sparingly
from ...mailauth.mta_sts import fetch_policy
from ..parameters.table import NAMESERVERS


class MailAliasDomain(models.Model):
    """Asking DNS: what is needed is read before, and nothing is written."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _audit(self, **supposed):
        """Return the :class:`Audit` of the domain; reads only, writes nothing.

        Somebody waits for it who may be about to publish what is missing.

        :param supposed: see :meth:`_prepare_audit`.
        """
        self.ensure_one()
        supposed = {"known_zone": NO_ZONE, **supposed}
        return asyncio.run(self.sudo()._prepare_audit(**supposed))

    def _prepare_audit(
        self,
        servers=None,
        report_address=None,
        activating=False,
        used=False,
        known_zone=None,
    ):
        """Read what is needed, and return the coroutine that asks DNS.

        The coroutine touches neither records nor the cursor. What is about to be
        written can be supposed, since nothing may be written before DNS has answered.

        :param servers: how mails will leave, None: as they leave now.
        :param report_address: where reports will go, None: where they go now.
        :param activating: whether the audit shall find a key that may sign, and judge
            as it will be once it does.
        :param used: whether a company will use the domain that may not use it yet.
        :param known_zone: a :class:`Zone`, empty for an unknown one, where its own
            servers shall be asked first, and the resolver only for what they have.
        """
        if servers is None:
            servers = self._get_outgoing_servers()
        ask = audit_domain
        if known_zone is not None:
            ask = functools.partial(audit_sparingly, zone=known_zone)
        return ask(
            self.name,
            self._prepare_facts_later(servers, report_address, used),
            self._get_guessed_hosts(servers),
            self.env["ir.config_parameter"]._get_dns_resolver(),
            self._get_network(),
            activating=activating,
        )

    def _get_network(self):
        """Return what may be reached besides the resolver; see :class:`Network`."""
        named = self.env["ir.config_parameter"]._get_value(NAMESERVERS)
        return Network(pick_reachable(named), fetch_policy)
