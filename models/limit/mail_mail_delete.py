# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails that Odoo deletes once they are sent: some at a time.

Most mails are of this kind, and a third of the questions that one costs come from its
deletion.
"""

import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..sender.batch import Batch
from ..tools.after_delivery import never_raise
from ..tools.carrier import carried
from .queue_cron import wake_queue_for_open_alarms

_logger = logging.getLogger(__name__)

AT_ONCE = 50  # mails; a worker that is killed leaves at most so many behind
# When what such a worker has left is deleted: its batch has ended by then. Older ones
# are from before, or nobody knows from where.
LEFT_FOR = timedelta(hours=12)
LEFT_SINCE = timedelta(days=7)
GC_BATCH = 1000


class Deletion:
    """The mails of a batch that are sent and are to be deleted.

    :ivar list ids: of ``mail.mail``.
    """

    def __init__(self):
        self.ids = []
        self.is_put_off = False

    @contextmanager
    def put_off(self):
        """Only note what is deleted meanwhile."""
        self.is_put_off = True
        try:
            yield
        finally:
            self.is_put_off = False

    def take(self):
        """Return the ids, and forget them."""
        ids, self.ids = self.ids, []
        return ids


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        with self._delete_at_end(auto_commit is True):
            return super().send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                post_send_callback=post_send_callback,
            )

    @contextmanager
    def _delete_at_end(self, commits):
        """Delete at the end what is sent, as far as that is still to be done.

        Where an error breaks the sending off, the transaction may be of no use any
        more: then the vacuum does it.

        :param bool commits: see :class:`.sending.Sending`.
        """
        deletion = Deletion()
        with self._put_off_deletion(deletion):
            yield
        if ids := deletion.take():
            self._delete_sent(ids)
            self._end_transaction(commits)

    @contextmanager
    def _put_off_deletion(self, deletion):
        """Let what the batch sends meanwhile be deleted some at a time."""
        batch = carried(self.env, Batch)
        if batch is None:  # nothing really leaves
            yield
            return
        batch.set_part(deletion)
        try:
            yield
        finally:
            batch.drop_part(Deletion)  # a context may outlive the batch

    def _get_deletion(self):
        batch = carried(self.env, Batch)
        return batch and batch.get_part(Deletion)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        arguments = (success_pids, success_emails, failure_reason, failure_type)
        deletion = self._get_deletion()
        if deletion is None:
            return super()._postprocess_sent_message(*arguments)
        with deletion.put_off():
            result = super()._postprocess_sent_message(*arguments)
        if len(deletion.ids) >= AT_ONCE:
            self._delete_sent(deletion.take())
        return result

    @api.model
    def _delete_sent(self, ids):
        """Delete mails that are sent; where that fails, all the same they are sent.

        An error would undo what says so, and they would go again. One of them that
        can't be deleted keeps none of the others.
        """
        self.env.flush_all()  # what says that they are sent
        mails = self.sudo().browse(ids).exists()
        if not mails._delete_if_possible() and len(mails) > 1:
            for mail in mails:
                mail._delete_if_possible()

    def _delete_if_possible(self):
        """Return whether the mails are deleted: all of them, or none."""
        what = f"Emails {self.ids} are not deleted"
        with never_raise(_logger.exception, what), self.env.cr.savepoint():
            self.unlink()
            return True
        return False

    def unlink(self):
        deletion = self._get_deletion()
        if deletion is not None and deletion.is_put_off:
            deletion.ids += self.ids
            return True
        if deletion is None and self.filtered("waiting_kind"):
            wake_queue_for_open_alarms(self.env)
        return super().unlink()

    @api.autovacuum
    def _gc_sent(self):
        """Delete what a worker that was killed has sent and left."""
        now = fields.Datetime.now()
        left = self.sudo().search(
            Domain("state", "=", "sent")
            & Domain("auto_delete", "=", True)
            & Domain("write_date", "<", now - LEFT_FOR)
            & Domain("write_date", ">", now - LEFT_SINCE),
            limit=GC_BATCH,
        )
        self._delete_sent(left.ids)
        gone = len(left) - len(left.exists())
        # What can't be deleted would be tried again at once, and for ever.
        return gone, gone // GC_BATCH
