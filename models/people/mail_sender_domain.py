# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether mails from a domain that leave by a server satisfy DMARC, as DNS has it."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...mailauth.dns.resolver import per_check
from ...mailauth.domain.audit import guess_addresses
from ...mailauth.domain.check import check_alignment
from ...mailauth.domain.facts import Facts
from ...mailauth.errors import PermError
from ...mailauth.findings import Finding, reason
from ...mailauth.from_filter import fold_address, matches_filter
from ..domain.mail_alias_domain_facts import with_guess
from ..sender.mail_author_policy import is_name

VALID = timedelta(days=1)
AFTER_SILENCE = timedelta(minutes=10)
FORGOTTEN_AFTER = timedelta(days=30)
MOST_AT_ONCE = 100  # domains that are asked about in one run
SIDE_BY_SIDE = 10
GC_BATCH = 1000
# What a finding of dmarc_alignment says, by its status.
VERDICTS = {
    "pass": "yes",
    "info": "unknown",
    "temperror": "silent",
    "warning": "no",
    "fail": "no",
}


class MailSenderDomain(models.Model):
    """A domain in From, the server by which its mails leave, and their envelope.

    Foreign domains stand here as well as one's own: a server may send for anybody.
    """

    _name = "mail.sender.domain"
    _description = "Authentication of a Sender's Domain"
    _rec_name = "domain"
    _order = "domain, server, envelope"

    domain = fields.Char(required=True, readonly=True, help="In A-labels.")
    server = fields.Integer(
        required=True, readonly=True, help="The outgoing server; 0: odoo.conf's."
    )
    envelope = fields.Char(
        readonly=True, default="", help="The domain to which bounces return."
    )
    verdict = fields.Selection(
        [
            ("yes", "Authenticated"),
            ("no", "Not authenticated"),
            ("unknown", "Can't be told"),
            ("silent", "DNS did not answer"),
        ],
        required=True,
        readonly=True,
    )
    reasons = fields.Json(readonly=True)
    checked_on = fields.Datetime(required=True, readonly=True, index=True)

    _way_unique = models.UniqueIndex("(domain, server, COALESCE(envelope, ''))")

    @api.model
    def _find_known(self, ways):
        """Return what is known, and still holds, by way.

        :param ways: tuples: the domain of From, the id of the server, the domain of
            the envelope.
        :rtype: dict[tuple, MailSenderDomain]
        """
        names = list({domain for domain, _server, _envelope in ways})
        now = fields.Datetime.now()
        holds = Domain("checked_on", ">", now - VALID) & Domain(
            "verdict", "!=", "silent"
        )
        silent = Domain("checked_on", ">", now - AFTER_SILENCE)
        rows = self.sudo().search(Domain("domain", "in", names) & (holds | silent))
        known = {(row.domain, row.server, row.envelope or ""): row for row in rows}
        return {way: known[way] for way in ways if way in known}

    @api.model
    def _forget(self, domain):
        """Ask DNS anew about the ways of a domain when its senders are judged again.

        :param domain: in A-labels.
        """
        self.sudo().search([("domain", "=", domain)]).unlink()

    @api.model
    def _ask(self, ways):
        """Ask DNS about some ways, side by side, and keep what it says.

        It takes the seconds of mail_deliverability.dns_timeout for each ten domains.

        :param ways: see :meth:`_find_known`; those beyond MOST_AT_ONCE wait.
        """
        ways = [way for way in ways if is_name(way[0])][:MOST_AT_ONCE]
        if not ways:
            return
        domains = self.env["mail.alias.domain"].sudo().search_fetch([], ["name"])
        questions = [self._prepare_question(domains, *way) for way in ways]
        found = asyncio.run(_ask_all(questions))
        self._keep(dict(zip(ways, found, strict=True)))

    @api.model
    def _prepare_question(self, domains, domain, server_id, envelope):
        """Read what decides, and return the coroutine that asks DNS.

        :param domains: all of ``mail.alias.domain``.
        """
        server = self.env["ir.mail_server"].sudo().browse(server_id or ()).exists()
        own = domains.filtered(lambda one: fold_address(one.name) == domain)[:1]
        holder = own or domains.new({"name": domain})
        outgoing = holder._prepare_outgoing_server(server)
        if own:
            prepare = own._prepare_facts_later([outgoing])
        else:
            prepare = self._prepare_foreign(holder, outgoing, domains[:1])
        change = {"envelope_domain": envelope or domain, "from_domains": (domain,)}
        return _ask_one(
            domain,
            lambda guesses: replace(prepare(guesses), **change),
            domains._get_guessed_hosts([outgoing]),
            self.env["ir.config_parameter"]._get_dns_resolver(),
        )

    @api.model
    def _prepare_foreign(self, holder, outgoing, fallback):
        """Return what makes the facts of mails from a domain that is no alias domain.

        No service signs with a domain of others, unless the server's filter says that
        it may send for it.

        :param holder: a new ``mail.alias.domain`` of that name.
        :param fallback: one that a parent's keys may belong to; empty where there is
            none yet.
        :return: a function of guesses, see ``_prepare_facts_later``.
        """
        domain = holder.name
        known = holder._prepare_server_facts(outgoing)
        named = matches_filter(f"anybody@{domain}", outgoing.get_filter())
        server = replace(
            known,
            signs=known.signs and named,
            selectors=(),
            cname_targets=(),
            signing_domain="",
            signing_seen=False,
        )
        keys = self.env["mail.dkim.key"]
        if fallback:
            keys = keys._get_active_keys(domain, fallback)
        keys = keys._prepare_signing_keys()
        return lambda guesses: Facts(
            servers=(with_guess(server, outgoing.guessed_host, guesses),), keys=keys
        )

    @api.model
    def _keep(self, found):
        """Write what DNS said, a row for each way.

        Another worker may have asked about the same meanwhile: then the transaction is
        tried again, as that of any conflict, where a second row would be an error.

        :param found: findings by way.
        """
        rows = [
            {
                "domain": domain,
                "server": server,
                "envelope": envelope,
                "verdict": VERDICTS[finding.status],
                "reasons": [[one.code, dict(one.params)] for one in finding.why],
            }
            for (domain, server, envelope), finding in found.items()
        ]
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mail_sender_domain (
                    domain, server, envelope, verdict, reasons, checked_on, create_uid,
                    write_uid, create_date, write_date)
                SELECT given.*, %(now)s, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM jsonb_to_recordset(%(rows)s::jsonb) AS given(
                       domain varchar, server int4, envelope varchar, verdict varchar,
                       reasons jsonb)
                 ORDER BY domain, server, envelope
                    ON CONFLICT (domain, server, COALESCE(envelope, ''))
                    DO UPDATE SET verdict = EXCLUDED.verdict,
                           reasons = EXCLUDED.reasons,
                           checked_on = EXCLUDED.checked_on,
                           write_uid = EXCLUDED.write_uid,
                           write_date = EXCLUDED.write_date
                """,
                rows=json.dumps(rows),
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_ways(self):
        old = [("checked_on", "<", fields.Datetime.now() - FORGOTTEN_AFTER)]
        rows = self.search(old, limit=GC_BATCH)
        rows.unlink()
        return len(rows), len(rows) // GC_BATCH


async def _ask_all(questions):
    turn = asyncio.Semaphore(SIDE_BY_SIDE)

    async def ask(question):
        async with turn:
            return await question

    return await asyncio.gather(*map(ask, questions))


async def _ask_one(domain, prepare_facts, hosts, resolver):
    """Return the finding of the alignment of one server's mails."""
    try:
        async with per_check(resolver) as checked:
            facts = prepare_facts(await guess_addresses(hosts, checked))
            return (await check_alignment(domain, facts, checked))[0]
    except PermError as error:
        return Finding("dmarc_alignment", "info", why=(reason(error.code),))
