# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter, defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...mailauth.reports.source import name_sources
from ..tools.host_names import fold
from .bounds import MAX_COUNT
from .mail_dmarc_source import KEY

# What one report may add; strangers send from as many addresses as they like.
MAX_SOURCES = 300
MAX_NAMES = 20  # domains in From
MAX_ROWS = 1000


class MailDmarcSource(models.Model):
    """Adding up what a report says."""

    # A file for each concern.
    _inherit = "mail.dmarc.source"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _add_up(self, report, reporter, day, sign=1):
        """Add what a report says to the rows of its day.

        :param DmarcReport report: what it says.
        :param reporter: of ``mail.dmarc.reporter``.
        :param date day: UTC.
        :param int sign: -1 takes it out again.
        """
        alias_domain = reporter.alias_domain_id
        origins = self._find_origins(report.records, reporter)
        names = _pick_names(report)
        none = self.env["mail.dmarc.origin"]
        rows = Counter()
        for record in report.records:
            origin = origins.get(record.source_ip, none)
            name = fold(record.header_from)
            row = (
                origin.id or None,
                origin.network or "",
                name if name in names else "",
                record.spf == "pass",
                record.dkim == "pass",
                record.disposition or None,
            )
            rows[row] += record.count
        domain = fold(report.domain) or fold(alias_domain.name)
        bounded = Counter({row: sign * n for row, n in _bound(rows).items()})
        self._write_rows((alias_domain.id, domain, day), reporter, bounded)
        if sign < 0:
            self.env.execute_query(SQL(_DELETE_EMPTY, reporter.id))

    @api.model
    def _find_origins(self, records, reporter):
        """Return the origins of the sources that matter most, by their addresses."""
        by_ip = defaultdict(list)
        for record in records:
            by_ip[record.source_ip].append(record)

        def weigh(ip):
            passes = any("pass" in (one.spf, one.dkim) for one in by_ip[ip])
            return passes, sum(one.count for one in by_ip[ip]), ip

        chosen = sorted(by_ip, key=weigh, reverse=True)[:MAX_SOURCES]
        origins = self.env["mail.dmarc.origin"]
        alias_domain = reporter.alias_domain_id
        mine = (record for ip in chosen for record in by_ip[ip])
        sources = name_sources(mine, alias_domain._get_spf_networks() or ())
        return origins._find_or_make(alias_domain, sources, reporter)

    @api.model
    def _write_rows(self, where, reporter, rows):
        """Add numbers to rows, in one statement and in one order for all workers."""
        self.env["mail.dmarc.origin"].flush_model()
        reporter.flush_recordset()
        self.flush_model()
        values = [
            SQL(
                "(%s, %s, %s::date, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                *where,
                reporter.id,
                reporter.is_trusted,
                *row,
                min(count, MAX_COUNT),
            )
            for row, count in sorted(rows.items(), key=lambda item: str(item[0]))
            if count
        ]
        if not values:
            return
        self.env.execute_query(
            SQL(
                """
                INSERT INTO mail_dmarc_source AS row (
                       alias_domain_id, domain, day, reporter_id, is_trusted,
                       origin_id, network, header_from,
                       is_spf_aligned, is_dkim_aligned, disposition, mail_count)
                VALUES %(values)s
                ON CONFLICT (%(key)s) DO UPDATE
                   SET mail_count = LEAST(
                       row.mail_count::bigint + EXCLUDED.mail_count, %(most)s)
             RETURNING row.id
                """,
                values=SQL(", ").join(values),
                key=SQL(KEY),
                most=MAX_COUNT,
            )
        )
        self.invalidate_model(["mail_count"])


_DELETE_EMPTY = """
    DELETE FROM mail_dmarc_source WHERE reporter_id = %s AND mail_count <= 0
 RETURNING id
"""


def _pick_names(report):
    """Return the domains in From that rows are kept for: the most frequent ones."""
    counts = Counter()
    for record in report.records:
        if record.header_from:
            counts[record.header_from] += record.count
    return {fold(name) for name, _count in counts.most_common(MAX_NAMES)} - {""}


def _bound(rows):
    """Return the largest rows, and the sums of the others without their source."""
    if len(rows) <= MAX_ROWS:
        return rows
    ranked = rows.most_common()
    bounded = Counter(dict(ranked[:MAX_ROWS]))
    for row, count in ranked[MAX_ROWS:]:
        bounded[None, "", "", *row[3:]] += count
    return bounded
