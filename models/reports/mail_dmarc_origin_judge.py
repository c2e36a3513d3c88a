# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whose a source is, and the one thing to do about it: by all that is known by now."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...mailauth.dns.names import display_name, is_within
from ...mailauth.printable import printable
from ...mailauth.reports.advice import Tally, advise, find_kind
from ..tools.host_names import fold
from .mail_dmarc_origin import LONGEST, NO_ADDRESS, OTHERS

JUDGED_BY = timedelta(days=28)  # before the last day that is reported of a source
# In one run: several seconds, and some hundred thousand rows at most.
MOST_JUDGED = 2000
COUNTED_SEPARATELY = (NO_ADDRESS, OTHERS)


@dataclass(frozen=True)
class Seen:
    """What trusted reporters have seen of a source.

    :param tally: of the last four weeks in which it was seen.
    :param has_spf: whether SPF has ever passed for From.
    :param has_passed: whether SPF or DKIM has.
    :param first: the first day ever, UTC, None for none.
    """

    tally: Tally = Tally()
    has_spf: bool = False
    has_passed: bool = False
    first: date | None = None
    last: date | None = None


class MailDmarcOrigin(models.Model):
    """Judging sources."""

    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    is_stale = fields.Boolean(
        readonly=True,
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        help="Technical: something was reported of it since it was judged.",
    )

    @api.model
    def _judge_stale(self, alias_domains=None):
        """Judge those of which something was reported meanwhile, bounded.

        :param alias_domains: only those of these; None: of all.
        :return: whether these were all.
        """
        stale = Domain("is_stale", "=", True)
        if alias_domains is not None:
            stale &= Domain("alias_domain_id", "in", alias_domains.ids)
        found = self.sudo().search(stale, order="id", limit=MOST_JUDGED + 1)
        found[:MOST_JUDGED]._judge()
        return len(found) <= MOST_JUDGED

    def _judge(self):
        """Judge these sources anew, by the rows of reporters that are trusted.

        Called where something has come that it hangs on: rows, a name in DNS, the
        administrator's word, a reporter that counts from now on.
        """
        origins = self.sudo()
        origins.env.flush_all()
        services = origins._get_services()
        seen = origins._count_seen()
        for alias_domain, mine in origins.grouped("alias_domain_id").items():
            mine._judge_domain(alias_domain, services, seen)

    def _judge_domain(self, alias_domain, services, seen):
        domain = fold(alias_domain.name)
        relays = alias_domain._find_own_relays()
        found = {
            one: services.find(one._to_source(), domain, one.reverse_name or "")
            for one in self
        }
        # Who signs for us is known by then.
        order = self.sorted(lambda one: not (one.path or found[one].service))
        keys = alias_domain._list_own_signers()
        signers = self._list_their_signers(alias_domain)
        for origin in order:
            others = {one for known, one in signers if known != origin.id}
            counted = seen.get(origin.id, Seen())
            kind = origin._find_kind(found[origin], counted, keys | others, relays)
            origin._store_judgement(found[origin], counted, kind)
            if kind == "ours" and (origin.path or found[origin].service):
                signers |= {(origin.id, one) for one in origin._list_signers(domain)}

    def _find_kind(self, found, counted, our_signers, relays):
        """Return whose it is; what has once passed was ours, however it fares today."""
        tally = counted.tally
        once = replace(
            tally,
            spf=tally.spf or int(counted.has_spf or self.has_spf_pass),
            passed=tally.passed or int(counted.has_passed or self.has_aligned_pass),
            forwarded=int(self.is_passed_on),
        )
        return find_kind(
            self._to_source(),
            found,
            once,
            decision=self.decision or "",
            our_signers=our_signers,
            is_our_relay=relays.has(found.service, self.address),
        )

    def _store_judgement(self, found, seen, kind):
        """Write what has changed alone: rows of other workers may wait for these."""
        tally = seen.tally
        values = {
            "name": self._choose_name(found),
            "service": found.service.name if found.service else found.name or False,
            "provider_id": found.service.key if found.service else False,
            "has_aligned_pass": self.has_aligned_pass or seen.has_passed,
            "has_spf_pass": self.has_spf_pass or seen.has_spf,
            "is_stale": False,
            "kind": kind,
            "advice": advise(self._to_source(), found, tally, kind),
        }
        if seen.first:
            values["first_seen"] = min(seen.first, self.first_seen or seen.first)
            values["last_seen"] = max(seen.last, self.last_seen or seen.last)
        known = {**self.read(list(values), load="")[0], "id": self.id}
        changed = {name: one for name, one in values.items() if known[name] != one}
        if changed:
            self.write(changed)

    def _choose_name(self, found):
        """Return what a source is called; those without a place are told by the key."""
        if self.key in COUNTED_SEPARATELY:
            return self.key
        name = found.name or self.network or self.address or self.key
        # A network of one address is that address.
        name = name.removesuffix("/32").removesuffix("/128")
        return printable(display_name(name), LONGEST)

    def _list_signers(self, domain):
        """Return the (domain, selector) of its signatures in our name."""
        pairs = {(one[0], one[1]) for one in self.signers or ()}
        return {pair for pair in pairs if pair[1] and is_within(pair[0], domain)}

    @api.model
    def _list_their_signers(self, alias_domain):
        """Return (id, signer) of the services of a domain that are known to be ours."""
        domain = fold(alias_domain.name)
        ours = self.search(
            [("alias_domain_id", "=", alias_domain.id), ("kind", "=", "ours")]
        )
        return {
            (one.id, signer)
            for one in ours
            if one.path or one.provider_id
            for signer in one._list_signers(domain)
        }

    def _count_seen(self):
        """Return what reporters that are trusted have seen of each, by id."""
        rows = self.env.execute_query(
            SQL(_COUNT, origins=list(self.ids), days=JUDGED_BY.days)
        )
        return {row[0]: Seen(Tally(*row[1:5]), *row[5:]) for row in rows}


# Rows of days that are long gone are added up by week (see mail_dmarc_tally.py), which
# tell no more of SPF than that it has passed where DKIM has not.
_COUNT = """
    WITH seen AS (
        SELECT origin_id, day, mail_count AS mails,
               CASE WHEN is_spf_aligned THEN mail_count ELSE 0 END AS spf,
               CASE WHEN is_dkim_aligned THEN mail_count ELSE 0 END AS dkim,
               CASE WHEN is_spf_aligned OR is_dkim_aligned
                    THEN mail_count ELSE 0 END AS passed
          FROM mail_dmarc_source
         WHERE origin_id = ANY(%(origins)s) AND is_trusted
         UNION ALL
        SELECT origin_id, week, mail_count, pass_count - dkim_count, dkim_count,
               pass_count
          FROM mail_dmarc_tally
         WHERE origin_id = ANY(%(origins)s)
    ), latest AS (
        SELECT origin_id, MAX(day) - %(days)s AS since FROM seen GROUP BY origin_id
    )
    SELECT seen.origin_id,
           COALESCE(SUM(seen.mails) FILTER (WHERE seen.day > latest.since), 0)::bigint,
           COALESCE(SUM(seen.spf) FILTER (WHERE seen.day > latest.since), 0)::bigint,
           COALESCE(SUM(seen.dkim) FILTER (WHERE seen.day > latest.since), 0)::bigint,
           COALESCE(SUM(seen.passed) FILTER (WHERE seen.day > latest.since), 0)::bigint,
           SUM(seen.spf) > 0, SUM(seen.passed) > 0, MIN(seen.day), MAX(seen.day)
      FROM seen JOIN latest USING (origin_id)
     GROUP BY seen.origin_id
"""
