# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails that Odoo deletes once they are sent: some at a time.

Most mails are of this kind, and a third of the questions that one costs come from its
deletion.
"""

from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.carrier import Carried, carried, carry

AT_ONCE = 50  # mails; a worker that is killed leaves at most so many behind
# When what such a worker has left is deleted: its batch has ended by then. Older ones
# are from before, or nobody knows from where.
LEFT_FOR = timedelta(hours=12)
LEFT_SINCE = timedelta(days=7)
GC_BATCH = 1000


class Deletion(Carried):
    """The mails of a batch that are sent and are to be deleted.

    :ivar list ids: of ``mail.mail``.
    """

    KEY = "mail_deliverability_deletion"

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
        """Delete at the end what is sent, as far as that is still to be done.

        Where an error breaks the sending off, the transaction may be of no use any
        more: then the vacuum does it.
        """
        deletion = Deletion()
        result = super(MailMail, carry(self, deletion)).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )
        if ids := deletion.take():
            self.sudo().browse(ids).exists().unlink()
            self._end_transaction(auto_commit)
        return result

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        arguments = (success_pids, success_emails, failure_reason, failure_type)
        deletion = carried(self.env, Deletion)
        if deletion is None:
            return super()._postprocess_sent_message(*arguments)
        with deletion.put_off():
            result = super()._postprocess_sent_message(*arguments)
        if len(deletion.ids) >= AT_ONCE:
            self.sudo().browse(deletion.take()).exists().unlink()
        return result

    def unlink(self):
        deletion = carried(self.env, Deletion)
        if deletion is not None and deletion.is_put_off:
            deletion.ids += self.ids
            return True
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
        left.unlink()
        return len(left), len(left) // GC_BATCH
