from odoo import models

from ..models.carrier import carry
from ..models.send_class import BULK
from ..models.send_mark import SendMark


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _action_send_mail_mass_mail(self, res_ids, auto_commit=False):
        composer = carry(self, SendMark(BULK))
        return super(MailComposeMessage, composer)._action_send_mail_mass_mail(
            res_ids, auto_commit=auto_commit
        )
