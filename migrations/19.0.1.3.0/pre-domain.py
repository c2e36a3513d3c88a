# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Drop two reasons that are gone from the rows of checks.

    The others of such a row stay until the next check.
    """
    cr.execute(
        """
        UPDATE mail_domain_check
           SET reasons = (
               SELECT jsonb_agg(one.reason ORDER BY one.place)
                 FROM jsonb_array_elements(reasons)
                      WITH ORDINALITY AS one(reason, place)
                WHERE one.reason->>0 NOT IN %(gone)s)
         WHERE reasons::text LIKE '%%"repair_broken_term"%%'
            OR reasons::text LIKE '%%"repair_too_many_void_lookups"%%'
        """,
        {"gone": ("repair_broken_term", "repair_too_many_void_lookups")},
    )
