# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What comes of a mail whose messages were not all taken.

Odoo writes a mail and its notifications as failed before it talks to SMTP. Where
something is to be tried again, that is taken back here, and whoever has the mail is
split off, so that nobody gets it twice.
"""

import logging

from odoo import api, fields, models, tools

from ...mailauth.from_filter import fold_address
from ..limit.line import get_beside
from ..limit.mail_mail import SmtpMessage
from ..limit.sending import get_sending
from ..parameters.table import RETRY_HOURS
from ..sender.batch import Batch
from ..tools.after_delivery import never_raise
from ..tools.apart import in_time
from ..tools.carrier import carried
from .attempt import DOUBTS, SENT, Attempt, NotNowError, Stop, get_attempt
from .mail_mail_held import NO_FAILURE
from .mail_server_pause import CONF_SERVER
from .smtp_trouble import LATER, NEVER, SERVER, UNKNOWN
from .values import to_values

_logger = logging.getLogger(__name__)


class _WithoutNotNow(logging.Filter):
    """Odoo logs each broken session with its traceback; this one was not broken."""

    def filter(self, record):
        error = record.exc_info and record.exc_info[1]
        return not isinstance(error, NotNowError)


logging.getLogger("odoo.addons.mail.models.mail_mail").addFilter(_WithoutNotNow())


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _send_plainly(self, send):
        sending, batch = get_sending(self.env), carried(self.env, Batch)
        if batch is None or sending is None or len(self) != 1:
            return super()._send_plainly(send)
        attempt = Attempt(sending.raises, not self._is_waited_for())
        if self._wait_with_others(attempt, batch):
            sending.finish(self)
            self._end_transaction(send["auto_commit"])
            return True
        batch.set_part(attempt)
        try:
            result = super()._send_plainly(send)
        except NotNowError:
            result = True
            self._settle_attempt(attempt)
            sending.finish(self)
        else:
            self._note_failed(attempt)
        finally:
            batch.drop_part(Attempt)
        self._judge_server(attempt, batch)
        if attempt.is_to_settle or attempt.trouble:
            self._end_transaction(send["auto_commit"])
        return result

    def _wait_with_others(self, attempt, batch):
        """Let a mail wait whose recipient gets too many at the moment.

        :return: whether it does.
        """
        stop = batch.get_part(Stop)
        if not stop or not stop.held or not attempt.may_wait or attempt.raises:
            return False
        what = f"Email {self.id} does not wait for its recipient, and is sent"
        with never_raise(_logger.exception, what), in_time(self.env):
            addresses = {fold_address(one) for one in self._list_emails()}
            hours = self.env["ir.config_parameter"]._get_value(RETRY_HOURS)
            # Without hours it would fail without a try.
            if hours and addresses and addresses <= stop.held.keys():
                self.sudo()._wait_for_retry(stop.held[addresses.pop()])
                return True
        return False

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Note which messages are made of the mail that is being sent."""
        emails = super()._prepare_outgoing_list(mail_server, doc_to_followers)
        if attempt := get_attempt(self.env):
            partners = [email.get("partner_id") for email in emails]
            attempt.expect([one.id if one else False for one in partners])
        return emails

    def _judge_server(self, attempt, batch):
        """Pause a server that takes no mails, or end the pause of one that does.

        :param Attempt attempt: the last mail that was tried.
        """
        stop, trouble = batch.get_part(Stop), attempt.trouble
        if stop is None:
            return
        if trouble is None and attempt.doubt:
            stop.doubts |= attempt.doubt.list_domains()
            trouble = attempt.doubt if len(stop.doubts) >= DOUBTS else None
        stop.held |= attempt.list_held()
        pauses = self.env["mail.server.pause"]
        beside = get_beside(self.env)
        if trouble and beside and trouble.is_of_session:
            self._end_beside(beside, trouble)
        elif trouble and not attempt.raises:
            _logger.info("server %s: %s", attempt.server_id, trouble.text)
            stop.server_id = attempt.server_id
            stop.pause = pauses._pause(attempt.server_id, trouble, stop.is_trial)
            self._follow_pause(attempt, stop)
        elif attempt.is_answered:
            stop.doubts.clear()
            if stop.is_paused:
                stop.is_paused = stop.is_trial = False
                pauses._end(attempt.server_id)

    def _end_beside(self, beside, trouble):
        """End a session beside the first, which alone tells whether a server works.

        Another one tries the mail, if it is to be tried now.
        """
        _logger.info("one of several connections has ended: %s", trouble.text)
        beside.is_over = True
        mail = self.sudo().exists()
        if mail and mail.state == "outgoing" and not mail.waiting_kind:
            beside.mail_id = self.id

    # ------------------------------------------------------------
    # Whatever came of the messages
    # ------------------------------------------------------------

    def _settle_attempt(self, attempt):
        """Let each part of a mail become what came of it.

        Where that fails, the mail fails for those who don't have it.
        """
        what = f"What came of email {self.id} can't be written"
        with never_raise(_logger.exception, what), in_time(self.env):
            mail = self.sudo()
            refusals = mail._note_refused(attempt)
            mail._settle_partly_refused(attempt)
            parts = attempt.list_parts()
            # The others are split off first: who waits is the last one that is left.
            for outcome, messages in reversed(list(parts.items())[1:]):
                part = mail._split_off_messages(
                    [mail._to_smtp_message(one) for one in messages]
                )
                part._become(outcome, messages)
            for outcome in list(parts)[:1]:
                mail._become(outcome, parts[outcome])
            mail._tell_of_addresses(refusals)
            return
        with never_raise(_logger.exception, what), in_time(self.env):
            self.sudo()._fail_for_rest(attempt)

    def _fail_for_rest(self, attempt):
        """Let a mail fail that can't be divided; who has it does not get it again."""
        left = [one for one in attempt.messages if one.outcome != SENT]
        if not left:
            self._become_sent()
            return
        gone = [one for one in attempt.messages if one not in left]
        served = self.recipient_ids.browse(
            one.partner_id for one in gone if one.partner_id
        )
        has_it = self._get_unsent_notifications().filtered(
            lambda one: one.res_partner_id in served
        )
        has_it.write({"notification_status": "sent", **NO_FAILURE})
        nobody = {"email_to": False, "email_cc": False}
        unlink = [fields.Command.unlink(partner.id) for partner in served]
        is_rest = any(not one.partner_id for one in gone)
        self.write({"recipient_ids": unlink, **(nobody if is_rest else {})})
        self.may_have_arrived = any(one.outcome == UNKNOWN for one in left)
        self._fail(next((one.text for one in left if one.text), ""))

    def _to_smtp_message(self, message):
        partner = self.recipient_ids.browse(message.partner_id or ())
        return SmtpMessage(partner or None, 0)

    def _become(self, outcome, told):
        """Let a mail be what came of all of its messages.

        :param outcome: of :meth:`Attempt.list_parts`.
        :param told: what has the words of the server as ``text``: messages, or what
            was said of recipients.
        """
        text = next((one.text for one in told if one.text), "")
        if outcome == SENT:
            self._become_sent()
        elif outcome == UNKNOWN:
            self._become_unknown()
        elif outcome == NEVER or self._is_waited_for():
            self._fail(text)
        elif outcome == LATER:
            self._wait_for_retry(text)
        else:
            self._come_back()

    def _become_sent(self):
        """Do what Odoo does with a mail that is sent."""
        self.write({"state": "sent", **NO_FAILURE})
        partners, addresses = self.recipient_ids, self._list_emails()
        self._postprocess_sent_message(list(partners), list(addresses))

    def _become_unknown(self):
        """Let a mail be failed that may have arrived: somebody decides."""
        self.may_have_arrived = True  # first: readers are told of it by the latter
        self._fail(self._explain_unknown())

    @api.model
    def _explain_unknown(self):
        """Return what is told of a mail that may have arrived."""
        return self.env._(
            "May have arrived: the connection was cut before the server answered. "
            "Send it again only if the recipient does not have it."
        )

    def _follow_pause(self, attempt, stop):
        """Let a mail wait that has met the trouble of its server."""
        what = f"Email {self.id} is tried again with the next run of the queue"
        # Who has it is split off in this transaction: nothing may undo that.
        with never_raise(_logger.exception, what), in_time(self.env):
            mail = self.sudo().exists()
            if mail and mail.state == "outgoing" and not mail.waiting_kind:
                mail._wait_after_pause(attempt.server_id or CONF_SERVER, stop.pause)

    # ------------------------------------------------------------
    # Some addresses of a message
    # ------------------------------------------------------------

    def _settle_partly_refused(self, attempt):
        """Let those be mails of their own whom a message that left did not reach."""
        for message in attempt.messages:
            if message.outcome != SENT or not message.refused:
                continue
            for kind in (LATER, SERVER, NEVER):
                alike = [one for one in message.refused if one.kind == kind]
                if alike:
                    part = self._split_off_addresses(message, alike)
                    part._become(NEVER if kind == NEVER else LATER, alike)

    def _split_off_addresses(self, message, refused):
        """Move some addresses of a message to a mail of their own.

        :param Message message: that has left.
        :param refused: of each address, :class:`.smtp_trouble.Refused`.
        :return: the new mail.
        """
        addresses = {fold_address(one.address) for one in refused}
        if message.partner_id:
            texts = {
                "email_to": self._pick_addresses(
                    self.recipient_ids.browse(message.partner_id).email, addresses
                ),
                "email_cc": False,
            }
            return self._split_off(self.recipient_ids.browse(), texts, {})
        names = ("email_to", "email_cc")
        moved = {name: self._pick_addresses(self[name], addresses) for name in names}
        rest = {
            name: self._pick_addresses(self[name], addresses, others=True)
            for name in names
        }
        return self._split_off(self.recipient_ids.browse(), moved, rest)

    def _pick_addresses(self, text, addresses, others=False):
        """Return those mailboxes of a list that have some addresses.

        :param text: as in ``email_to``.
        :param addresses: as :func:`fold_address` has them.
        :param bool others: all but those.
        """
        picked = [
            tools.formataddr((name, email))
            for name, email in tools.mail.email_split_tuples(text or "")
            if (fold_address(email) in addresses) != others
        ]
        return ", ".join(picked) or False

    # ------------------------------------------------------------
    # What is told of it
    # ------------------------------------------------------------

    def _note_failed(self, attempt):
        """Note why a mail was refused that Odoo has failed."""
        if attempt.is_to_settle and not attempt.raises:
            what = f"What came of email {self.id} is not told"
            with never_raise(_logger.exception, what), in_time(self.env):
                mail = self.sudo().exists()
                mail._tell_of_addresses(mail._note_refused(attempt))

    def _note_refused(self, attempt):
        """Keep what servers have said of recipients; see ``mail.refusal``."""
        refusals = self.env["mail.refusal"]
        rows = [
            self._prepare_refusal(one, attempt)
            for message in attempt.messages
            for one in message.refused
        ]
        what = f"Why email {self.id} was refused is not noted"
        # What is told of it must not keep the mail.
        with never_raise(_logger.exception, what), in_time(self.env):
            refusals = refusals._note(rows)
        return refusals

    def _prepare_refusal(self, refused, attempt):
        return {
            **to_values(refused.refusal),
            "mail_mail_id": self.id,
            "mail_message_id": self.mail_message_id.id,
            "message_id": self.message_id,
            "recipient": refused.address,
            "text": refused.text,
            "server_id": attempt.server_id or False,
            "origin": "smtp",
        }

    def _tell_of_addresses(self, refusals):
        """Let whoever knows of addresses that don't work hear of refusals."""
        if refusals and "mail.suppressed.address" in self.env:
            self.env["mail.suppressed.address"]._note_refusal(refusals)
