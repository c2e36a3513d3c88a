# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ..optional.accounts import INVITATIONS, SIGN_UPS
from ..tools.carrier import carry
from .send_class import ACCOUNT, PUBLIC
from .send_mark import is_visitor, mark_users, note_call

# Who may invite: the right that the portal's invitation and users' forms ask for.
INVITERS = ("base.group_erp_manager", "base.group_partner_manager")


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def send_mail_batch(
        self,
        res_ids,
        force_send=False,
        raise_exception=False,
        email_values=None,
        email_layout_xmlid=False,
    ):
        """Mark mails about an account, whichever module sends them.

        Of all others it is told how many there will be.
        """
        template = self if len(res_ids) == 1 else note_call(self, act_size=len(res_ids))
        if send_class := self._get_send_class():
            users = self.env["res.users"].browse(res_ids)
            # Nobody needs to be told where a sign-up's mail has no room: who has signed
            # up is logged in all the same.
            mark = mark_users(send_class, users, quiet=send_class == PUBLIC)
            template = carry(template, mark)
        return super(MailTemplate, template).send_mail_batch(
            res_ids,
            force_send=force_send,
            raise_exception=raise_exception,
            email_values=email_values,
            email_layout_xmlid=email_layout_xmlid,
        )

    def _get_send_class(self):
        """Return the class of the mails of this template, None for the ordinary one."""
        if self.model != "res.users":
            return None
        name = self.sudo().get_external_id().get(self.id)
        if name in SIGN_UPS:
            return PUBLIC
        if name not in INVITATIONS:
            return None
        if is_visitor(self.env):
            return PUBLIC
        user = self.env.user
        may_invite = self.env.su or any(map(user.has_group, INVITERS))
        return ACCOUNT if may_invite else None
