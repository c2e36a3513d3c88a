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
        users = super(ResUsers, self.with_context(mail_deliverability_must_go=True))
        if not hasattr(users, "action_reset_password"):
            return None  # auth_signup, which has it, may not be installed
        try:
            return users.action_reset_password()
        except UserError as error:
            if isinstance(error.__cause__, DailyLimitError):
                raise self._to_public_error(error.__cause__) from None
            raise

    def _to_public_error(self, error):
        """Keep limits and the names of servers from visitors."""
        if not self.env.user._is_public():
            return error
        reset = self.env["mail.send.counter"]._get_next_reset()
        return DailyLimitError(
            self.env._(
                "No email can be sent now. Try again after %(time)s.",
                time=self.env["ir.mail_server"]._format_utc(reset),
            )
        )
