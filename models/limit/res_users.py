from contextlib import suppress

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.carrier import carried, carry
from .budget import DailyLimitError
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
        used_up = not self.env["ir.mail_server"]._has_room_for(1, Demand(PUBLIC))
        if found:
            urgent = used_up and self._may_use_urgent(found)
            mark = mark_users(PUBLIC, found, urgent=urgent)
            with suppress(DailyLimitError):
                super(ResUsers, carry(self, mark)).reset_password(login)
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
        """Return the user to send to: none where Odoo would refuse.

        Nor where the same user was asked for by another name just now. Neither is told:
        it would say that there is such a user.
        """
        users = self.search(self._get_login_domain(login))
        users = users or self.search(self._get_email_domain(login))
        if len(users) != 1 or not users.email:
            return self.browse()
        attempts = self.env["mail.reset.attempt"].sudo()
        return self.browse() if attempts._ask(f"user {users.id}") else users

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
        # All or none: an exception undoes the links in the mails that have left.
        servers = self.env["ir.mail_server"]
        if len(self) > 1 and not servers._has_room_for(
            len(self), Demand(mark.send_class, urgent=mark.urgent)
        ):
            raise servers._make_limit_error(servers._explain_too_few(len(self)))
        return users._action_reset_password(signup_type=signup_type)

    def _send_totp_mail_code(self):
        """Odoo's (auth_totp_mail): whoever knows the password gets the code."""
        mark = mark_users(CODE, self, visitor=not self._is_internal())
        users = super(ResUsers, carry(self, mark))
        if not hasattr(users, "_send_totp_mail_code"):
            return None
        return users._send_totp_mail_code()
