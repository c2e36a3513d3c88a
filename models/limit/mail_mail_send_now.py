# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""*Send Now* on mails that wait for a limit: it sends them, asks, or says why not."""

from odoo import api, models

from ..tools.moments import format_moment
from .mail_mail_let_go import ADMINISTRATORS, AT_ONCE

MOST = 10_000  # mails that are let go at a time


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def action_send_now(self):
        """Send mails; where a limit keeps some of them, ask what to do with these.

        :return: the question for administrators, what has happened for anybody else.
        """
        self.check_access("write")
        self._try_to_send()
        kept = self.exists()._list_kept_back()
        if not kept:
            return self._tell_outcome()
        if not self.env.user.has_group(ADMINISTRATORS):
            return self._make_notification(
                "warning",
                self.env._(
                    "Still over the limit until %(time)s. An administrator can send "
                    "over the limit.",
                    time=format_moment(self.env, min(kept.mapped("scheduled_date"))),
                ),
            )
        return self.env["mail.send.now"]._ask(kept)

    def action_retry(self):
        """Retry what has failed, and answer for what waits, which Odoo leaves out."""
        result = super().action_retry()
        waiting = self._list_kept_back()
        return waiting.action_send_now() if waiting else result

    @api.model
    def action_send_waiting_now(self, domain):
        """Ask whether the mails of a list that wait are to go now.

        :param domain: of the list.
        :return: the question.
        """
        self.check_access("write")
        listed = self._get_listed_domain(domain)
        kept = self.search(listed, limit=MOST, order="id")
        if not kept:
            return self._tell_nothing_waits()
        return self.env["mail.send.now"]._ask(kept)

    def _try_to_send(self):
        """Send what there is room for by now, as far as somebody can wait for it."""
        waiting = self._list_kept_back()
        others = (self - waiting).filtered(lambda mail: mail.state == "outgoing")
        tried = others + (waiting if len(waiting) <= AT_ONCE else waiting.browse())
        if tried:
            # Odoo writes the messages, which may be those of others.
            tried.sudo().send()
