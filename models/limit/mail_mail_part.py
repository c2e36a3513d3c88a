# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What there is no room for: it fails, or becomes a mail of its own."""

import logging

from odoo import models

from ..tools.after_delivery import never_raise

_logger = logging.getLogger(__name__)


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _fail_whole(self, verdict, refusal):
        """Fail a mail that somebody waits for."""
        want = sum(one.size for one in verdict.too_big + verdict.waiting)
        # Nobody knows who will read it.
        servers = self.env["ir.mail_server"].with_context(tz="UTC")
        self._fail_over_limit(servers._explain_refused(refusal, want))

    def _fail_too_big(self, verdict, ceiling):
        """Fail what no day can take.

        :return: the rest of the mail, or none.
        """
        part = self
        if verdict.going or verdict.waiting:
            part = self._split_off_messages(verdict.too_big)
        size = max(message.size for message in verdict.too_big)
        servers = self.env["ir.mail_server"]
        part._fail_over_limit(servers._explain_too_big(size, ceiling))
        return self - part

    def _fail_over_limit(self, reason):
        """Fail a mail that a limit has no room for."""
        self._fail(reason)

    def _fail(self, reason):
        """Mark a mail as failed, as Odoo does where sending fails."""
        failure = {"failure_type": "unknown", "failure_reason": reason}
        self.write({"state": "exception", **failure})
        self.flush_recordset()
        what = "Nobody is told of a mail that has failed"
        with never_raise(_logger.exception, what), self.env.cr.savepoint():
            self._postprocess_sent_message(
                success_pids=[], success_emails=[], **failure
            )

    def _split_off_messages(self, messages):
        """Move SMTP messages of a mail to a mail of their own, for the same message.

        The older of the two waits, so that it keeps its place in the queue.

        :return: the new mail.
        """
        partners = self.recipient_ids.browse(
            message.partner.id for message in messages if message.partner
        )
        addresses = {"email_to": self.email_to, "email_cc": self.email_cc}
        nobody = dict.fromkeys(addresses, False)
        if any(message.partner is None for message in messages):
            return self._split_off(partners, addresses, nobody)
        return self._split_off(partners, nobody, {})
