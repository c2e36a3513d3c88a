# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import config

from ...mailauth.domain.check_sender import judge_sender
from ...mailauth.domain.facts import Server
from ...mailauth.from_filter import (
    fold_address,
    list_names,
    matches_filter,
    split_filter,
)


class IrMailServer(models.Model):
    """Which senders the service behind a server lets pass."""

    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    sender_warning = fields.Char(compute="_compute_sender_warning")

    @api.depends("provider_id", "from_filter", "smtp_user", "sequence")
    def _compute_sender_warning(self):
        for server in self:
            server.sender_warning = server._get_sender_warning()

    def _get_sender_warning(self):
        """Return what its service will not let pass, and what to change; or False."""
        judged = [self._judge_sender(one) for one in self._get_domains_sent_for()]
        told = [pair for pair in judged if pair and pair[1].code != "sender_set_up"]
        told = sorted(told, key=lambda pair: pair[0] != "warning")
        if not told or told[0][0] == "pass":
            return False
        why = told[0][1]
        return self.env["mail.domain.check"]._explain(why.code, dict(why.params))

    def _judge_sender(self, alias_domain):
        """Judge it for one alias domain, see :func:`judge_sender`."""
        default = get_default_sender(alias_domain)
        provider = self.provider_id
        facts = self._prepare_sender_facts(provider, default)
        name = provider.name or ""
        server = Server(self.name or name, provider=name, **facts)
        return judge_sender(server, default, alias_domain.name)

    def _get_domains_sent_for(self):
        """Return the alias domains whose mails leave by this server, with all rights.

        Those that its filter names; those of all companies where it names none.
        """
        companies = self.env["res.company"].sudo()
        used = companies.search_fetch([], ["alias_domain_id"]).alias_domain_id
        names = [list_names(part) for part in split_filter(self.from_filter)]
        named = used.filtered(
            lambda one: any(fold_address(one.name) in name for name in names)
        )
        return named or used

    def _prepare_sender_facts(self, provider, default):
        """Return what the check of senders wants to know, by the fields of ``Server``.

        :param provider: ``mail.sending.provider``, may be empty.
        :param default: the default address, "" for none.
        """
        from_file = not self or self.smtp_authentication == "cli"
        # Who may see the form may see what it says of the account.
        login = config.get("smtp_user") if from_file else self.sudo().smtp_user
        own = self.from_filter if self else self._get_default_from_filter()
        return {
            "from_policy": provider.from_policy or "unknown",
            "from_filter": own or "",
            "login": login or "",
            # Other services know whole domains, which are set up there.
            "is_mailbox": bool(provider.envelope == "keep" or provider.account_domains),
            "takes_others": self._takes_others(default),
        }

    def _takes_others(self, default):
        """Tell whether mails in the name of the default address leave by this server.

        As ``_find_mail_server`` picks one, and where a template or a mailing forces it.
        """
        if self.owner_user_id:
            return False
        if not self or self.mail_template_ids:
            return True
        mine = self._rank_for(default)
        rivals = self.sudo().search(self._find_mail_server_allowed_domain())
        return not any(one._rank_for(default) < mine for one in rivals - self._origin)

    def _rank_for(self, default):
        """Return how soon Odoo picks this server for the default address."""
        names = split_filter(self.from_filter)
        fits = default and matches_filter(default, self.from_filter)
        rank = 0 if fits else 1 if not names else 2
        return rank, self.sequence, self._origin.id or float("inf")


def get_default_sender(alias_domain):
    """Return the address that stands in From for other authors, "" for none."""
    return alias_domain.default_from_email or config.get("email_from") or ""
