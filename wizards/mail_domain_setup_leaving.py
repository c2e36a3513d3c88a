# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..mailauth.address import split_address
from ..mailauth.dns.names import display_name
from ..mailauth.from_filter import fold_address, split_filter
from ..models.parameters.table import DAILY_LIMIT, DEFAULT_FROM_FILTER

A_DAY = 10  # recipients that one person may easily write to


class MailDomainSetup(models.TransientModel):
    """What keeps the mails of the domain from leaving: filters, and limits."""

    # A file for each concern.
    _inherit = "mail.domain.setup"  # pylint: disable=consider-merging-classes-inherited

    filter_hint = fields.Text(compute="_compute_leaving")
    can_extend_filter = fields.Boolean(compute="_compute_leaving")
    limit_hint = fields.Text(compute="_compute_leaving")
    can_use_limit = fields.Boolean(compute="_compute_leaving")

    @api.depends("domain_name", "company_id", "alias_domain_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_leaving(self):
        for setup in self:
            domain = setup._get_domain()
            servers = domain._get_outgoing_servers() if domain else []
            excluding = [one for one in servers if _excludes(one, domain)]
            hints = [setup._explain_filter(one, domain) for one in excluding]
            setup.filter_hint = "\n".join(hints)
            setup.can_extend_filter = any(map(setup._may_extend, excluding))
            limited = setup._list_limited(servers)
            setup.limit_hint = bool(servers) and "\n".join(
                setup._explain_limits(limited)
            )
            setup.can_use_limit = bool(limited)

    # ------------------------------------------------------------
    # The servers' filters
    # ------------------------------------------------------------

    def _may_extend(self, server):
        """Whether the filter of a server is one that the domain can be added to."""
        if server.record:
            return not _is_mailbox(server)
        # What odoo.conf says nobody changes from here.
        return bool(
            self.env["ir.config_parameter"]._get_stored(DEFAULT_FROM_FILTER.key)
        )

    def _explain_filter(self, server, domain):
        words = {
            "server": server.name,
            "filter": ", ".join(split_filter(server.get_filter())),
            "domain": display_name(domain.name),
            "provider": server.provider.name or server.host,
        }
        said = self.env._(
            "%(server)s may send only for %(filter)s (its FROM Filtering): mails of "
            "%(domain)s would leave in another name.",
            **words,
        )
        if self._may_extend(server):
            return said
        if server.record:
            why = self.env._(
                "It is one mailbox, and %(provider)s lets it send in no other name: "
                "%(domain)s needs an outgoing server of its own.",
                **words,
            )
        else:
            why = self.env._(
                "Add the domain to from_filter in Odoo's configuration file."
            )
        return f"{said} {why}"

    def action_extend_filter(self):
        """Let the servers send for the domain, too.

        :raises AccessError: the company is not chosen at the top.
        """
        self.ensure_one()
        self._check_name()
        self._check_company()
        domain = self._get_domain()
        for server in domain._get_outgoing_servers():
            if _excludes(server, domain) and self._may_extend(server):
                text = ",".join([*split_filter(server.get_filter()), domain.name])
                if server.record:
                    server.record.with_env(self.env).from_filter = text
                else:
                    parameters = self.env["ir.config_parameter"]
                    parameters.set_param(DEFAULT_FROM_FILTER.key, text)
        self.invalidate_recordset()
        return True

    # ------------------------------------------------------------
    # Their daily limits
    # ------------------------------------------------------------

    def _list_limited(self, servers):
        """Return the servers whose provider allows another number than is set."""
        total = self.env["ir.config_parameter"]._get_value(DAILY_LIMIT)
        return [
            server
            for server in servers
            if server.record
            and (most := server.provider.daily_limit)
            and (server.record.daily_limit != most or 0 < total < most)
        ]

    def _explain_limits(self, limited):
        """Return what there is to say of limits, as sentences."""
        total = self.env["ir.config_parameter"]._get_value(DAILY_LIMIT)
        lines = []
        for server in limited:
            words = {
                "server": server.name,
                "provider": server.provider.name,
                "most": server.provider.daily_limit,
                "total": total,
            }
            line = self.env._(
                "%(provider)s takes %(most)s recipients a day from one account.",
                **words,
            )
            if 0 < total < words["most"]:
                line += " " + self.env._(
                    "This Odoo stops at %(total)s. The button sets both limits to "
                    "%(most)s: that of %(server)s, and that of this Odoo.",
                    **words,
                )
            else:
                line += " " + self.env._(
                    "The button sets the limit of %(server)s to that.", **words
                )
            lines.append(line)
        users = self.env["res.users"].sudo().search_count([("share", "=", False)])
        if 0 < total <= users * A_DAY:
            lines.append(
                self.env._(
                    "With %(users)s people the limit of this Odoo, %(total)s "
                    "recipients a day, may be reached on the first day; what is over "
                    "it waits. It stands in Settings > General Settings > Emails.",
                    users=users,
                    total=total,
                )
            )
        return lines

    def action_use_provider_limits(self):
        """Set the daily limits to what the providers allow.

        :raises AccessError: the company is not chosen at the top.
        """
        self.ensure_one()
        self._check_name()
        self._check_company()
        parameters = self.env["ir.config_parameter"]
        for server in self._list_limited(self._get_domain()._get_outgoing_servers()):
            most = server.provider.daily_limit
            server.record.with_env(self.env).daily_limit = most
            if 0 < parameters._get_value(DAILY_LIMIT) < most:
                parameters.set_param(DAILY_LIMIT.key, str(most))
        self.invalidate_recordset()
        return True


def _excludes(server, domain):
    """Whether the filter of a server names nothing in a domain."""
    parts = split_filter(server.get_filter())
    names = {split_address(fold_address(part))[1] for part in parts}
    return bool(parts) and fold_address(domain.name) not in names


def _is_mailbox(server):
    """Whether a server is one account at a provider that minds who sends."""
    parts = split_filter(server.get_filter())
    minds = server.provider.from_policy in ("rewrite", "refuse")
    return minds and all("@" in part.strip("@ ") for part in parts)
