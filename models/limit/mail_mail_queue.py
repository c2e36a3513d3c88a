# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The mail queue: class by class, the oldest first, as many as there is room for."""

import logging
from dataclasses import replace
from datetime import timedelta

import psycopg2

from odoo import api, fields, models, modules
from odoo.fields import Domain

from ..tools.after_delivery import never_raise
from ..tools.carrier import carried, carry
from .kept_sessions import keep_sessions
from .mail_mail_waiting import FOR_LIMIT
from .outlook import Outlook
from .queue_cron import get_queue_cron
from .queue_run import QueueRun
from .send_class import PEOPLE, RANKS, is_bounded
from .waiting_sql import select_is_due

_logger = logging.getLogger(__name__)

# The latter where Odoo has logged the former, and gone on.
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.InFailedSqlTransaction,
)


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    # Each run of the queue looks for what is due, among all that waits.
    _due_idx = models.Index("(scheduled_date) WHERE state = 'outgoing'")

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        # Public in Odoo, for schedulers outside: what comes before the search, which
        # asks for the right itself, is not for everybody either.
        self.check_access("read")
        if email_ids:
            return super().process_email_queue(email_ids, batch_size)
        self._check_alarms()
        with keep_sessions(self) as queue:
            finished = queue._process_ranks(batch_size)
        self._wake_queue_for_next()
        return finished

    @api.model
    def _process_ranks(self, batch_size):
        """Send what is due, and nothing of a class while an earlier one has mails left.

        :return: whether no batch broke off.
        """
        done, finished = self.browse(), True
        batch_size = self._get_batch_size(batch_size)
        for rank in RANKS:
            # What was left out for want of room is taken up beside them.
            left = batch_size - len(done)
            what = "Emails that wait are not let go"
            with never_raise(_logger.exception, what), self.env.cr.savepoint():
                self._release_postponed(rank)
            mails, finished = self._process_rank(rank, left, batch_size)
            done |= mails
            if not finished or len(mails) >= left:
                break
        if not done:
            # As Odoo does: another module may do more than send.
            finished = self._process_picked(done, batch_size)
        # Where a batch broke off, the next regular run goes on, as in Odoo: a server
        # that drops each connection would fail one mail after the other.
        elif finished:
            self._go_on_with_queue(done.ids)
        return finished

    @api.model
    def _process_rank(self, rank, count, batch_size):
        """Send what is due of some classes.

        :param rank: of ``RANKS``.
        :param int count: of mails, at most.
        :param int batch_size: as in ``process_email_queue``.
        :return: the mails, and whether none of them broke the batch off.
        """
        due = self._list_due(rank, count)
        mails = due._pick_fitting()
        finished = not mails or self._process_picked(mails, batch_size)
        if finished and mails != due:
            # What was left out for want of room would stay due, with nothing that says
            # why. Now that the others have taken the room, it is taken up as well: each
            # mail is told which limit it waits for, and until when.
            rest = self._list_due(rank, count)
            finished = not rest or self._process_picked(rest, batch_size)
            mails |= rest
        return mails, finished

    @api.model
    def _process_picked(self, mails, batch_size):
        """Let Odoo process these mails of the queue.

        Odoo takes the newest of a queue that is longer than a batch, but it lets itself
        be narrowed to some of it.

        :return: whether none of them broke the batch off.
        """
        run = QueueRun(mails)
        queue = super(MailMail, carry(self, run))
        queue.process_email_queue((), batch_size)
        return (not mails or self._write_what_came()) and run.finished

    @api.model
    def _write_what_came(self):
        """Commit what Odoo leaves to its caller: mails that have failed as a batch.

        Else what comes next would meet what can't be written.

        :return: whether another worker has not written of the same mails meanwhile.
        """
        try:
            self._end_transaction(_is_committing())
        except CONFLICTS:
            self.env.cr.rollback()
            return False
        return True

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Note that nothing has broken the batch off.

        Odoo's queue only logs what is raised. What it returns may be another module's,
        whose ``send`` goes around this one and returns nothing, as Odoo's.
        """
        result = super().send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )
        if run := carried(self.env, QueueRun):
            run.finish(self)
        return result

    @api.model
    def _get_batch_size(self, batch_size):
        parameters = self.env["ir.config_parameter"].sudo()
        size = int(parameters.get_param("mail.mail.queue.batch.size", batch_size))
        return size or batch_size

    @api.model
    def _list_due(self, rank, count):
        """Return the mails of some classes that are due.

        The oldest first: where a queue is longer than a batch, or than today's room,
        they would starve.

        :param rank: of ``RANKS``.
        :param int count: of mails, at most.
        """
        if not self._is_any_due():
            return self.browse()
        # As in Odoo, where it comes from whoever calls: it can only leave mails out.
        chosen = Domain(self.env.context.get("filters") or Domain.TRUE)
        alike = Domain("send_class", "in", list(rank))
        if PEOPLE in rank:  # none: from before there were classes
            alike |= Domain("send_class", "=", False)
        return self.search(
            self._get_due_domain() & chosen & alike, limit=count, order="id"
        )

    @api.model
    def _is_any_due(self):
        """Whether any mails are due; the domain for them may find that out slowly."""
        self.flush_model(["scheduled_date", "state"])
        # The domain takes what is due within this second.
        moment = fields.Datetime.now() + timedelta(seconds=1)
        return self.env.execute_query(select_is_due(moment))[0][0]

    def _get_demand(self):
        demand = super()._get_demand()
        return self._as_waited(demand) if carried(self.env, QueueRun) else demand

    def _as_waited(self, demand):
        """Return what a mail asks for when the queue sends it.

        Where somebody sends it by hand, it needs not leave room for others.
        """
        if self.waiting_kind == FOR_LIMIT and demand.send_class == PEOPLE:
            return replace(demand, waited=True)
        return demand

    def _pick_fitting(self):
        """Return those that today's room is enough for, at least for a part of each.

        Odoo sends one author's mails after the other's: where the room ends within the
        batch, newer mails of one author would go before older ones of the next.
        """
        limits = self.env["ir.mail_server"]._get_common_limits()
        if not is_bounded(limits):
            return self
        usage = self.env["mail.send.counter"]._get_usage()
        outlook = Outlook(limits, usage)
        return self._read_what_decides().filtered(
            # Who waits has room elsewhere, or is told at once.
            lambda mail: mail._is_waited_for() or mail._fits_partly(outlook)
        )

    def _fits_partly(self, outlook):
        demand = self._as_waited(self._get_demand())
        return bool(outlook.take(demand, self._get_smtp_messages()).going)

    @api.model
    def _check_alarms(self):
        """Tell administrators of the limits; if that fails, mails leave all the same.

        Only the queue does so, before anything leaves. After a delivery an error would
        undo what tells that the mail is sent, and a transaction that began before the
        count was written would not see it, nor what another worker has told.
        """
        self._end_transaction(_is_committing())
        with never_raise(
            _logger.exception, "Administrators are not told of the limits"
        ):
            try:
                with self.env.cr.savepoint():
                    self.env["mail.send.counter"]._check_alarms()
            except psycopg2.errors.LockNotAvailable:
                _logger.debug("another worker tells administrators of the limits")
            # Odoo tells browsers after the commit, over one more connection. Where
            # there is none, it must not be a batch of mails that breaks off.
            self._end_transaction(_is_committing())

    @api.model
    def _go_on_with_queue(self, done_ids):
        """See to it that a queue longer than one batch goes on at once."""
        due = self._get_due_domain()
        remaining = self.search_count(due)
        left = remaining and self.search_count(due & Domain("id", "in", done_ids))
        if not remaining or left == len(done_ids):
            return
        if self.env.context.get("ir_cron_progress_id"):
            done = len(done_ids) - left
            self.env["ir.cron"]._commit_progress(done, remaining=remaining)
        else:
            get_queue_cron(self.env)._trigger()


def _is_committing():
    """Whether Odoo's queue commits what it does, and so may what comes before it."""
    return not modules.module.current_test
