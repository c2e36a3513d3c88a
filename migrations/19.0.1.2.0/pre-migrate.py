# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Turn the stored sentence of mails that wait into what they wait for.

    The date that somebody had set before was not kept.
    """
    cr.execute(
        """
        ALTER TABLE mail_mail RENAME COLUMN postponed_server_id TO waiting_server_id;
        ALTER TABLE mail_mail
            ADD COLUMN waiting_kind VARCHAR,
            ADD COLUMN waiting_until TIMESTAMP,
            ADD COLUMN waiting_attempt INTEGER;
        UPDATE mail_mail
           SET waiting_kind = 'limit', waiting_until = scheduled_date,
               waiting_attempt = 1
         WHERE postponed_reason IS NOT NULL AND state = 'outgoing'
           AND scheduled_date IS NOT NULL;
        ALTER TABLE mail_mail DROP COLUMN postponed_reason;
        """
    )
