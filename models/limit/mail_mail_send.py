# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sending a batch of mails within the limits."""

import smtplib
from contextlib import contextmanager

import psycopg2

from odoo import models

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..sender.batch import Batch
from ..sender.session_facts import get_facts, set_facts
from ..tools.apart import is_test
from ..tools.carrier import carried
from .budget import Budget
from .ledger import LedgerUnavailableError
from .line import Line, get_beside
from .outlook import find_demand
from .sending import get_sending, once

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
        if servers._disable_send():
            return super()._send(**send)
        if mail_server and not self._filter_mail_mail_servers(mail_server):
            # One mail alone might pass where the batch must not: Odoo refuses it.
            return super()._send(**send)
        if mail_server and (batch := carried(self.env, Batch)):
            batch.allow(mail_server, self)
        done = once(post_send_callback)
        send["post_send_callback"] = done
        with self._open_sending(
            auto_commit, raise_exception, done, inside=True
        ) as mails:
            if smtp_session is None:
                mails._send_without_session(send)
            else:
                mails._send_in_session(send)
        return True

    def _filter_mail_mail_servers(self, mail_servers):
        # Each commit makes Odoo read the servers anew, for every mail of a batch that
        # was found to be allowed as a whole.
        batch = carried(self.env, Batch)
        if batch and batch.is_allowed(mail_servers, self):
            return mail_servers
        return super()._filter_mail_mail_servers(mail_servers)

    def _send_without_session(self, send):
        """Send mails for each of which Odoo opens a session of its own.

        Each message is reserved for by itself, on its way out.

        :param dict send: the arguments of Odoo's ``_send``.
        """
        sending = get_sending(self.env)
        before = sending.count_reservations()
        groups = self._split_by_mail_configuration()
        going = {mail_id for group in groups for mail_id in group[-1]}
        sending.give_back(since=before)
        mails = self.browse(mail_id for mail_id in self.ids if mail_id in going)
        # Parts of mails that do not fit as a whole come last.
        mails |= self.browse(sorted(going))
        for position, mail in enumerate(mails):
            mail._send_plainly(send)
            if mails._is_stopped():
                mails[position + 1 :]._leave_stopped(send)
                break

    def _send_in_session(self, send):
        """Send mails that leave through one session.

        :param dict send: the arguments of Odoo's ``_send``.
        """
        servers = send["mail_server"] or self.env["ir.mail_server"]
        limits, commits = servers._get_send_limits(), send["auto_commit"]
        with self._open_budget(send["smtp_session"], limits, commits) as budget:
            mails = self._with_what_stays()
            with self._tally(budget, commits):
                # Also without a limit: one may be set before the last mail has left.
                mails._send_within_limits(budget, send)

    @contextmanager
    def _open_budget(self, smtp_session, limits, commits):
        """Yield what these mails reserve from; until the end it is on the session."""
        sending = get_sending(self.env)
        # A transaction that goes on sees no limit that is changed meanwhile.
        sees_changes = commits or is_test(self.env)
        spare = min(SPARE, len(self) - 1) if sees_changes else 0
        budget = Budget(sending.ledger, limits, spare, held=sending.take)
        set_facts(smtp_session, get_facts(smtp_session).with_part(budget))
        sending.budget = budget
        try:
            yield budget
        finally:
            sending.budget = None
            sending.crossed |= budget.crossed
            facts = get_facts(smtp_session)
            set_facts(smtp_session, facts.without_part(Budget))
            budget.close()
            sending.ledger.flush()

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
        """Send mail after mail, here and in the sessions beside this one.

        :param dict send: the arguments of Odoo's ``_send``.
        """
        commits, done = send["auto_commit"], send["post_send_callback"]
        # A mail that others have changed since the transaction began can't be locked in
        # it, and one that they have split off is not seen: each mail gets its own.
        self._end_transaction(commits)
        if beside := get_beside(self.env):
            self._send_from_line(beside.line, budget, send)
            return
        mails = self._decide_in_session(budget, send["mail_server"])
        line = Line(mails.ids, budget.ledger.transactions)
        with mails._open_beside(line, send):
            self._send_from_line(line, budget, send)
        # Whoever asks now what has left sees what the others have sent.
        self._end_transaction(commits)
        if done:
            done(self.ids)

    def _send_from_line(self, line, budget, send):
        """Send mail after mail: lock it, reserve for it, send it.

        :param Line line: that they stand in.
        :param dict send: the arguments of Odoo's ``_send``.
        """
        beside, done = get_beside(self.env), send["post_send_callback"]
        while mail_id := line.take():
            try:
                self.browse(mail_id)._send_next(line, budget, send)
            finally:
                line.put_down()
            if beside is None and done:
                done(line.take_done())
            if beside and beside.is_over:
                break
            if self._is_stopped():
                if rest := line.take_rest():
                    self.browse(rest)._leave_stopped(send)
                break

    def _send_next(self, line, budget, send):
        """Send a mail whose turn it is.

        Where others have taken the room meanwhile, it is decided anew about all that
        are left.

        :param Line line: see :meth:`_send_from_line`.
        """
        if not self._lock_outgoing(send["auto_commit"], budget):
            # The next one may be long in coming, and changed by then.
            self._end_transaction(send["auto_commit"])
            return
        if refusal := self._send_if_room(budget, send):
            self._decide_about_rest(line, refusal, send)
        beside = get_beside(self.env)
        if beside and beside.mail_id:
            line.put_last(beside.mail_id)

    def _decide_about_rest(self, line, refusal, send):
        """Decide anew about a mail that was refused, and all that are left.

        :param refusal: the reservation that was refused.
        :param dict send: the arguments of Odoo's ``_send``.
        """
        rest = line.take_rest()
        try:
            going = self.browse([self.id, *rest])._decide(refusal)
        except psycopg2.Error:
            line.put_first(rest)  # the other sessions decide
            raise
        # Another session may be the next to lock it.
        self._end_transaction(send["auto_commit"])
        line.put_first(going.ids)

    def _is_stopped(self):
        """Tell whether nothing more leaves for now: a later room knows of servers."""
        return False

    def _leave_stopped(self, _send):
        """See to mails that have not been tried, and don't leave for now.

        :param dict _send: the arguments of Odoo's ``_send``.
        """

    def _decide_in_session(self, budget, server):
        """Decide about mails that came into a session in another way than by ``send``.

        :param server: of the session; False: odoo.conf's.
        :return: the mails that go.
        """
        sending = get_sending(self.env)
        known = self.browse(one for one in self.ids if one in sending.decided)
        others = self - known
        if not others:
            return self
        if sending.raises:
            self._hold_for_all([(server and server.id, others.ids)])
            return self
        return known | others._decide_within(budget.limits)

    def _send_if_room(self, budget, send):
        """Send a locked mail, if others have not taken its room meanwhile.

        :return: None, or the reservation that was refused.
        :raises DailyLimitError: the caller wants an exception then.
        """
        sending = get_sending(self.env)
        try:
            refusal = self._reserve(budget, sending.raises)
            if not refusal:
                self._send_now(budget, send)
        except LedgerUnavailableError:
            # It stays in the queue as it is.
            self._end_transaction(send["auto_commit"])
            if beside := get_beside(self.env):
                beside.end_without(self.id)
            return None
        finally:
            budget.release_unused()
        if refusal and sending.raises:
            servers = self.env["ir.mail_server"]
            reason = servers._explain_refused(refusal, self._count_recipients())
            raise servers._make_limit_error(reason)
        return refusal

    def _reserve(self, budget, raises):
        """Reserve for a whole mail.

        :param bool raises: see :class:`.sending.Sending`.
        :return: None, or the reservation that was refused.
        :raises LedgerUnavailableError: nothing can be counted, and nobody waits.
        """
        messages, demand = self._get_smtp_messages(), self._get_demand()
        budget.begin(demand)
        whole = raises or self._is_waited_for()
        budget.begin(find_demand(demand, budget.limits, messages, whole))
        need = sum(message.size for message in messages)
        if not need:
            return None
        reservation = budget.reserve(need, least=need, must_go=whole)
        return None if reservation.granted >= need else reservation

    def _send_now(self, budget, send):
        # Odoo may delete a mail that is sent: then nobody can see whose it was.
        budget.senders = self.env["mail.send.tally"]._get_senders(self)
        self._let_session_send_as(send["smtp_session"])
        self._send_plainly(send)

    def _send_plainly(self, send):
        return super()._send(**send)  # pylint: disable=super-method-mismatch
