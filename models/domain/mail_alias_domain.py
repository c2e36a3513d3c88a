# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...mailauth.address import split_address
from ...mailauth.dns.names import display_name, normalize_name
from ...mailauth.errors import PermError
from .mail_domain_check import SEVERITY

AUTH_STATUS = [
    ("unknown", "Not checked"),
    ("pass", "All good"),
    ("warning", "Could be better"),
    ("temperror", "No answer"),
    ("fail", "Problems"),
]
# What the worst severity of a domain's checks makes of it, None: there is no check.
STATUS_OF_WORST = {
    None: "unknown",
    **{severity: status for status, severity in SEVERITY.items()},
    SEVERITY["info"]: "pass",
}


class MailAliasDomain(models.Model):
    """Whether receivers believe mails of the domain, as its last check found."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    # Odoo has no rule on alias domains, so what another company's checks found must not
    # be in columns that their administrators read: these are computed for each reader.
    auth_status = fields.Selection(
        AUTH_STATUS,
        string="Authentication",
        compute="_compute_auth_status",
        search="_search_auth_status",
        groups="base.group_system",
        help="The worst of the checks of SPF, DKIM, DMARC and the rest.",
    )
    auth_problem_count = fields.Integer(
        compute="_compute_auth_status", groups="base.group_system"
    )
    auth_sentence = fields.Char(
        compute="_compute_auth_sentence", groups="base.group_system"
    )
    auth_last_check = fields.Datetime(
        string="Checked", compute="_compute_auth_last_check", groups="base.group_system"
    )
    auth_zone_servers = fields.Char(
        string="Nameservers",
        compute="_compute_auth_last_check",
        groups="base.group_system",
    )
    dns_provider_ids = fields.Many2many(
        "mail.dns.provider",
        string="DNS Host",
        compute="_compute_auth_last_check",
        groups="base.group_system",
    )
    auth_check_ids = fields.One2many(
        "mail.domain.check",
        "alias_domain_id",
        string="Checks",
        readonly=True,
        groups="base.group_system",
    )
    auth_change_ids = fields.One2many(
        "mail.domain.check.change",
        "alias_domain_id",
        string="Changes",
        readonly=True,
        groups="base.group_system",
    )
    auth_checked_on = fields.Datetime(
        readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    auth_next_check = fields.Datetime(
        readonly=True, copy=False, index=True, groups=fields.NO_ACCESS
    )
    auth_watch_until = fields.Datetime(
        readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    auth_zone = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    auth_nameservers = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    auth_authority_asked = fields.Boolean(
        readonly=True, copy=False, groups=fields.NO_ACCESS
    )

    @api.model
    def name_create(self, name):
        """Take a domain as people type it, where only its name is asked for.

        "https://Acme.example/", "info@acme.example" and an IDN become the domain as
        DNS has it; what is no domain is left to the checks of the record.
        """
        text = split_address(name.strip().rpartition("//")[2].partition("/")[0])[1]
        try:
            return super().name_create(normalize_name(text))
        except PermError:
            return super().name_create(name)

    @api.depends("auth_check_ids.severity", "auth_check_ids.pending")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_auth_status(self):
        """Judge by the checks that the user may see."""
        rows = self.env["mail.domain.check"]._read_group(
            [("alias_domain_id", "in", self._origin.ids)],
            ["alias_domain_id", "severity", "pending"],
            ["__count"],
        )
        found = defaultdict(dict)
        for domain, severity, pending, count in rows:
            found[domain][severity, pending] = count
        unsigned = self._count_unsigned()
        for domain in self:
            counts = found[domain._origin]
            worst = min((severity for severity, _pending in counts), default=None)
            domain.auth_status = STATUS_OF_WORST[worst]
            # As many as the list of what there is to do has: what DNS did not answer,
            # and what is on its way, is nobody's task.
            count = sum(
                counts.get((SEVERITY[status], False), 0)
                for status in ("fail", "warning")
            )
            # Where nothing is wrong a key that waits is no problem.
            domain.auth_problem_count = count and count + unsigned[domain._origin]

    def _count_unsigned(self):
        """Return how many keys wait to be published where no other signs, by domain."""
        keys = self.env["mail.domain.check"].search_fetch(
            [("alias_domain_id", "in", self._origin.ids), ("code", "=", "dkim_key")],
            ["alias_domain_id", "reasons", "status"],
        )
        counts = defaultdict(int)
        for domain, rows in keys.grouped("alias_domain_id").items():
            if rows._is_unsigned():
                counts[domain] = len(rows.filtered(lambda row: row._is_waiting_key()))
        return counts

    @api.depends("auth_check_ids.status", "auth_check_ids.reasons")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_auth_sentence(self):
        for domain in self:
            checks = domain.auth_check_ids._filtered_access("read")
            domain.auth_sentence = domain._describe_state(checks)

    def _describe_state(self, checks, count=None):
        """Return what to say above the checks of a domain, or False.

        :param checks: those that the user may see.
        :param int count: of what there is to do; None: as many checks as need it.
        """
        if obstacle := checks._describe_obstacle():
            return obstacle
        if not checks:
            return False
        if self.auth_status not in ("pass", "temperror"):
            return self._describe_problems(count or self.auth_problem_count)
        if self.auth_status == "temperror":
            return self.env._(
                "DNS did not answer everything. Nothing is known about the records "
                "concerned; check again later."
            )
        if unknown := checks._describe_unknown():
            return self.env._(
                "All that can be seen of %(domain)s from here is right, but it is not "
                "proven that your own mails pass. %(unknown)s",
                domain=display_name(self.name),
                unknown=unknown,
            )
        return self.env._(
            "All good: receivers can see that mails of %(domain)s are yours.",
            domain=display_name(self.name),
        )

    def _describe_problems(self, count):
        if not count:
            return self.env._(
                "What is new at your DNS host is on its way to others: nothing is left "
                "to do at %(domain)s but to wait.",
                domain=display_name(self.name),
            )
        if count == 1:
            return self.env._(
                "One thing at %(domain)s needs you.", domain=display_name(self.name)
            )
        return self.env._(
            "%(count)s things at %(domain)s need you.",
            domain=display_name(self.name),
            count=count,
        )

    @api.model
    def _search_auth_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        everything = self.search_fetch([], ["name"])
        found = everything.filtered(lambda one: one.auth_status in value)
        return [("id", "in", found.ids)]

    @api.depends("auth_checked_on", "auth_nameservers")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_auth_last_check(self):
        visible = self._filter_visible()
        providers = self.env["mail.dns.provider"]
        for domain in self:
            shown = (domain & visible).sudo()
            names = shown.auth_nameservers or ""
            domain.auth_last_check = shown.auth_checked_on
            domain.auth_zone_servers = names
            domain.dns_provider_ids = providers._find_by_nameservers(names.split())

    def _check_may_see_authentication(self):
        """Refuse who is no administrator of one of the domain's companies.

        The companies are those chosen at the top, as for the rules of the results.

        :raises AccessError:
        """
        is_administrator = self.env.su or self.env.user.has_group("base.group_system")
        if not is_administrator or self - self._filter_visible():
            raise AccessError(
                self.env._("Only administrators of its companies can check a domain.")
            )

    def action_open_checks(self):
        """Open what there is to do for the domain, as its last check found."""
        self._check_may_see_authentication()
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "mail_deliverability.mail_deliverability_checklist_action"
        )
        title = self.env._("Checks of %(domain)s", domain=display_name(self.name))
        return {**action, "name": title, "context": {"active_id": self.id}}

    def action_open_check_list(self):
        """Open all results of the last check as a list, for experts."""
        self._check_may_see_authentication()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Checks of %(domain)s", domain=display_name(self.name)),
            "res_model": "mail.domain.check",
            "view_mode": "list,kanban,form",
            "domain": [("alias_domain_id", "=", self.id)],
        }

    def _get_auth_summary(self):
        """Return one line on the state of the domain, for General Settings."""
        if not self:
            return False
        if self.auth_status == "unknown":
            return self.env._(
                "%(domain)s: not checked yet", domain=display_name(self.name)
            )
        visible = self.auth_check_ids._filtered_access("read")
        if self.auth_status == "pass" and visible._describe_unknown():
            return self.env._(
                "%(domain)s: nothing is wrong, but not everything is known",
                domain=display_name(self.name),
            )
        if self.auth_status == "pass":
            return self.env._("%(domain)s: all good", domain=display_name(self.name))
        if not self.auth_problem_count and self.auth_status == "temperror":
            return self.env._(
                "%(domain)s: DNS did not answer", domain=display_name(self.name)
            )
        if not self.auth_problem_count:
            return self.env._(
                "%(domain)s: published, but not visible everywhere yet",
                domain=display_name(self.name),
            )
        if self.auth_problem_count == 1:
            return self.env._("%(domain)s: 1 problem", domain=display_name(self.name))
        return self.env._(
            "%(domain)s: %(count)s problems",
            domain=display_name(self.name),
            count=self.auth_problem_count,
        )

    def action_set_up(self):
        """Open the guided setup for this domain."""
        self._check_may_see_authentication()
        self.ensure_one()
        company = self.company_ids & self.env.companies
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_deliverability.mail_domain_setup_action"
        )
        action["context"] = {
            "default_alias_domain_id": self.id,
            "default_company_id": (company or self.env.company)[:1].id,
        }
        return action
