# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Give waiting mails of mass mailings their class; is_bulk told it before."""
    cr.execute("ALTER TABLE mail_mail ADD COLUMN IF NOT EXISTS send_class VARCHAR")
    cr.execute(
        "UPDATE mail_mail SET send_class = 'bulk' WHERE is_bulk AND state = 'outgoing'"
    )
