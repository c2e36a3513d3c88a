# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How much may leave: the daily limits, and what counts against them."""

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..parameters.table import DAILY_LIMIT, DAILY_LIMIT_MAX
from .limit_settings import READ_FROM, LimitSettings
from .send_class import (
    DATABASE,
    ORDINARY,
    Limit,
    count_room,
    find_room,
)

# What a provider counts by, and which server of an account holds the count: see
# _get_account and _get_all.
ACCOUNT_FIELDS = {
    "active",
    "owner_user_id",
    "smtp_authentication",
    "smtp_host",
    "smtp_user",
}


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    daily_limit = fields.Integer(
        help="Recipients per day that this server may send to; 0: no limit of its own."
    )
    provider_daily_limit = fields.Integer(compute="_compute_daily_limit_hint")
    daily_limit_hint = fields.Char(compute="_compute_daily_limit_hint")
    sent_today = fields.Integer(
        compute="_compute_sent_today",
        help="Recipients since the last reset. Servers with the same host and user "
        "name share one count.",
    )

    @api.constrains("daily_limit")
    def _check_daily_limit(self):
        for server in self:
            if not 0 <= server.daily_limit <= DAILY_LIMIT_MAX:
                raise ValidationError(
                    self.env._(
                        "The daily limit of %(server)s can't be %(limit)s. Enter a "
                        "number of recipients from 1 to %(maximum)s, or 0: no limit.",
                        server=server.name,
                        limit=server.daily_limit,
                        maximum=DAILY_LIMIT_MAX,
                    )
                )

    @api.depends("smtp_host", "smtp_user")
    def _compute_daily_limit_hint(self):
        for server in self:
            provider = server.sudo().provider_id
            server.provider_daily_limit = provider.daily_limit
            known = provider.daily_limit and self.env._(
                "%(provider)s: %(limit)s. %(note)s",
                provider=provider.name,
                limit=provider.daily_limit,
                note=provider.daily_limit_note or "",
            )
            server.daily_limit_hint = known or False

    def action_use_provider_limit(self):
        """Take over the limit that the catalogue knows of the server's provider."""
        for server in self:
            server.daily_limit = server.provider_daily_limit

    def _compute_sent_today(self):
        used = self.env["mail.send.counter"]._get_used()
        holders = {
            server_id: server_ids[0]
            for server_ids in self._get_accounts().values()
            for server_id in server_ids
        }
        for server in self:
            server.sent_today = used.get(holders.get(server.id), 0)

    def write(self, vals):
        moved = not ACCOUNT_FIELDS.isdisjoint(vals)
        before = self._get_accounts() if moved else {}
        result = super().write(vals)
        if moved:
            self._hand_over_counts(before, self._get_accounts())
        if moved or "daily_limit" in vals:
            self._on_limits_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._on_limits_changed()
        return result

    @api.model
    def _on_limits_changed(self):
        """Limits were changed: whoever lets mails wait for them overrides this."""

    @api.ondelete(at_uninstall=False)
    def _unlink_hand_over_count(self):
        """Let the count of an account go on under the next server that shares it."""
        before, after = self._get_accounts(), {}
        for account, server_ids in before.items():
            if rest := [one for one in server_ids if one not in self._ids]:
                after[account] = rest
        self._hand_over_counts(before, after)

    @api.model
    def _hand_over_counts(self, before, after):
        """Let each account keep its count, whichever server holds it from now on.

        Where no server has the account any more, the count follows the one that had.

        :param dict before: as from :meth:`_get_accounts`.
        :param dict after: likewise.
        """
        holders = {one: ids[0] for ids in after.values() for one in ids}
        successors = {}
        for account, (old, *_others) in before.items():
            new = after[account][0] if account in after else holders.get(old)
            if new and new != old:
                successors[old] = new
        if successors:
            self.env["mail.send.counter"]._hand_over(successors)

    # ------------------------------------------------------------
    # How much may leave
    # ------------------------------------------------------------

    def _get_send_limits(self, demand=ORDINARY):
        """Return the limits that mails through a server have to keep to.

        A user's own server is counted apart, and not bounded: Odoo has rules for it.

        :param Demand demand: what the mails ask for.
        :return: of the database, then of the server; an empty recordset stands for
            odoo.conf's server, which has none of its own.
        :rtype: tuple of Limit
        """
        server = self.sudo()
        if server.owner_user_id:
            return (Limit(server.id, server.name, 0, demand=demand),)
        account = server._get_same_account() if server else server
        return self._make_limits(account, demand)

    @api.model
    def _make_limits(self, account, demand):
        """Return the limits of the database, and of the account of a server.

        :param account: the servers of one account, with sudo; none for odoo.conf's.
        """
        settings = self._get_limit_settings()
        passed = self.env["mail.send.counter"]._get_part_passed()
        known = {"demand": demand, "passed": passed}
        name = self._get_database_name()
        database = Limit(DATABASE, name, 0, set_by=(DATABASE,), **known)
        limits = (settings.apply_to(database),)
        if account:
            main, servers = account[0], tuple(account.ids)
            limit = Limit(main.id, main.name, 0, set_by=servers, **known)
            own = [one.daily_limit for one in account if one.active and one.daily_limit]
            limits += (settings.apply_to(limit, min(own, default=0)),)
        return limits

    @api.model
    def _get_limit_settings(self):
        """Return what the parameters say of limits, as far as caches know.

        :rtype: LimitSettings
        """
        parameters = self.env["ir.config_parameter"]
        return LimitSettings(
            **{name: parameters._get_value(one) for name, one in READ_FROM.items()}
        )

    @api.model
    @tools.ormcache()
    def _get_database_name(self):
        """Name the database's count in one language: the history groups by the name."""
        main = self.env["res.company"]._get_main_company().sudo()
        return self.with_context(lang=main.partner_id.lang).env._("All servers")

    def _get_same_account(self):
        """Return the servers with the same host and login: they share one count."""
        self.ensure_one()
        return self._group_by_account().get(self._get_account(), self)

    @api.model
    def _get_accounts(self):
        """Return the ids of all servers by account; the first holds its count."""
        return {one: servers.ids for one, servers in self._group_by_account().items()}

    @api.model
    def _group_by_account(self):
        """Return all servers by account, with sudo."""
        return self.sudo()._get_all().grouped(lambda one: one._get_account())

    @api.model
    def _get_all(self):
        """Return all servers, those in use first: they hold the count of an account.

        No field of theirs is searched: other addons compute them from a file.
        """
        everyone = self.with_context(active_test=False)
        servers = everyone.search_fetch([], ["active"], order="id")
        return servers.sorted(lambda server: not server.active)

    def _get_account(self):
        """Return what a provider counts by: two servers may be one account.

        What users send through servers of their own is counted apart.
        """
        if self.owner_user_id:
            return ("personal", self.id)
        if self.smtp_authentication == "cli":
            return ("cli",)
        host, user = self.smtp_host or "", self.smtp_user or ""
        return (host.strip().lower(), user.strip().lower())

    @api.model
    def _get_daily_limit(self):
        """Return the database's limit in recipients per day; 0: none."""
        return self.env["ir.config_parameter"]._get_value(DAILY_LIMIT)

    @api.model
    def _has_room_for(self, count, demand):
        """Whether there is room for so many recipients, whichever server they take.

        :param Demand demand: what asks.
        """
        usage = self.env["mail.send.counter"]._get_usage()
        room = count_room(self._get_all_limits(demand), usage)
        return room is None or room >= count

    @api.model
    def _get_all_limits(self, demand=ORDINARY):
        """Return the limits of the database and of all servers that have one.

        :param Demand demand: what asks.
        :rtype: list[Limit]
        """
        limits = list(self._make_limits(self.sudo().browse(), demand))
        for account in self._group_by_account().values():
            bounded = any(one.active and one.daily_limit for one in account)
            if bounded and not account.owner_user_id:
                limits.append(self._make_limits(account, demand)[-1])
        return limits

    @api.model
    def _get_common_limits(self, demand=ORDINARY):
        """Return the limits that all mails have to keep to, whichever server they take.

        :param Demand demand: what asks.
        :rtype: tuple of Limit
        """
        server = self.sudo().search([("owner_user_id", "=", False)], limit=2)
        return (server if len(server) == 1 else self.browse())._get_send_limits(demand)

    @api.model
    def _get_common_room(self, demand=ORDINARY):
        """Return the recipients that are left today whichever server a mail takes.

        :param Demand demand: what asks.
        :return: None where nothing bounds all mails alike.
        """
        usage = self.env["mail.send.counter"]._get_usage()
        return find_room(self._get_common_limits(demand), usage, 1)[1]
