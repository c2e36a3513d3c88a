# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .mail_sender_line import is_same_address
from .rendering import is_expression
from .voice import Voice


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    sender_line = fields.Char(
        compute="_compute_sender_line",
        help="What becomes of the email, if it can't leave as it is.",
    )

    @api.depends(
        "author_id",
        "email_from",
        "mail_server_id",
        "record_alias_domain_id",
        "record_company_id",
        "subtype_is_log",
        "template_id",
    )
    @api.depends_context("uid", "lang", "company")
    def _compute_sender_line(self):
        lines, is_manager = self.env["mail.sender.line"], self.env.user._is_system()
        for composer in self:
            composer.sender_line = False
            # An expression is another address for each recipient.
            if composer.subtype_is_log or is_expression(composer.email_from):
                continue
            if is_manager or composer._may_change_sender():
                rows = lines._judge(lambda _env, one=composer: [one._make_voice()])
                composer.sender_line = lines._say(rows.get(0), is_manager)

    def _may_change_sender(self):
        """Tell whether a user can do something about the address."""
        if is_same_address(self.email_from, self.env.user.sudo().email):
            return True
        template = self.template_id._origin
        return bool(template.email_from and template.has_access("write"))

    def _make_voice(self):
        company = self.record_company_id._origin or self.env.company
        domain = self.record_alias_domain_id._origin or company.sudo().alias_domain_id
        values = {
            "author_id": self.author_id._origin.id,
            "email_from": self.email_from,
            "mail_server_id": self.sudo().mail_server_id._origin.id,
            "record_alias_domain_id": domain.id,
            "record_company_id": company.id,
        }
        return Voice(
            *("res.users", 0, self.email_from or "", company.id, values),
            user_id=self.env.uid,
        )
