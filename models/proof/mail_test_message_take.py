# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Taking what comes back, before Odoo routes it, or drops it as a duplicate.

What belongs to a test is none of Odoo's: it makes no record, no answer and no bounce.
What is for other addresses of Odoo as well, and only mentions a test, is Odoo's.
"""

import logging
from datetime import timedelta
from email.errors import MessageError

import psycopg2

from odoo import api, models

from ...mailauth.from_filter import fold_address
from ...mailauth.message.raw import MAX_MESSAGE
from ..inbound.recipients import has_alias
from ..tools.after_delivery import FAILURES
from ..tools.apart import retry_apart
from .clues import find_clues
from .mail_test_message_leg_receive import LATE
from .stored import add_raw, drop_raw
from .token import hash_token

_logger = logging.getLogger(__name__)

LATER = timedelta(minutes=2)


class MailTestMessage(models.Model):
    """Taking what comes back."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _take_inbound(self, message):
        """See :mod:`..inbound.takers`."""
        clues = find_clues(message.raw, message.headers)
        if clues is None:
            return False
        tests = self.sudo()
        tokens, is_ours = tests._pick_tokens(clues)
        leg = tests._find_leg(tokens)
        if leg:
            tests._receive_or_lose(leg, message)
            return True
        if is_ours:
            # Addressed to nobody but a test that there is not, or not any more.
            _logger.info("%r names no test message, and is dropped", message.message_id)
        return is_ours

    @api.model
    def _pick_tokens(self, clues):
        """Return the tokens that count, the best first, and whether none may be known.

        :param clues: :class:`.clues.Clues`.
        :return: tokens; whether the message is nobody else's business: it is dropped
            where no test has one of them.
        """
        domains = self.env["mail.alias.domain"].with_context(active_test=False)
        domains = domains.search_fetch([], ["name", "bounce_alias", "catchall_alias"])
        catchalls = {fold_address(one.catchall_email) for one in domains}
        addressed = clues.find_addressed(catchalls)
        if has_alias(self.env, clues.recipients):
            return clues.message_id, False
        if not addressed and clues.recipients.isdisjoint(self._list_own(domains)):
            return clues.message_id, False
        tokens = (*clues.message_id, *addressed, *clues.mentioned)
        return tokens, bool(addressed or clues.message_id)

    @api.model
    def _list_own(self, domains):
        """Return the addresses of alias domains that tests are sent to, folded."""
        emails = [*domains.mapped("catchall_email"), *domains.mapped("bounce_email")]
        return {fold_address(email) for email in emails}

    @api.model
    def _find_leg(self, tokens):
        """Return the leg that the first known token stands for, or none."""
        hashes = [hash_token(token) for token in tokens]
        legs = self.env["mail.test.message.leg"]
        found = {
            leg.token_hash: leg for leg in legs.search([("token_hash", "in", hashes)])
        }
        return next((found[one] for one in hashes if one in found), legs)

    @api.model
    def _receive_or_lose(self, leg, message):
        """Store a message; what can't be stored is still none of Odoo's."""
        try:
            try:
                self._receive(leg, message)
            except psycopg2.errors.LockNotAvailable:
                self._put_by(leg, message)
        except (*FAILURES, MessageError, OSError):
            _logger.exception(
                "%r belongs to test message %s, and can't be stored",
                message.message_id,
                leg.test_id.id,
            )

    @api.model
    def _receive(self, leg, message):
        """Store a message in a transaction of its own: no other worker waits for it.

        :raises psycopg2.Error: it can't be stored; LockNotAvailable: for now.
        """
        retry_apart(self.env, lambda env: leg.with_env(env)._receive(message))
        leg.invalidate_recordset()
        leg.test_id.invalidate_recordset()

    @api.model
    def _put_by(self, leg, message):
        """Keep a message whose leg somebody has locked; it is received later."""
        if len(message.raw) > MAX_MESSAGE:
            return
        add_raw(leg, LATE, message.raw)
        self._wake_cron(LATER)
        _logger.info("test %s is locked: its message is put by", leg.test_id.id)

    @api.model
    def _receive_late(self):
        """Receive what came while its leg was locked."""
        for leg in self.env["mail.test.message.leg"]._list_late():
            self._receive_late_of(leg)
            leg.invalidate_recordset()
            leg.test_id.invalidate_recordset()

    @api.model
    def _receive_late_of(self, leg):
        try:
            retry_apart(self.env, lambda env: leg.with_env(env)._receive_late())
        except psycopg2.errors.LockNotAvailable:
            self._wake_cron(LATER)
        except (*FAILURES, MessageError, OSError):
            test_id = leg.test_id.id
            _logger.exception("what came of test %s can't be stored", test_id)
            drop_raw(leg, [LATE])
