# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sending a batch of mails within the limits."""

import smtplib
from contextlib import contextmanager, suppress
from dataclasses import replace

from odoo import models

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..sender.ir_mail_server import Batch
from ..sender.session_facts import get_facts, set_facts
from ..tools.apart import is_test
from ..tools.carrier import carried
from .budget import Budget
from .ledger import LedgerUnavailableError
from .queue_cron import wake_queue_for_alarms
from .send_mark import SendMark

# Recipients that a batch reserves ahead of its mails, where the limit is far away: a
# transaction less for most mails. A worker that is killed leaves so many unconfirmed.
SPARE = 20


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        # As Odoo does: callers pass other things by mistake (mass_mailing's tests).
        auto_commit = auto_commit is True
        send = {
            "auto_commit": auto_commit,
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
            "post_send_callback": post_send_callback,
        }
        servers = mail_server or self.env["ir.mail_server"]
        # Without a session, each message is reserved for by itself, on its way out.
        if smtp_session is None or servers._disable_send():
            return super()._send(**send)
        if mail_server and not self._filter_mail_mail_servers(mail_server):
            # One mail alone might pass where the batch must not: Odoo refuses it.
            return super()._send(**send)
        if mail_server and (batch := carried(self.env, Batch)):
            batch.allow(mail_server, self)
        limits = servers._get_send_limits()
        with self._open_budget(smtp_session, limits, auto_commit) as budget:
            mails = self._with_what_stays()
            with self._tally(budget, auto_commit):
                # Also without a limit: one may be set before the last mail has left.
                mails._send_within_limits(budget, send)
        if budget.crossed:
            wake_queue_for_alarms(self.env)
        return True

    def _filter_mail_mail_servers(self, mail_servers):
        # Each commit makes Odoo read the servers anew, for every mail of a batch that
        # was found to be allowed as a whole.
        batch = carried(self.env, Batch)
        if batch and batch.is_allowed(mail_servers, self):
            return mail_servers
        return super()._filter_mail_mail_servers(mail_servers)

    @contextmanager
    def _open_budget(self, smtp_session, limits, commits):
        """Yield what these mails reserve from; until the end it is on the session."""
        # A transaction that goes on sees no limit that is changed meanwhile.
        sees_changes = commits or is_test(self.env)
        spare = min(SPARE, len(self) - 1) if sees_changes else 0
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            budget = Budget(ledger, limits, spare=spare)
            set_facts(smtp_session, get_facts(smtp_session).with_part(budget))
            try:
                yield budget
            finally:
                facts = get_facts(smtp_session)
                set_facts(smtp_session, facts.without_part(Budget))
                budget.close()

    @contextmanager
    def _tally(self, budget, commits):
        """Note at the end who has sent how much, also where the session has broken.

        Then it is the caller who knows what becomes of the transaction.
        """
        tallies = self.env["mail.send.tally"]
        try:
            yield
        except (MailDeliveryException, smtplib.SMTPException):
            tallies._add(budget.sent_by)
            raise
        tallies._add(budget.sent_by)
        self._end_transaction(commits and budget.sent_by)

    def _with_what_stays(self):
        """Return the mails of a batch with what is the same for all of them.

        Odoo asks the company for its default address twice for each mail, and each
        commit makes it ask the database again.
        """
        default = self.env["ir.mail_server"]._get_sender_default()
        return self.with_context(domain_notifications_email=default)

    def _send_within_limits(self, budget, send):
        """Send mail after mail: lock it, reserve for it, send it or let it wait.

        :param dict send: the arguments of Odoo's ``_send``.
        """
        commits = send["auto_commit"]
        done = _once(send["post_send_callback"])
        send = {**send, "post_send_callback": done}
        # A mail that another worker has changed since the transaction began can't be
        # locked in it, so each mail gets a transaction of its own.
        self._end_transaction(commits)
        waiting = set()
        for position, mail_id in enumerate(self.ids):
            mail = self.browse(mail_id)
            if mail_id in waiting or not mail._lock_outgoing(commits, budget):
                continue
            going, refusal = self.browse(), None
            try:
                # Where nothing can be counted, the mail stays in the queue as it is.
                with suppress(LedgerUnavailableError):
                    going, refusal = mail._take_room(budget, send["raise_exception"])
                if going:
                    going._send_now(budget, send)
            finally:
                budget.release_unused()
            self._end_transaction(commits and not going)
            if refusal and refusal.exhausted:
                later = self.browse(self.ids[position + 1 :])
                waiting |= later._postpone_alike(refusal, commits)
        if done:
            done(self.ids)

    def _send_now(self, budget, send):
        # Odoo may delete a mail that is sent: then nobody can see whose it was.
        budget.senders = self.env["mail.send.tally"]._get_senders(self)
        return super()._send(**send)  # pylint: disable=super-method-mismatch

    def _take_room(self, budget, raises):
        """Reserve for a locked mail, and let what does not fit wait or fail.

        :param bool raises: whether the caller wants an exception where it fails.
        :return: the mails to send now (this one, a part of it, or none), and the
            :class:`.ledger.Reservation` that refused the rest, if any.
        :raises DailyLimitError: somebody waits for it, and there is no room.
        """
        mark = carried(self.env, SendMark)
        raises = raises or bool(mark and mark.tells_caller)
        waited_for = raises or self._is_waited_for()
        messages = self._get_smtp_messages()
        if too_big := self._begin(budget, messages):
            self._fail_too_big(too_big, messages, budget.ceiling, raises)
            messages = [message for message in messages if message not in too_big]
            if not messages:
                return self.browse(), None
        sizes = [message.size for message in messages if message.size]
        need = sum(sizes)
        if not need:
            return self, None
        least = need if waited_for else min(sizes)
        reservation = budget.reserve(need, least, must_go=waited_for)
        if reservation.granted == need:
            return self, None
        if waited_for:
            reason = self.env["ir.mail_server"]._explain_refused(reservation, need)
            self._fail(reason, raises)
            return self.browse(), None
        return self._take_part(budget, reservation, messages), reservation

    def _begin(self, budget, messages):
        """Tell a budget what the mail asks for.

        :return: the messages that no day has room for.
        """
        demand = self._get_demand()
        budget.begin(demand)
        if demand.visitor and budget.find_too_big(messages):
            # Larger than the visitors' part ever is: it would wait for ever.
            budget.begin(replace(demand, large=True))
        return budget.find_too_big(messages)

    def _take_part(self, budget, reservation, messages):
        """Split off what fits into a reservation, and postpone the rest.

        :return: the mail to send now, or none.
        """
        fitting, room = [], reservation.granted
        for message in messages:
            if message.size <= room:
                fitting.append(message)
                room -= message.size
        if not any(message.size for message in fitting):
            fitting = []
        budget.shrink_to(sum(message.size for message in fitting))
        going = self._split_off_messages(fitting) if fitting else self.browse()
        self._postpone(reservation)
        return going

    # ------------------------------------------------------------
    # What does not fit
    # ------------------------------------------------------------

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

    def _fail_too_big(self, too_big, messages, ceiling, raises):
        """Fail what no day can take; the rest of the mail goes on."""
        part = self if too_big == messages else self._split_off_messages(too_big)
        size = max(message.size for message in too_big)
        reason = self.env["ir.mail_server"]._explain_too_big(size, ceiling)
        part._fail(reason, raises)

    def _fail(self, reason, raises):
        """Mark a mail as failed, as Odoo does where sending fails.

        :raises DailyLimitError: if ``raises``.
        """
        failure = {"failure_type": "unknown", "failure_reason": reason}
        self.write({"state": "exception", **failure})
        self._postprocess_sent_message(success_pids=[], success_emails=[], **failure)
        if raises:
            raise self.env["ir.mail_server"]._make_limit_error(reason)


def _once(callback):
    """Return a callback that gets each id once: each call costs a commit."""
    if not callback:
        return None
    seen = set()

    def call(ids):
        fresh = [one for one in ids if one not in seen]
        seen.update(fresh)
        if fresh:
            callback(fresh)

    return call
