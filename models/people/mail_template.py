# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .rendering import is_expression
from .voice import Voice


class MailTemplate(models.Model):
    _inherit = "mail.template"  # pylint: disable=consider-merging-classes-inherited

    sender_line = fields.Char(
        compute="_compute_sender_line",
        help="What becomes of emails with this sender.",
    )

    @api.depends("email_from", "mail_server_id", "reply_to")
    @api.depends_context("uid", "lang", "company")
    def _compute_sender_line(self):
        """For who may change the template."""
        for template in self:
            stored = template._origin
            may_change = not stored or stored.has_access("write")
            line = may_change and template.email_from and template._get_sender_line()
            template.sender_line = line or False

    def _get_sender_line(self):
        lines = self.env["mail.sender.line"]
        if is_expression(self.email_from):
            row = self._find_audited()
            return row and lines._say(row, is_manager=True)
        rows = lines._judge(lambda env: [self._make_sender_voice(env)])
        return lines._say(rows.get(0), is_manager=True)

    def _find_audited(self):
        """Return what the audit has found of an expression; it is never tried here.

        It is about a record that only administrators may see for sure.
        """
        rows = self.env["mail.sender.address"]
        stored = self._origin
        if not rows.has_access("read") or self.email_from != stored.email_from:
            return None
        of_this = [("source_model", "=", stored._name), ("source_id", "=", stored.id)]
        return rows.search(of_this, limit=1) or None

    def _make_sender_voice(self, _env):
        values = {
            "email_from": self.email_from,
            "mail_server_id": self.sudo().mail_server_id._origin.id,
            "reply_to": "" if is_expression(self.reply_to) else self.reply_to or "",
        }
        return Voice("mail.template", 0, self.email_from, self.env.company.id, values)
