from odoo import models
from odoo.exceptions import UserError

from .send_budget import DailyLimitError


class ResUsers(models.Model):
    _inherit = "res.users"

    def action_reset_password(self):
        """Odoo's (auth_signup): show our own text where the daily limit is the reason.

        Odoo does not ask for an exception here, although somebody waits for the mail,
        and would replace its text by "check your configuration".

        :raises DailyLimitError: there is no room today.
        """
        users = self.with_context(mail_deliverability_must_go=True)
        try:
            return super(ResUsers, users).action_reset_password()
        except UserError as error:
            if isinstance(error.__cause__, DailyLimitError):
                raise error.__cause__ from None
            raise
