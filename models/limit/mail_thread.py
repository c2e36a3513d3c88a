# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What incoming mail is answered by: sparingly, and only to who has really written."""

import logging

from odoo import api, models, tools

from ...mailauth.address import is_readable_mailbox, split_address
from ..inbound.author import is_author_proven
from ..inbound.message import MAX_SHOWN, InboundMessage
from ..tools.carrier import carried, carry
from ..tools.host_names import fold
from .budget import DailyLimitError
from .send_class import PUBLIC, Demand
from .send_mark import SendMark

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    # A file for each concern.
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _routing_create_bounce_email(
        self, email_from, body_html, message, **mail_values
    ):
        """Answer only who has really written, as far as the public budget goes.

        From and Return-Path are easy to forge: an answer to either goes to somebody
        who never wrote (backscatter). What is not answered is logged.
        """
        path = tools.mail.decode_message_header(message, "Return-Path")
        sender = path or email_from or ""
        to = is_readable_mailbox(sender) and tools.email_normalize(sender)
        reason = self._get_reason_for_silence(to)
        if not reason:
            thread = carry(self, SendMark(PUBLIC, frozenset({to})))
            try:
                with self.env.cr.savepoint():
                    return super(MailThread, thread)._routing_create_bounce_email(
                        email_from, body_html, message, **mail_values
                    )
            except DailyLimitError:
                reason = "the public budget of today is used up"
        message_id = str(message.get("Message-Id") or "")[:MAX_SHOWN]
        _logger.info("%s from %s is not answered: %s", message_id, to, reason)
        return None

    @api.model
    def _get_reason_for_silence(self, to):
        """Return why a message gets no automatic answer, "" where it gets one."""
        if not to:
            return "it has no sender"
        room = self.env["ir.mail_server"]._get_common_room(Demand(PUBLIC))
        if room is not None and room <= 0:
            return "the public budget of today is used up"
        if self._is_known_sender(to) or self._is_authentic_sender(to):
            return ""
        return "nothing proves that its sender has written it"

    @api.model
    def _is_known_sender(self, email):
        partners = self.env["res.partner"].sudo()
        return bool(partners.search_count([("email_normalized", "=", email)], limit=1))

    @api.model
    def _is_authentic_sender(self, to):
        """Whether DKIM proves that the domain of From sent it, and it is the one asked.

        :param to: who would get the answer.
        """
        inbound = carried(self.env, InboundMessage)
        if not inbound or not inbound.author_domain:
            return False
        answered = fold(split_address(to)[1])
        if not f".{answered}".endswith(f".{inbound.author_domain}"):
            return False
        return is_author_proven(self.env, inbound)
