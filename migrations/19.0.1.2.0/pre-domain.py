# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Keep what is known of domains under the columns' new names.

    Odoo forgets the model of a guided setup's servers by itself, but not its table, nor
    the column of a state that is computed since 19.0.1.1.0.
    """
    for old, new in (("doubted", "temperror_once"), ("calm_severity", "baseline")):
        cr.execute(f"ALTER TABLE mail_domain_check RENAME COLUMN {old} TO {new}")
    cr.execute("DROP TABLE IF EXISTS mail_domain_setup_way CASCADE")
    cr.execute("ALTER TABLE mail_alias_domain DROP COLUMN IF EXISTS auth_status")
