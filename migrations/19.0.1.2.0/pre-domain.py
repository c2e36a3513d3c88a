# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Keep what is known of domains under the columns' new names.

    Two reasons are gone: of a check that has them, the others stay until the next one.

    Odoo forgets the model of a guided setup's servers by itself, but not its table, nor
    the column of a state that is computed since 19.0.1.1.0.
    """
    for old, new in (("doubted", "temperror_once"), ("calm_severity", "baseline")):
        cr.execute(f"ALTER TABLE mail_domain_check RENAME COLUMN {old} TO {new}")
    cr.execute("DROP TABLE IF EXISTS mail_domain_setup_way CASCADE")
    cr.execute("ALTER TABLE mail_alias_domain DROP COLUMN IF EXISTS auth_status")
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
