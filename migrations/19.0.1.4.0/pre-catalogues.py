# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Let updates reach the catalogues: their entries know what people have changed."""
    cr.execute(
        """
        UPDATE ir_model_data
           SET noupdate = FALSE
         WHERE module = 'mail_deliverability'
           AND model IN ('mail.dns.provider', 'mail.mailbox.provider',
                         'mail.sending.provider')
        """
    )
