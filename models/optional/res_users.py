# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What mails about passwords and logins may use of the daily limit.

Methods of auth_signup and auth_totp_mail are overridden, which don't call ``super()``:
so each goes around what the loaded modules make of the method; see around.py.
"""

import logging
from contextlib import suppress

from odoo import api, models
from odoo.exceptions import UserError

from ..limit.budget import DailyLimitError, show_limit_error
from ..limit.send_class import ACCOUNT, CODE, PUBLIC, Demand
from ..limit.send_mark import get_mark, is_visitor, mark_reset, mark_users
from ..tools.carrier import carry

_logger = logging.getLogger(__name__)

URGENT_RESETS = 3  # a day for each internal user, once the public budget is used up


class ResUsers(models.Model):
    _inherit = "res.users"

    # ------------------------------------------------------------
    # Password resets
    # ------------------------------------------------------------

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

    def _check_room_for_all(self, mark):
        """Send to all users or to none.

        An exception undoes the links in the mails that have left.

        :param SendMark mark: of the mails.
        :raises DailyLimitError: there is no room for them all.
        """
        if len(self) > 1:
            demand = Demand(mark.send_class, urgent=mark.urgent)
            self.env["ir.mail_server"]._require_room_for(len(self), demand)

    def _tell_not_invited(self, error):
        """Tell whoever has created users that they got no invitation, and why.

        Odoo catches the error, cancels the links, and says nothing.

        :param DailyLimitError error: as raised for the creator.
        """
        names = ", ".join(self.mapped("name"))
        _logger.warning("no invitation was sent to %s: %s", self.mapped("login"), error)
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "sticky": True,
                "title": self.env._("No invitation was sent"),
                "message": self.env._(
                    "Users that can't log in yet: %(names)s. %(reason)s When there is "
                    "room again, open each of them and send the invitation again.",
                    names=names,
                    reason=error,
                ),
            },
        )


def _around_reset_password(plain):
    @api.private
    def reset_password(self, login):
        """Odoo's (auth_signup): bounded where it is not an administrator who asks.

        The answer is the same whether the login exists.

        :param str login: as a visitor has typed it.
        :raises UserError: it was asked for a moment ago, or there is no room today.
        """
        if self.env.user.has_group("base.group_erp_manager"):
            return plain(self, login)
        self._check_reset_pause(login)
        found = self._find_for_reset(login)
        used_up = not self.env["ir.mail_server"]._has_room_for(1, Demand(PUBLIC))
        if found:
            urgent = used_up and self._may_use_urgent(found)
            mark = mark_users(PUBLIC, found, urgent=urgent)
            with suppress(DailyLimitError):
                plain(carry(self, mark), login)
        if used_up:
            raise UserError(self.env["ir.mail_server"]._explain_to_visitor())
        return True

    return reset_password


def _around_action_reset_password(plain):
    def action_reset_password(self):
        """Odoo's (auth_signup): show our own text where the daily limit is the reason.

        :raises DailyLimitError: there is no room today.
        """
        with show_limit_error():
            return plain(self)

    return action_reset_password


def _around_mails_of_resets(plain):
    def _action_reset_password(self, signup_type="reset"):
        """Odoo's (auth_signup): mark the mails as what they are.

        :raises MailDeliveryException: as Odoo's; there is no room today.
        """
        mark = get_mark(self.env) or mark_reset(self.env, self)
        try:
            self._check_room_for_all(mark)
            return plain(carry(self, mark), signup_type=signup_type)
        except DailyLimitError as error:
            if signup_type == "signup" and not is_visitor(self.env):
                self._tell_not_invited(error)
            raise

    return _action_reset_password


def _around_created_users(plain):
    @api.model
    def web_create_users(self, emails):
        """Odoo's (base, auth_signup): create users by their addresses, and invite them.

        All of them or none: of an error Odoo would undo the links in mails that have
        left.

        :param list emails: of the users.
        :raises DailyLimitError: there is no room for all invitations.
        """
        self.check_access("create")
        if hasattr(self, "_action_reset_password"):
            servers = self.env["ir.mail_server"]
            servers._require_room_for(len(set(emails)), Demand(ACCOUNT))
        return plain(self, emails)

    return web_create_users


def _around_login_codes(plain):
    def _send_totp_mail_code(self):
        """Odoo's (auth_totp_mail): whoever knows the password gets the code."""
        mark = mark_users(CODE, self, visitor=not self._is_internal())
        return plain(carry(self, mark))

    return _send_totp_mail_code


# By model and method: what makes ours of the one that is there.
WRAPPERS = {
    ("res.users", "reset_password"): _around_reset_password,
    ("res.users", "action_reset_password"): _around_action_reset_password,
    ("res.users", "_action_reset_password"): _around_mails_of_resets,
    ("res.users", "_send_totp_mail_code"): _around_login_codes,
    ("res.users", "web_create_users"): _around_created_users,
}
