# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The list of refusals: what leads from it to the mails, and what an empty one says."""

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError

MAX_DOMAINS = 3  # of the companies that one looks at


class MailRefusal(models.Model):
    # A file for each concern.
    _inherit = "mail.refusal"  # pylint: disable=consider-merging-classes-inherited

    def action_open_mail(self):
        """Open the email that was refused, or the document that it was about.

        :raises UserError: neither is there any more.
        """
        self.ensure_one()
        self.check_access("read")
        if mail := self.mail_mail_id:
            return self._open_record("mail.mail", mail.id)
        message = self.mail_message_id.sudo()
        if message.res_id and message.model in self.env:
            document = self.env[message.model].browse(message.res_id)
            if document.exists():
                return self._open_record(message.model, message.res_id)
        raise UserError(
            self.env._("The email is not there any more: it was deleted meanwhile.")
        )

    def action_open_mails(self):
        """Open the emails of all these refusals that are still there."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refused Emails"),
            "res_model": "mail.mail",
            "views": [[False, "list"], [False, "kanban"], [False, "form"]],
            "domain": [("id", "in", self.mail_mail_id.ids)],
        }

    @api.model
    def _open_record(self, model, record_id):
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "views": [[False, "form"]],
        }

    @api.model
    def get_empty_list_help(self, help_message):
        """Say in an empty list whether it would be empty all the same."""
        words = super().get_empty_list_help(help_message)
        hint = self._describe_bounce_return()
        if not hint:
            return words
        title = self.env._("Not all refusals would be seen here")
        heading = Markup('<p class="o_view_nocontent_smiling_face">%s</p>') % title
        return heading + Markup("<p>%s</p>") % hint

    @api.model
    def _describe_bounce_return(self):
        """Return why delivery reports don't reach Odoo, "" where they do.

        What servers refuse at once is known all the same.
        """
        for domain in self.env.companies.sudo().alias_domain_id[:MAX_DOMAINS]:
            if text := domain._word_bounce_return(*domain._get_bounce_return()):
                return text
        return ""
