# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What waits is looked for by its class: mails from before there were any get one."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE mail_mail SET send_class = 'people'
         WHERE waiting_kind IS NOT NULL AND send_class IS NULL
        """
    )
