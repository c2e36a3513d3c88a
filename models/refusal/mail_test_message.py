# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..proof.mail_test_message_send import MAX_FAILURE
from .pause_texts import advise, explain_cause
from .smtp_trouble import find_connection_error, read_connection_error


class MailTestMessage(models.Model):
    _inherit = "mail.test.message"

    @api.model
    def _tell_error(self, error):
        """Say it in words where there was no session: errors have numbers."""
        lost = find_connection_error(error)
        if lost is None:
            return super()._tell_error(error)
        trouble = read_connection_error(lost, host="")
        words = " ".join(trouble.text.split())
        told = self.env._(
            "%(what)s %(advice)s The error was: %(words)s",
            what=explain_cause(self.env, trouble.cause),
            advice=advise(self.env, trouble.cause),
            words=words,
        )
        return told[:MAX_FAILURE]
