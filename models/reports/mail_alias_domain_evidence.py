# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the reports on a domain say about when its policy may be raised."""

from collections import Counter
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...mailauth.dmarc.ladder import (
    DAYS,
    MANY_DAYS,
    RECENT_DAYS,
    Evidence,
    Reporter,
    Source,
    find_rung,
    pick_window,
)
from ...mailauth.dmarc.record import parse_dmarc
from ..tools.host_names import fold
from .mail_dmarc_source import is_own

# Reports come a day late, some two. Where none has come for so long, nothing is known.
SILENT_DAYS = 14
MOST_SOURCES = 100  # of more than a hundredth each there are no more
MOST_REPORTERS = 500
# So long after the first one has told of a new policy the others are expected to.
LATE = timedelta(days=3)
MODELS = (
    "mail.dmarc.source",
    "mail.dmarc.tally",
    "mail.dmarc.origin",
    "mail.dmarc.reporter",
)


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _collect_evidence(self):
        """Return the :class:`Evidence` of the domain: a fixed number of questions.

        Only reports count whose reporter is trusted, and that are on the domain itself:
        what is below it with a record of its own has its own policy.
        """
        self.ensure_one()
        rung = self._find_dmarc_rung()
        today = fields.Date.today()
        begin = today - timedelta(days=MANY_DAYS)
        for model in (*MODELS, "mail.dmarc.report"):
            self.env[model].flush_model()
        since = max(begin, self._find_policy_begin(rung) or begin)
        since = max(since, self._find_rung_begin(rung) or since)
        # What is rare is asked by who is allowed to, and read by who sends, too.
        is_rare = {"yes": True, "no": False}.get(self.sudo().dmarc_is_rare)
        counts = self._count_by_kind(since, today)
        days = counts["days"] if rung else 0
        window = pick_window(counts["all", DAYS], is_rare)
        first = max(since, today - timedelta(days=window))
        return Evidence(
            rung,
            days=days,
            messages=counts["all", DAYS],
            own=counts["own", window],
            own_passing=counts["passing", window],
            sources=self._count_sources(first, counts["all", window]),
            reporters=self._count_reporters(first),
            is_rare=is_rare,
            own_recent=counts["own", RECENT_DAYS],
            own_failing=counts["own", RECENT_DAYS] - counts["passing", RECENT_DAYS],
        )

    def _find_dmarc_rung(self):
        """Return what the domain's own record asks for, as the last check saw it.

        None where there is none that counts, or one above the domain applies.
        """
        return find_rung(self._find_own_dmarc())

    def _find_own_dmarc(self):
        """Return the only record at the domain's own name, as the last check saw it.

        :return: a :class:`DmarcRecord`, which may be no valid one, or None.
        """
        rows = self.sudo().auth_check_ids
        for row in rows.filtered(lambda one: one.code == "dmarc_record"):
            lines = (row.found or "").splitlines()
            texts = [line for line in lines if not line.startswith("CNAME ")]
            if row.record_name == f"_dmarc.{fold(self.name)}" and len(texts) == 1:
                return parse_dmarc(texts[0].encode())
        return None

    def _find_rung_begin(self, rung):
        """Return the day on which today's policy was first seen in DNS here.

        None where it was there before anybody looked. What reporters tell of it may be
        late, or made up.
        """
        kept = self.sudo().dmarc_rung
        if not kept or not rung:
            return None
        return fields.Date.to_date(kept[1]) if kept[0] == rung else fields.Date.today()

    def _find_policy_begin(self, rung):
        """Return the first day on which all reported by today's policy, or None.

        A reporter that goes on with another policy than others have told for days tells
        something else than what is published; it does not count.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH told AS (
                    SELECT report.reporter_id, report."end", report.policy_p AS p,
                           COALESCE(report.policy->>'testing', '') = 'y' OR
                           COALESCE(report.policy->>'pct', '') NOT IN ('', '100')
                           AS is_eased
                      FROM mail_dmarc_report report
                      JOIN mail_dmarc_reporter reporter
                        ON reporter.id = report.reporter_id AND reporter.is_trusted
                     WHERE report.alias_domain_id = %s AND report.state = 'read'
                       AND LOWER(report.domain) = %s
                       AND report.policy_p IN ('none', 'quarantine', 'reject')
                ), rungs AS (
                    SELECT reporter_id, "end",
                           CASE WHEN p = 'reject' AND is_eased THEN 'quarantine'
                                WHEN p = 'quarantine' AND is_eased THEN 'testing'
                                ELSE p END = %s AS is_now
                      FROM told
                ), latest AS (
                    SELECT *, MAX("end") FILTER (WHERE NOT is_now)
                              OVER (PARTITION BY reporter_id) AS before
                      FROM rungs
                ), changes AS (
                    SELECT MIN(before) AS before,
                           MIN("end") FILTER (
                               WHERE is_now AND ("end" > before OR before IS NULL)
                           ) AS first,
                           MAX("end") FILTER (WHERE is_now) AS after
                      FROM latest
                  GROUP BY reporter_id
                )
                SELECT MAX(before)
                  FROM changes one
                 WHERE first IS NOT NULL
                    OR NOT EXISTS (
                           SELECT FROM changes other
                            WHERE other.first < one.before - %s
                              AND other.after >= one.before - %s
                       )
                """,
                self.id,
                fold(self.name),
                rung,
                LATE,
                LATE,
            )
        )
        before = rows[0][0]
        return before and before.date() + timedelta(days=1)

    def _count_by_kind(self, since, today):
        """Return how many messages there are, and how our own ones fare.

        :return: "days", and by ("all", "own" or "passing", number of days) all
            messages, our own ones, and those of them that pass.
        """
        windows = (RECENT_DAYS, DAYS, MANY_DAYS)
        counts = Counter()
        rows = self._sum_dmarc_days(since, fold(self.name))
        for day, is_ours, mails, passed, forwarded in rows:
            for days in windows:
                if day >= today - timedelta(days=days):
                    counts["all", days] += mails
                    counts["own", days] += mails if is_ours else 0
                    counts["passing", days] += passed + forwarded if is_ours else 0
        last = max((row[0] for row in rows), default=None)
        is_silent = not last or last < today - timedelta(days=SILENT_DAYS)
        first = min((row[0] for row in rows), default=today)
        counts["days"] = 0 if is_silent else (today - first).days
        return counts

    def _count_sources(self, first, total):
        """Return each large :class:`Source`, and all others together.

        :param int total: the messages since ``first``, whoever has sent them.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH counted AS (
                    SELECT origin_id, SUM(mail_count) AS mail_count
                      FROM mail_dmarc_source
                     WHERE alias_domain_id = %(id)s AND domain = %(name)s
                       AND is_trusted AND day >= %(first)s AND origin_id IS NOT NULL
                  GROUP BY origin_id
                 UNION ALL
                    SELECT origin_id, mail_count
                      FROM mail_dmarc_tally
                     WHERE alias_domain_id = %(id)s AND domain = %(name)s
                       AND week >= %(first)s AND origin_id IS NOT NULL
                )
                SELECT MIN(origin.name), SUM(counted.mail_count)::bigint,
                       BOOL_AND(origin.kind != 'unknown')
                  FROM counted
                  JOIN mail_dmarc_origin origin ON origin.id = counted.origin_id
                 WHERE origin.alias_domain_id = %(id)s
              GROUP BY origin.id
              ORDER BY 2 DESC, 1
                 LIMIT %(most)s
                """,
                id=self.id,
                name=fold(self.name),
                first=first,
                most=MOST_SOURCES,
            )
        )
        found = tuple(Source(*row) for row in rows)
        rest = total - sum(one.count for one in found)
        return (*found, Source("", rest, True)) if rest > 0 else found

    def _count_reporters(self, first):
        """Return each :class:`Reporter` of our own messages, the largest first."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH counted AS (
                    SELECT source.reporter_id, SUM(source.mail_count) AS mail_count,
                           COALESCE(SUM(source.mail_count) FILTER (
                               WHERE source.is_dkim_aligned), 0) AS signed
                      FROM mail_dmarc_source source
                     WHERE source.alias_domain_id = %(id)s AND source.is_trusted
                       AND source.domain = %(name)s
                       AND source.day >= %(first)s AND %(is_own)s
                  GROUP BY source.reporter_id
                 UNION ALL
                    SELECT reporter_id, own_count, own_dkim_count
                      FROM mail_dmarc_tally
                     WHERE alias_domain_id = %(id)s AND domain = %(name)s
                       AND week >= %(first)s AND reporter_id IS NOT NULL
                       AND own_count > 0
                )
                SELECT MIN(reporter.name), SUM(counted.mail_count)::bigint,
                       SUM(counted.signed)::bigint
                  FROM counted
                  JOIN mail_dmarc_reporter reporter ON reporter.id = counted.reporter_id
                 WHERE reporter.is_trusted AND reporter.alias_domain_id = %(id)s
              GROUP BY LOWER(reporter.name), reporter.domain
              ORDER BY 2 DESC, 1
                 LIMIT %(most)s
                """,
                id=self.id,
                name=fold(self.name),
                first=first,
                is_own=is_own(self),
                most=MOST_REPORTERS,
            )
        )
        return tuple(Reporter(*row) for row in rows)
