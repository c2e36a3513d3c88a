# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Keeping it small: of days that are over, the small rows are added up.

Every sum by day and by how mails fared stays what it is. What each source and each
reporter had in the rows that go is in ``mail.dmarc.tally``, by the week.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .bounds import KEEP, MAX_COUNT
from .mail_dmarc_source import KEY

FULL_DAYS = 6
# Rows of a day and a domain that stay as they are, the largest ones. A company with a
# few services and reporters has fewer: there all is kept.
KEPT_ROWS = 30
KEEP_UNPROVEN = timedelta(days=30)  # as long as the files


class MailDmarcSource(models.Model):
    # A file for each concern.
    _inherit = "mail.dmarc.source"  # pylint: disable=consider-merging-classes-inherited

    @api.autovacuum
    def _gc_rows(self):
        """Add up the small rows of old days, and delete what is older than a year."""
        self._compact(fields.Date.today() - timedelta(days=FULL_DAYS))
        today = fields.Date.today()
        for condition in (
            SQL("day < %s", today - KEEP),
            SQL("NOT COALESCE(is_trusted, false) AND day < %s", today - KEEP_UNPROVEN),
        ):
            self.env.cr.execute(
                SQL("DELETE FROM mail_dmarc_source WHERE %s", condition)
            )
        self.env.cr.execute(
            SQL("DELETE FROM mail_dmarc_tally WHERE week < %s", today - KEEP)
        )
        self.env.invalidate_all()

    @api.model
    def _compact(self, before):
        """Add up the small rows of the days before one.

        :param date before: the first day that is left alone.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH ranked AS (
                    SELECT row.*, COALESCE(origin.kind, row.kind, 'unknown') AS whose,
                           ROW_NUMBER() OVER (
                               PARTITION BY row.alias_domain_id, row.domain, row.day
                               ORDER BY row.mail_count DESC, row.id) AS place
                      FROM mail_dmarc_source row
                 LEFT JOIN mail_dmarc_origin origin ON origin.id = row.origin_id
                     WHERE row.day < %(before)s AND row.is_trusted
                       AND row.reporter_id IS NOT NULL
                ), small AS (
                    SELECT * FROM ranked WHERE place > %(kept)s
                ), gone AS (
                    DELETE FROM mail_dmarc_source row USING small
                     WHERE row.id = small.id
                ), merged AS (
                    INSERT INTO mail_dmarc_source AS row (
                           alias_domain_id, domain, day, is_trusted, kind, network,
                           header_from, is_spf_aligned, is_dkim_aligned, disposition,
                           mail_count)
                    SELECT alias_domain_id, domain, day, true, whose, '', '',
                           COALESCE(is_spf_aligned, false),
                           COALESCE(is_dkim_aligned, false), disposition,
                           LEAST(SUM(mail_count), %(most)s)
                      FROM small
                     GROUP BY 1, 2, 3, 5, 8, 9, 10
                    ON CONFLICT (%(key)s) DO UPDATE SET mail_count = LEAST(
                       row.mail_count::bigint + EXCLUDED.mail_count, %(most)s)
                ), of_origins AS (
                    %(of_origins)s
                )
                %(of_reporters)s
                """,
                before=before,
                kept=KEPT_ROWS,
                key=SQL(KEY),
                most=MAX_COUNT,
                of_origins=_tally(SQL("origin_id"), SQL("NULL::integer")),
                of_reporters=_tally(SQL("NULL::integer"), SQL("reporter_id")),
            )
        )
        self.env.invalidate_all()


def _tally(origin, reporter):
    """Return the statement that counts the small rows by source, or by reporter."""
    return SQL(
        """
        INSERT INTO mail_dmarc_tally AS tally (
               alias_domain_id, domain, week, origin_id, reporter_id,
               mail_count, pass_count, dkim_count, own_count, own_dkim_count)
        SELECT alias_domain_id, domain, date_trunc('week', day)::date,
               %(origin)s, %(reporter)s,
               LEAST(SUM(mail_count), %(most)s),
               LEAST(COALESCE(SUM(mail_count) FILTER (
                   WHERE is_spf_aligned OR is_dkim_aligned), 0), %(most)s),
               LEAST(COALESCE(SUM(mail_count) FILTER (
                   WHERE is_dkim_aligned), 0), %(most)s),
               LEAST(COALESCE(SUM(mail_count) FILTER (
                   WHERE whose = 'ours'), 0), %(most)s),
               LEAST(COALESCE(SUM(mail_count) FILTER (
                   WHERE whose = 'ours' AND is_dkim_aligned), 0), %(most)s)
          FROM small
         WHERE COALESCE(%(origin)s, %(reporter)s) IS NOT NULL
         GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (alias_domain_id, domain, week, COALESCE(origin_id, 0),
                     COALESCE(reporter_id, 0)) DO UPDATE
           SET mail_count = LEAST(
                   tally.mail_count::bigint + EXCLUDED.mail_count, %(most)s),
               pass_count = LEAST(
                   tally.pass_count::bigint + EXCLUDED.pass_count, %(most)s),
               dkim_count = LEAST(
                   tally.dkim_count::bigint + EXCLUDED.dkim_count, %(most)s),
               own_count = LEAST(
                   tally.own_count::bigint + EXCLUDED.own_count, %(most)s),
               own_dkim_count = LEAST(
                   tally.own_dkim_count::bigint + EXCLUDED.own_dkim_count, %(most)s)
        """,
        origin=origin,
        reporter=reporter,
        most=MAX_COUNT,
    )
