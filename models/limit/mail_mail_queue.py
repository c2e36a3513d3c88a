# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The mail queue: the oldest first, as many as there is room for."""

import logging

from odoo import api, models
from odoo.fields import Domain

from ..tools.after_delivery import never_raise
from ..tools.carrier import Carried, carried, carry
from .queue_cron import get_queue_cron
from .send_class import WAITED_FOR

_logger = logging.getLogger(__name__)


class QueueRun(Carried, list):
    """The domain that narrows Odoo's queue to some mails, and what came of them.

    :param mails: ``mail.mail``.
    :ivar finished: whether none of them broke the batch off.
    """

    KEY = "filters"  # where Odoo looks for a domain

    def __init__(self, mails):
        super().__init__([("id", "in", mails.ids)])
        self._ids = frozenset(mails.ids)
        self.finished = False

    def finish(self, mails):
        """Note that these were sent; others may be meanwhile, in the same context."""
        self.finished |= self._ids.issuperset(mails.ids)


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        # Public in Odoo, for schedulers outside: what comes before the search, which
        # asks for the right itself, is not for everybody either.
        self.check_access("read")
        if email_ids:
            return super().process_email_queue(email_ids, batch_size)
        self._check_alarms()
        self._release_postponed()
        mails, is_cut = self._pick_due(batch_size)
        finished = self._process_picked(mails, batch_size)
        if finished and is_cut:
            # What was left out for want of room would stay due, with nothing that says
            # why. Now that the others have taken the room, it is taken up as well: each
            # mail is told which limit it waits for, and until when.
            mails, _is_cut = self._pick_due(batch_size)
            finished = self._process_picked(mails, batch_size)
        # Where a batch broke off, the next regular run goes on, as in Odoo: a server
        # that drops each connection would fail one mail after the other.
        if finished and mails:
            self._go_on_with_queue(mails.ids)
        return finished

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
        return run.finished

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
    def _pick_due(self, batch_size):
        """Return the mails to send now, and whether more of a batch were found.

        The oldest first: where a queue is longer than a batch, or than today's room,
        they would starve.

        :param int batch_size: as in ``process_email_queue``.
        :rtype: tuple[MailMail, bool]
        """
        parameters = self.env["ir.config_parameter"].sudo()
        size = int(parameters.get_param("mail.mail.queue.batch.size", batch_size))
        # As in Odoo, where it comes from whoever calls: it can only leave mails out.
        chosen = Domain(self.env.context.get("filters") or Domain.TRUE)
        due = self.search(
            self._get_due_domain() & chosen, limit=size or batch_size, order="id"
        )
        fitting = due._take_oldest_that_fit()
        return fitting, fitting != due

    def _take_oldest_that_fit(self):
        """Return the oldest mails that today's room is enough for, at least one.

        Odoo sends one author's mails after the other's: where the room ends within the
        batch, newer mails of one author would go before older ones of the next.
        """
        servers = self.env["ir.mail_server"]
        room = servers._get_common_room()
        if not room or room <= 0:
            return self
        # What is left to those who may use a part of it only, by their demand.
        parts = {}
        for position, mail in enumerate(self):
            if room <= 0:
                return self[:position]
            demand = mail._get_demand()
            if demand.send_class in WAITED_FOR:
                continue  # they have room of their own, or fail
            if demand not in parts:
                parts[demand] = servers._get_common_room(demand)
            if parts[demand] <= 0:
                continue  # it takes nothing from the others: it will wait
            size = sum(message.size for message in mail._get_smtp_messages())
            room -= size
            parts = {one: part - size for one, part in parts.items()}
        return self

    @api.model
    def _check_alarms(self):
        """Tell administrators of the limits; if that fails, mails leave all the same.

        Only the queue does so, before anything leaves. After a delivery an error would
        undo what tells that the mail is sent, and a transaction that began before the
        count was written would not see it.
        """
        with (
            never_raise(_logger.exception, "Administrators are not told of the limits"),
            self.env.cr.savepoint(),
        ):
            self.env["mail.send.counter"]._check_alarms()

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
