from odoo import api, models
from odoo.exceptions import UserError

from .carrier import carried, carry
from .send_budget import DailyLimitError
from .send_class import CODE, PUBLIC, Demand
from .send_mark import SendMark, mark_reset, mark_users

URGENT_RESETS = 3  # a day for each internal user, once the public budget is used up


class ResUsers(models.Model):
    """What mails about passwords and logins may use of the daily limit.

    Their methods are those of modules that may not be installed: each goes on only
    where ``super()`` has it.
    """

    _inherit = "res.users"

    @api.private
    def reset_password(self, login):
        """Odoo's (auth_signup): bounded where it is not an administrator who asks.

        The answer is the same whether the login exists.

        :param str login: as a visitor has typed it.
        :raises UserError: it was asked for a moment ago, or there is no room today.
        """
        users = super()
        if not hasattr(users, "reset_password"):
            return None
        if self.env.user.has_group("base.group_erp_manager"):
            return users.reset_password(login)
        self._check_reset_pause(login)
        found = self._find_for_reset(login)
        room = self.env["ir.mail_server"]._get_common_room(Demand(PUBLIC))
        used_up = room is not None and room <= 0
        if found:
            urgent = used_up and self._may_use_urgent(found)
            mark = mark_users(PUBLIC, found, urgent=urgent)
            marked = super(ResUsers, carry(self, mark))
            marked.reset_password(login)
        if used_up:
            raise UserError(self.env["ir.mail_server"]._explain_to_visitor())
        return True

    def _check_reset_pause(self, login):
        seconds = self.env["mail.reset.attempt"].sudo()._ask(login or "")
        if seconds:
            raise UserError(
                self.env._(
                    "A message for this login was asked for already: look into your "
                    "inbox, and the spam folder, too. You can ask again in %(minutes)s "
                    "min.",
                    minutes=-(-seconds // 60),
                )
            )

    def _find_for_reset(self, login):
        """Return the user that Odoo would reset, none where it would refuse."""
        users = self.search(self._get_login_domain(login))
        users = users or self.search(self._get_email_domain(login))
        return users if len(users) == 1 and users.email else self.browse()

    def _may_use_urgent(self, user):
        if not user._is_internal():
            return False
        attempts = self.env["mail.reset.attempt"].sudo()
        return attempts._count_urgent(user) <= URGENT_RESETS

    def action_reset_password(self):
        """Odoo's (auth_signup): show our own text where the daily limit is the reason.

        Odoo would replace it by "check your configuration".

        :raises DailyLimitError: there is no room today.
        """
        users = super()
        if not hasattr(users, "action_reset_password"):
            return None
        try:
            return users.action_reset_password()
        except UserError as error:
            if isinstance(error.__cause__, DailyLimitError):
                raise error.__cause__ from None
            raise

    def _action_reset_password(self, signup_type="reset"):
        """Odoo's (auth_signup): mark the mails as what they are.

        :raises MailDeliveryException: as Odoo's; there is no room today.
        """
        mark = carried(self.env, SendMark) or mark_reset(self.env, self)
        users = super(ResUsers, carry(self, mark))
        if not hasattr(users, "_action_reset_password"):
            return None
        return users._action_reset_password(signup_type=signup_type)

    def _send_totp_mail_code(self):
        """Odoo's (auth_totp_mail): whoever knows the password gets the code."""
        users = super(ResUsers, carry(self, mark_users(CODE, self)))
        if not hasattr(users, "_send_totp_mail_code"):
            return None
        return users._send_totp_mail_code()
