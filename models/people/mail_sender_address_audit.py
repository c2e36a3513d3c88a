# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The audit: all voices are judged, stored, and DNS is asked about what decides."""

import json
from contextlib import closing
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, partition, split_every

from ..tools.wake import wake_cron
from . import mailing_voices, other_voices, people_voices
from .judging import judge
from .mail_sender_address import SAME
from .mail_sender_domain import MOST_AT_ONCE
from .voice import Companies, get_address, show

CRON = "mail_deliverability.mail_sender_address_cron_audit"
CHUNK = 500  # voices between two commits
ROUNDS = 5  # of questions to DNS in one run
# Addresses that leave as they are for one of these, by what DNS says of their domain.
OUTCOMES = {
    "yes": "authenticated",
    "no": "unauthenticated",
    "unknown": "depends",
    "silent": "depends",
}
AGAIN = timedelta(minutes=10)
SOON = timedelta(minutes=1)
# A run that has no time left is gone on with: what it has judged is not judged again.
FRESH = timedelta(hours=12)
PENDING = ("dns_pending", "policy_pending")
OPEN = (*PENDING, "dns_silent")
COLLECTED = {
    "res.users": people_voices.list_users,
    "res.company": people_voices.list_companies,
    "mail.alias": other_voices.list_aliases,
    "ir.mail_server": other_voices.list_filters,
    "mail.scheduled.message": other_voices.list_scheduled,
    "mailing.mailing": mailing_voices.list_mailings,
}
AGAIN_COLLECTED = {**COLLECTED, "mail.template": other_voices.list_templates}
COLUMNS = {
    "source_model": "varchar",
    "source_id": "int4",
    "company_id": "int4",
    "email": "varchar",
    "outcome": "varchar",
    "reason": "varchar",
    "reasons": "jsonb",
    "domain": "varchar",
    "policy": "varchar",
    "is_mailbox_provider": "bool",
    "mail_count": "int4",
    "sent_as": "varchar",
    "reply_to": "varchar",
    "envelope_from": "varchar",
    "server_id": "int4",
    "server_filter": "varchar",
}


class MailSenderAddress(models.Model):
    # A file for each concern.
    _inherit = "mail.sender.address"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------ when

    @api.model
    def _cron_audit(self):
        """Audit all addresses; what DNS has not answered is asked again soon."""
        try:
            self.sudo()._audit(self.env["ir.cron"]._commit_progress)
        except psycopg2.errors.SerializationFailure:
            # Somebody has changed what one of the rows is about meanwhile.
            self.env.cr.rollback()
            self._wake_audit(SOON)
            return
        if self.sudo()._list_pending_domains():
            self._wake_audit(AGAIN)

    @api.model
    def _wake_audit(self, delay=timedelta()):
        """Let the audit run soon."""
        wake_cron(self.env, CRON, delay)

    @api.model
    def action_audit(self):
        """Let all addresses be audited anew, in the background."""
        self._check_administrator()
        self.sudo()._mark_stale()
        return self._get_progress()

    @api.model
    def get_progress(self):
        """Return how far the audit is.

        :return: ``is_off``: whether its scheduled action is switched off;
            ``running``: whether it is to run or runs; ``checked_on``: of the
            oldest row, False where there is none; ``domains`` and ``pending``: how many
            domains there are, and how many DNS has not been asked about.
        """
        self._check_administrator()
        progress = self._get_progress()
        if not (progress["running"] or progress["checked_on"]):
            self._wake_audit()
        return progress

    @api.model
    def _check_administrator(self):
        if not self.env.user._is_system():
            self.browse().check_access("write")

    @api.model
    def _get_progress(self):
        cron = self.env.ref(CRON, raise_if_not_found=False)
        triggers = self.env["ir.cron.trigger"].sudo()
        now = fields.Datetime.now()
        due = [("cron_id", "=", cron.id if cron else 0), ("call_at", "<=", now)]
        oldest = self.search([], limit=1, order="checked_on")
        domains = self._read_group([("domain", "!=", False)], ["domain"])
        return {
            "is_off": not cron or not cron.sudo().active,
            "running": bool(
                triggers.search_count(due, limit=1)
                or self.search_count([("checked_on", "=", False)], limit=1)
            ),
            "checked_on": oldest.checked_on or oldest.write_date,
            "domains": len(domains),
            "pending": len(self._list_pending_domains()),
        }

    @api.model
    def _list_pending_domains(self):
        groups = self._read_group([("reason", "in", PENDING)], ["domain"])
        return [domain for (domain,) in groups if domain]

    # ------------------------------------------------------------ how

    @api.model
    def _audit(self, commit):
        """Judge all voices, then ask DNS, and judge again what depended on it.

        :param commit: is called where what is stored may stay: how many voices are
            done, ``remaining`` how many are left; it returns the seconds that are left.
        """
        began = fields.Datetime.now()
        counts = people_voices.count_mails(self.env)
        totals = people_voices.add_up(counts)
        voices = self._pick_stale(self._collect(counts))
        left, pending = len(voices), []
        for chunk in split_every(CHUNK, voices, list):
            pending += self._judge(chunk, totals, began)
            left -= len(chunk)
            if commit(len(chunk), remaining=left) <= 0:
                return
        asked = set()
        for _turn in range(ROUNDS):
            chosen, rest = self._ask_about(pending, asked)
            if commit(0, remaining=0) <= 0 or not chosen:
                break
            pending = rest + self._judge([one.voice for one in chosen], totals, began)
            # Nobody waits for rows while DNS is asked.
            commit(0, remaining=0)

    @api.model
    def _collect(self, counts):
        """Return the voices of all sources.

        :param counts: see ``count_mails``.
        """
        companies = Companies(self.env)
        voices = [
            voice
            for collect in COLLECTED.values()
            for voice in collect(self.env, companies)
        ]
        voices += people_voices.list_authors(self.env, companies, counts)
        return voices + self._collect_templates()

    @api.model
    def _collect_templates(self):
        """Return the voices of templates: what their expressions write is forgotten."""
        with closing(self.pool.cursor()) as cr:
            env = self.env(cr=cr)
            return list(other_voices.list_templates(env, Companies(env)))

    @api.model
    def _judge(self, voices, totals, began):
        """Judge voices, and store what comes of it.

        :param totals: the number of mails by address.
        :param began: when the audit began.
        :return: the :class:`Judged` that only DNS can tell more of.
        """
        judged = judge(self.env, voices)
        ways = {one.way for one in judged if one.way}
        known = self.env["mail.sender.domain"]._find_known(ways)
        rows = {}
        for one in judged:
            row = make_row(one, known.get(one.way), totals)
            rows[_get_key(row)] = row
        self._store(list(rows.values()), began)
        return [one for one in judged if _is_open(one, known)]

    @api.model
    def _store(self, rows, now):
        """Write rows in one statement: those that are there are replaced."""
        names = [SQL.identifier(name) for name in COLUMNS]
        typed = [
            SQL("%s %s", SQL.identifier(name), SQL(kind))
            for name, kind in COLUMNS.items()
        ]
        changed = [
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
            for name in COLUMNS
        ]
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mail_sender_address (
                    %(names)s, checked_on, create_uid, write_uid, create_date,
                    write_date)
                SELECT %(names)s, %(now)s, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM jsonb_to_recordset(%(rows)s::jsonb) AS given(%(typed)s)
                 ORDER BY source_model, source_id, company_id, email
                    ON CONFLICT (%(same)s)
                    DO UPDATE SET %(changed)s, checked_on = EXCLUDED.checked_on,
                           write_uid = EXCLUDED.write_uid,
                           write_date = EXCLUDED.write_date
                """,
                names=SQL(", ").join(names),
                typed=SQL(", ").join(typed),
                changed=SQL(", ").join(changed),
                same=SQL(SAME),
                rows=json.dumps(rows),
                now=now,
                uid=self.env.uid,
            )
        )
        self.invalidate_model()

    @api.model
    def _pick_stale(self, voices):
        """Return the voices that have to be judged, and forget rows of no voice.

        :param voices: all of them.
        """
        self.flush_model()
        names = ("source_model", "source_id", "company_id", "email")
        rows = self.search_fetch([], [*names, "checked_on", "reason"])
        since = fields.Datetime.now() - FRESH
        known = {_get_key(row): row for row in rows}
        wanted = {_get_key_of(voice): voice for voice in voices}
        fresh = {
            key
            for key, row in known.items()
            if row.checked_on and row.checked_on > since and row.reason not in OPEN
        }
        gone = [row.id for key, row in known.items() if key not in wanted]
        self.browse(gone).unlink()
        return [voice for key, voice in wanted.items() if key not in fresh]

    @api.model
    def _mark_stale(self, domain=None):
        """Let the next audit judge addresses anew.

        :param domain: those of it, in A-labels; None: all of them.
        """
        self.flush_model()
        of_domain = SQL("WHERE domain = %s", domain) if domain else SQL()
        self.env.cr.execute(
            SQL("UPDATE mail_sender_address SET checked_on = NULL %s", of_domain)
        )
        self.invalidate_model(["checked_on"])
        self._wake_audit()

    @api.model
    def _ask_about(self, pending, asked):
        """Ask DNS what decides about some voices, as much as one round may.

        :param pending: what DNS can tell more of.
        :param asked: what this audit has asked about; it is added to.
        :return: those of ``pending`` that DNS was asked about, and the others.
        """
        ways = [one.way for one in pending if one.way and one.way not in asked]
        ways = list(dict.fromkeys(ways))[:MOST_AT_ONCE]
        names = [one.domain for one in pending if not one.is_asked]
        names = [name for name in dict.fromkeys(names) if name not in asked]
        names = names[:MOST_AT_ONCE]
        asked.update(ways, names)
        # Before what is written below, which stays locked until the commit.
        self.env["mail.author.policy"]._ask_and_store(names)
        try:
            self.env["mail.sender.domain"]._ask(ways)
        except UserError:
            # Parameters from before the installation can't be understood.
            return [], pending
        fresh = {*ways, *names}
        return partition(lambda one: one.way in fresh or one.domain in fresh, pending)

    # ------------------------------------------------------------ some of them

    @api.model
    def _audit_again(self, rows):
        """Judge anew what some rows are about, in the transaction that changed it.

        Rows that stay keep their id: somebody may have them open.
        """
        companies, began = Companies(self.env), fields.Datetime.now()
        totals = {get_address(row.email): row.mail_count for row in rows}
        voices, old = [], self.browse()
        for model, those in rows.grouped("source_model").items():
            if collect := AGAIN_COLLECTED.get(model):
                ids = list(set(those.mapped("source_id")))
                voices += collect(self.env, companies, ids)
                of_these = [("source_model", "=", model), ("source_id", "in", ids)]
                old |= self.search(of_these)
        kept = set(map(_get_key_of, voices))
        old.filtered(lambda row: _get_key(row) not in kept).unlink()
        self._judge(voices, totals, began)
        self._wake_audit()


def _is_open(judged, known):
    """Tell whether DNS may tell more of a voice than is known.

    :param known: ``mail.sender.domain`` by way.
    """
    if judged.way and judged.way not in known:
        return True
    return not judged.is_asked


def _get_key(row):
    """Return what a row is known by, see SAME; also of what ``make_row`` returns."""
    model, record_id, company = row["source_model"], row["source_id"], row["company_id"]
    several = model == "ir.mail_server" or not record_id
    company_id = company if isinstance(company, int | None) else company.id
    return model, record_id, company_id or 0, row["email"] if several else ""


def _get_key_of(voice):
    return _get_key(
        {
            "source_model": voice.source_model,
            "source_id": voice.source_id,
            "company_id": voice.company_id if voice.of_company else None,
            "email": show(voice.email),
        }
    )


def make_row(judged, way, totals):
    """Return the values of a row, as JSON has them.

    :param way: ``mail.sender.domain``, None where DNS was not asked.
    """
    voice = judged.voice
    outcome, reason = judged.outcome, judged.reason
    reasons = [[reason, dict(judged.params)]]
    if reason == "policy_unknown" and not judged.is_asked:
        reason = "policy_pending"
    if way:
        outcome = OUTCOMES[way.verdict]
        reasons = way.reasons or []
        reason = "dns_silent" if way.verdict == "silent" else reasons[0][0]
    elif judged.way:
        reason = "dns_pending"
    address = get_address(voice.values.get("email_from"))
    return {
        "source_model": voice.source_model,
        "source_id": voice.source_id,
        "company_id": voice.company_id if voice.of_company else None,
        "email": show(voice.email),
        "outcome": outcome,
        "reason": reason,
        "reasons": reasons,
        "domain": judged.domain or None,
        "policy": judged.policy or None,
        "is_mailbox_provider": judged.is_mailbox_provider,
        "mail_count": min(totals.get(address, 0), 2**31 - 1),
        "sent_as": judged.sent_as or None,
        "reply_to": judged.reply_to or None,
        "envelope_from": show(judged.envelope_from) or None,
        "server_id": judged.server_id or None,
        "server_filter": show(judged.server_filter) or None,
    }
