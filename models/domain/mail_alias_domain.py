import asyncio
import logging
import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import psycopg2
from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...mailauth.dns.authority import pick_reachable
from ...mailauth.dns.names import normalize_name
from ...mailauth.domain.audit import Network, audit_domain
from ...mailauth.errors import MailauthError, PermError
from ...mailauth.mta_sts import fetch_policy
from ..parameters.table import NAMESERVERS
from .mail_domain_check import SEVERITY

_logger = logging.getLogger(__name__)

CLOSELY = timedelta(days=1)
HOUR = timedelta(hours=1)
JITTER_HOURS = 4
# What one domain's data can bring about. Lost connections and conflicts of transactions
# are Odoo's to repeat.
UNEXPECTED = (
    psycopg2.DataError,
    psycopg2.IntegrityError,
    LookupError,
    MailauthError,
    UserError,
    ValueError,
)
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
    """Whether receivers believe mails of the domain: checked on demand and watched."""

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
        text = name.strip().rpartition("//")[2].partition("/")[0].rpartition("@")[2]
        try:
            return super().name_create(normalize_name(text))
        except PermError:
            return super().name_create(name)

    def unlink(self):
        for domain in self:
            alarm = self.env["mail.deliverability.alarm"]
            alarm._resolve_alarm(f"domain_check:{domain.id}")
        return super().unlink()

    @api.depends("auth_check_ids.severity")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_auth_status(self):
        """Judge by the checks that the user may see."""
        rows = self.env["mail.domain.check"]._read_group(
            [("alias_domain_id", "in", self._origin.ids)],
            ["alias_domain_id", "severity"],
            ["__count"],
        )
        found = defaultdict(dict)
        for domain, severity, count in rows:
            found[domain][severity] = count
        for domain in self:
            counts = found[domain._origin]
            domain.auth_status = STATUS_OF_WORST[min(counts, default=None)]
            domain.auth_problem_count = sum(
                count for severity, count in counts.items() if severity <= 2
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

    def _filter_visible(self):
        """Return those whose results the user may see, as the rules of results say."""
        if self.env.su:
            return self
        companies = self.env.companies
        return self.filtered(
            lambda domain: (
                not (users := domain._origin.sudo().company_ids) or users & companies
            )
        )

    def action_check_authentication(self):
        """Ask DNS now, and store what it says; asked twice it asks DNS twice.

        :return: True, for the button.
        """
        self._check_may_see_authentication()
        for domain in self:
            audit = domain._audit()
            domain.sudo()._store(audit, watching=False)
        return True

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
        """Open the results of the last check."""
        self._check_may_see_authentication()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Checks of %(domain)s", domain=self.name),
            "res_model": "mail.domain.check",
            "view_mode": "list,form",
            "domain": [("alias_domain_id", "=", self.id)],
        }

    def _get_auth_summary(self):
        """Return one line on the state of the domain, for General Settings."""
        if not self:
            return False
        if self.auth_status == "unknown":
            return self.env._("%(domain)s: not checked yet", domain=self.name)
        if self.auth_status == "pass":
            return self.env._("%(domain)s: all good", domain=self.name)
        if self.auth_problem_count == 1:
            return self.env._("%(domain)s: 1 problem", domain=self.name)
        return self.env._(
            "%(domain)s: %(count)s problems",
            domain=self.name,
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

    # ------------------------------------------------------------- asking DNS

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

    # --------------------------------------------------------------- storing

    def _store(self, audit, watching):
        """Keep the results; history, next check and alarms follow.

        :param audit: an :class:`Audit`.
        :param watching: asked by the cron: one silence of DNS is no news, and
            administrators are told of a change for the worse.
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            return  # another check of the same domain is storing its results
        fresh = not self.auth_checked_on
        changes = self._store_findings(audit, watching)
        self._store_domain(audit, is_news=bool(changes))
        self.env["mail.domain.check.change"].create(
            [change["values"] for change in changes if not fresh]
        )
        self._tell(changes if watching and not fresh else [])

    def _store_domain(self, audit, is_news):
        """Keep what is known of the whole domain.

        :param is_news: whether something changed: then it is watched closely, and
            also where DNS was silent. What stays as it is needs no haste.
        """
        now = fields.Datetime.now()
        faults = ("fail", "temperror")
        is_news = is_news and (self.auth_checked_on or self.auth_status in faults)
        is_silent = any(self.auth_check_ids.mapped("temperror_once"))
        until = now + CLOSELY if is_news or is_silent else self.auth_watch_until
        values = {
            "auth_checked_on": now,
            "auth_authority_asked": audit.comparison.asked,
            "auth_watch_until": until,
            "auth_next_check": _next_check(now, until),
        }
        if audit.zone.name:
            values["auth_zone"] = audit.zone.name
            values["auth_nameservers"] = " ".join(audit.zone.nameservers)[:1000]
        self.write(values)

    def _store_findings(self, audit, watching):
        """Write one row for each finding, and return what changed."""
        known = {(row.code, row.subject or ""): row for row in self.auth_check_ids}
        pending = {(p.code, p.subject): p.ttl for p in audit.comparison.pending}
        changes = []
        for position, finding in enumerate(audit.findings):
            key = (finding.code, _clean(finding.subject))
            row = known.pop(key, self.env["mail.domain.check"])
            ttl = pending.get((finding.code, finding.subject))
            values = self._prepare_check(finding, position, ttl)
            if finding.code == "spf_lookups" and not finding.subject:
                values["details"] = _clean(audit.spf_tree)
            if watching:
                _ignore_first_temperror(row, values)
            if change := self._prepare_change(row, key, values):
                changes.append(change)
            if row:
                row.write(values)
            else:
                row.create({**values, "alias_domain_id": self.id})
        for row in known.values():
            row.unlink()
        return changes

    def _prepare_check(self, finding, position, ttl):
        return {
            "code": finding.code,
            "subject": _clean(finding.subject),
            "status": finding.status,
            "found": _clean(finding.found),
            "expected": _clean(finding.expected),
            "reasons": [
                [why.code, [[name, _clean(value)] for name, value in why.params]]
                for why in finding.why
            ],
            "rfc": finding.rfc,
            "record_name": _clean(finding.name),
            "record_type": finding.rdtype,
            "position": position,
            "pending": ttl is not None,
            "pending_ttl": ttl or 0,
            "checked_on": fields.Datetime.now(),
            "temperror_once": False,
        }

    def _prepare_change(self, row, key, values):
        """Return what became of a check: the history's values, and whether worse."""
        old, new = row.status or False, values["status"]
        old_found, new_found = row.found or "", values["found"]
        if old == new and (old_found == new_found or new == "temperror"):
            return None
        before = SEVERITY.get(old, SEVERITY["pass"])
        return {
            "worse": SEVERITY[new] < min(before, SEVERITY["info"]),
            "before": before,
            "key": key,
            "values": {
                "alias_domain_id": self.id,
                "code": key[0],
                "subject": key[1],
                "old_status": old,
                "new_status": new,
                "old_found": old_found,
                "new_found": new_found,
            },
        }

    # --------------------------------------------------------------- telling

    def _tell(self, changes):
        """Tell administrators what got worse, and take it back once it is well."""
        worse = [change for change in changes if change["worse"]]
        before = {change["key"]: change["before"] for change in worse}
        for row in self.auth_check_ids:
            if severity := before.get((row.code, row.subject or "")):
                row.baseline = max(severity, row.baseline)
            elif row.baseline and row.severity >= row.baseline:
                row.baseline = 0
        alarm = self.env["mail.deliverability.alarm"]
        subject = f"domain_check:{self.id}"
        if worse:
            alarm._raise_alarm(
                subject,
                lambda env: self.with_env(env)._render_alarm(changes),
                companies=self.company_ids or None,
            )
        elif not any(self.auth_check_ids.mapped("baseline")):
            alarm._resolve_alarm(subject)

    def _render_alarm(self, changes):
        summary = self.env._("Mails of %(domain)s: a check got worse", domain=self.name)
        lines = Markup().join(
            self._render_change(change["values"])
            for change in _pick_told_changes(changes)
        )
        advice = self.env._(
            "Mails of %(domain)s may be rejected or land in spam. Settings > Technical "
            "> Email > Domain Authentication shows what to publish.",
            domain=self.name,
        )
        return summary, Markup("<p>%s</p><ul>%s</ul>") % (advice, lines)

    def _render_change(self, values):
        checks = self.env["mail.domain.check"]
        labels = dict(checks._fields["status"]._description_selection(self.env))
        old, new = values["old_status"], values["new_status"]
        status = labels[new]
        if old != new:
            before = labels.get(old, self.env._("Not there before"))
            status = Markup("%s &rarr; %s") % (before, status)
        return Markup("<li><b>%s</b>: %s%s</li>") % (
            checks._get_title(values["code"], values["subject"]),
            status,
            _render_difference(values["old_found"], values["new_found"]),
        )

    # -------------------------------------------------------------- watching

    @api.model
    def _cron_check_authentication(self):
        """Check the domains that are due, each outside any transaction."""
        due = self._get_due()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for domain in due:
            if not domain.exists():
                continue
            try:
                domain.sudo()._watch_once()
            except UNEXPECTED:
                # The others must not wait for the repair of this one.
                _logger.exception("Domain %s can't be checked", domain.name)
                domain.sudo().auth_next_check = _next_check(fields.Datetime.now(), None)
            if not cron._commit_progress(1):
                break

    def _watch_once(self):
        """Check a domain for the cron; what it writes stays whole or not at all."""
        with self.env.cr.savepoint():
            coroutine = self._prepare_audit()
        # This ends the transaction: DNS may take its time.
        self.env["ir.cron"]._commit_progress()
        audit = asyncio.run(coroutine)
        with self.env.cr.savepoint():
            self._store(audit, watching=True)

    def _get_due(self):
        due = Domain("auth_next_check", "=", False) | Domain(
            "auth_next_check", "<=", fields.Datetime.now()
        )
        domains = self.search(due, order="auth_next_check, id")
        return domains.filtered(lambda domain: domain._is_used())

    def _is_used(self):
        """Whether a company or an alias has the domain."""
        if self.with_context(active_test=False).company_ids:
            return True
        return bool(
            self.env["mail.alias"].search_count(
                [("alias_domain_id", "=", self.id)], limit=1
            )
        )


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


def _clean(text):
    """PostgreSQL can't keep NUL in a text; the core shows the rest of what is odd."""
    return (text or "").replace("\x00", "\\x00")


def _ignore_first_temperror(row, values):
    """Keep what was known through one silence of DNS; the second counts."""
    if (
        values["status"] != "temperror"
        or row.status == "temperror"
        or row.temperror_once
    ):
        return
    if row:
        kept = ("status", "found", "expected", "reasons", "pending", "pending_ttl")
        values.update({name: row[name] for name in kept}, temperror_once=True)


def _next_check(now, watch_until):
    if watch_until and watch_until > now:
        return now + HOUR
    jitter = random.uniform(-JITTER_HOURS, JITTER_HOURS)
    return now + CLOSELY + timedelta(hours=jitter)


def _pick_told_changes(changes):
    """Return what got worse, and each other difference of a record once."""
    told, shown = [], set()
    for change in sorted(changes, key=lambda change: not change["worse"]):
        difference = (change["values"]["old_found"], change["values"]["new_found"])
        is_news = difference[0] != difference[1] and difference not in shown
        if change["worse"] or is_news:
            told.append(change)
        shown.add(difference)
    return told


def _render_difference(old, new):
    if old == new:
        return Markup()
    return Markup("<br/><code>%s</code> &rarr; <code>%s</code>") % (
        _shorten(old) or "-",
        _shorten(new) or "-",
    )


def _shorten(text, most=300):
    return escape(text if len(text) <= most else text[: most - 1] + "…")
