# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What DMARC reports say was added up by the name of the service as well.

A source that got its name later had rows without it: they are one now. As several,
their table could have no unique index, and no report could be added up any more.
"""

KEY = """
    alias_domain_id, day, domain, reporter_id, origin_id, COALESCE(kind, ''),
    COALESCE(network, ''), COALESCE(header_from, ''), COALESCE(is_spf_aligned, false),
    COALESCE(is_dkim_aligned, false), COALESCE(disposition, '')
"""
MAX_COUNT = 2**31 - 1


def migrate(cr, version):
    cr.execute("SELECT to_regclass('mail_dmarc_source')")
    if cr.fetchone() == (None,):
        return  # from before there were reports
    # The index on it goes with the column.
    cr.execute("ALTER TABLE mail_dmarc_source DROP COLUMN IF EXISTS service")
    cr.execute(
        f"""
        WITH found AS (
            SELECT id, MIN(id) OVER same AS first, SUM(mail_count) OVER same AS mails
              FROM mail_dmarc_source
            WINDOW same AS (PARTITION BY {KEY})
        ), gone AS (
            DELETE FROM mail_dmarc_source row USING found
             WHERE row.id = found.id AND found.id != found.first
         RETURNING found.first
        )
        UPDATE mail_dmarc_source row SET mail_count = LEAST(found.mails, %s)
          FROM found
         WHERE row.id = found.id AND row.id IN (SELECT first FROM gone)
        """,
        [MAX_COUNT],
    )
