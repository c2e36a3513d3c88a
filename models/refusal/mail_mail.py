# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a mail knows of the refusal that it failed by."""

import logging

from markupsafe import Markup

from odoo import api, fields, models

from ...mailauth.refusal.explain import explain_refusal
from ..tools.after_delivery import never_raise
from ..tools.apart import in_time
from .texts import OWN_LIMIT
from .values import (
    NOT_REFUSED,
    read_marks,
    to_marks,
)

_logger = logging.getLogger(__name__)

OVER_LIMIT = {
    **NOT_REFUSED,
    "refusal_category": "account_limit",
    "refusal_blame": "our_volume",
    "refusal_advice": OWN_LIMIT,
}
# Odoo says well by itself what is wrong with a mail that reached no server.
OWN_WORDS = (
    "mail_email_invalid",
    "mail_email_missing",
    "mail_from_invalid",
    "mail_from_missing",
)


class MailMail(models.Model):
    """``failure_reason`` keeps the words of the server, these what they mean."""

    # A file for each concern.
    _name = "mail.mail"
    _inherit = ["mail.mail", "mail.refusal.marks"]

    refusal_explanation = fields.Html(
        compute="_compute_refusal_explanation",
        sanitize=False,
        help="Why the email was refused, who has to act, and where.",
    )

    @api.depends(*NOT_REFUSED)
    @api.depends_context("lang", "uid")
    def _compute_refusal_explanation(self):
        for mail in self:
            mail.refusal_explanation = mail._render_refusal()

    def _render_refusal(self):
        """Return what is told of a mail that was refused, False of any other."""
        known = read_marks(self)
        if not known:
            return False
        refusals = self.env["mail.refusal"]
        about = refusals._find_about(self.mail_message_id, self.mail_server_id, "")
        told = refusals._explain(known, about)
        text = Markup("<b>%s</b> %s") % (told["sentence"], told["act"])
        if link := told["link"]:
            text += Markup(' <a class="alert-link" href="%s">%s</a>') % (
                link["url"],
                link["text"],
            )
        return text

    def write(self, vals):
        """Change mails; one that has not failed was not refused, unless it is said."""
        if vals.get("state", "exception") != "exception":
            vals = {**NOT_REFUSED, **vals}
        return super().write(vals)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Note what the words of the server mean, before anybody is told of them."""
        if failure_type and failure_type not in OWN_WORDS:
            what = f"What the failure of emails {self.ids} means is not told"
            # Some of their recipients may have got them.
            with never_raise(_logger.exception, what), in_time(self.env):
                for mail in self.filtered(lambda one: one.state == "exception"):
                    mail._mark_refused(failure_reason or mail.failure_reason)
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )

    def _fail_over_limit(self, reason):
        """Say where the limit can be changed that a mail does not fit into."""
        for mail in self:
            mail._set_marks(OVER_LIMIT)
        return super()._fail_over_limit(reason)

    def _mark_refused(self, reason):
        """Keep what a failure means at the mail and at the notifications it is for.

        :param str reason: the words of the server, or of the exception.
        """
        if self.refusal_advice != OWN_LIMIT:
            refusal = self._explain_failure(reason)
            self._set_marks(to_marks(refusal) if refusal else NOT_REFUSED)

    def _set_marks(self, marks):
        """Write what a failure means at a mail and at the notifications it is for.

        Those of recipients who have the mail lose it again when they are written sent.
        """
        self.write(marks)
        if self.is_notification:
            self._get_unsent_notifications().write(marks)

    def _get_unsent_notifications(self):
        """Return the notifications of those who don't have the mail (with sudo)."""
        return self._search_notifications("not in", ("sent", "canceled"))

    def _search_notifications(self, operator, statuses):
        """Return notifications of the mails by their status (with sudo)."""
        notifications = self.env["mail.notification"].sudo()
        return notifications.search(
            [
                ("notification_type", "=", "email"),
                ("mail_mail_id", "in", self.ids),
                ("notification_status", operator, statuses),
            ]
        )

    def _explain_failure(self, reason):
        """Return what the words mean by which a mail has failed.

        :param str reason: see :meth:`_mark_refused`.
        :return: None where they are not those of a server: Odoo's own, or a limit's.
        :rtype: Refusal
        """
        host = self.sudo().mail_server_id.smtp_host or ""
        refusal = explain_refusal(text=reason or "", host=host)
        has_code = refusal.reply_code or refusal.enhanced_code
        if not has_code and refusal.category != "their_trouble":
            return None
        return refusal
