"""The mail queue: the oldest first, as many as there is room for."""

import logging

from odoo import api, models
from odoo.fields import Domain

from ..tools.after_delivery import never_raise
from ..tools.carrier import Carried, carried, carry
from .send_class import WAITED_FOR

_logger = logging.getLogger(__name__)


class QueueRun(Carried):
    """What one run of the mail queue has taken up.

    :ivar ids: the mails, oldest first; None before they were searched for.
    :ivar cut: whether more were found, for which today has no room.
    :ivar finished: whether none of them broke it off.
    """

    KEY = "mail_deliverability_run"

    def __init__(self):
        self.ids = None
        self.cut = False
        self.finished = False


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def search(self, domain, offset=0, limit=None, order=None):
        run = carried(self.env, QueueRun)
        if run is None or run.ids is not None:
            return super().search(domain, offset=offset, limit=limit, order=order)
        # Odoo takes the newest: a queue longer than a batch would starve the oldest.
        mails = super().search(domain, offset=offset, limit=limit, order=order or "id")
        fitting = mails._take_oldest_that_fit()
        run.ids, run.cut = fitting.ids, fitting != mails
        return fitting

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        # Public in Odoo, for schedulers outside: what comes before the search, which
        # asks for the right itself, is not for everybody either.
        self.check_access("read")
        if email_ids:
            return super().process_email_queue(email_ids, batch_size)
        self._check_alarms()
        self._release_postponed()
        # The second time for what the first left out: it has to wait.
        for _time in range(2):
            run = QueueRun()
            queue = carry(self, run)
            result = super(MailMail, queue).process_email_queue(email_ids, batch_size)
            if not (run.finished and run.cut):
                break
        # Where a batch broke off, the next regular run goes on, as in Odoo: a server
        # that drops each connection would fail one mail after the other.
        if run.finished and run.ids:
            self._go_on_with_queue(run.ids)
        return result

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        result = super().send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )
        if run := carried(self.env, QueueRun):
            run.finished = True
        return result

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
            self._get_queue_cron()._trigger()
