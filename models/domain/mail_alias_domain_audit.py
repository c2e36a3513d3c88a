import asyncio
from dataclasses import replace

from odoo import models

from ...mailauth.dns.authority import pick_reachable
from ...mailauth.domain.audit import Network, audit_domain
from ...mailauth.mta_sts import fetch_policy
from ..parameters.table import NAMESERVERS


class MailAliasDomain(models.Model):
    """Asking DNS: what is needed is read before, and nothing is written."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _audit(self, **supposed):
        """Return the :class:`Audit` of the domain; reads only, writes nothing.

        :param supposed: see :meth:`_prepare_audit`.
        """
        self.ensure_one()
        return asyncio.run(self.sudo()._prepare_audit(**supposed))

    def _prepare_audit(self, servers=None, report_address=None, active_key=None):
        """Read what is needed, and return the coroutine that asks DNS.

        The coroutine touches neither records nor the cursor. What is about to be
        written can be supposed, since nothing may be written before DNS has answered.

        :param servers: how mails will leave, None: as they leave now.
        :param report_address: where reports will go, None: where they go now.
        :param active_key: the ``mail.dkim.key`` that will sign, None: as now.
        """
        if servers is None:
            servers = self._get_outgoing_servers()
        return audit_domain(
            self.name,
            _suppose_key(
                self._prepare_facts_later(servers, report_address),
                active_key._prepare_signing_keys()[0] if active_key else None,
            ),
            self._get_guessed_hosts(servers),
            self.env["ir.config_parameter"]._get_dns_resolver(),
            self._get_network(),
        )

    def _get_network(self):
        """Return what may be reached besides the resolver; see :class:`Network`."""
        named = self.env["ir.config_parameter"]._get_value(NAMESERVERS)
        return Network(pick_reachable(named), fetch_policy)


def _suppose_key(prepare_facts, supposed):
    """Return what makes the same facts, with one of its keys as active."""
    if supposed is None:
        return prepare_facts

    def prepare(guesses):
        facts = prepare_facts(guesses)
        keys = (
            replace(key, active=True) if key == supposed else key for key in facts.keys
        )
        return replace(facts, keys=tuple(keys))

    return prepare
