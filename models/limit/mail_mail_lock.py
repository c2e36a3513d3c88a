# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One mail, one worker: transactions and locks of the mails that are being sent."""

from contextlib import nullcontext

import psycopg2

from odoo import fields, models
from odoo.tools import SQL, Query

from ..tools.carrier import carried
from .queue_run import QueueRun


class LockingQuery(Query):
    """A query that locks what it reads, as ``try_lock_for_update`` does.

    What others have locked is left out. The public way takes two queries for each
    mail: that method, and one to read the mail, since the commit after the mail before
    has emptied the cache. ``_fetch_query``, which Odoo's ``fetch`` ends in, makes them
    one where its query locks; only ``select`` of the query is another.
    """

    def select(self, *args):
        return SQL("%s FOR NO KEY UPDATE SKIP LOCKED", super().select(*args))


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _end_transaction(self, commits):
        """Commit, where the caller has asked for a commit after each mail."""
        if commits:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _survive(self, commits):
        """Return a context whose failure undoes nothing that came before it.

        Without a commit after each mail, the transaction holds what tells that the
        mails before this one are sent: undone, they would go again.
        """
        return nullcontext() if commits else self.env.cr.savepoint(flush=False)

    def _lock_outgoing(self, commits, budget):
        """Lock a mail against other workers.

        The same query asks whether the limits are still as they were when the batch
        has reserved ahead.

        :param Budget budget: of the batch.
        :return: whether it is locked, and still to be sent.
        """
        unchanged = budget.if_unchanged()
        if unchanged and self._lock_outgoing_if(commits, unchanged):
            return True
        if unchanged and self.env.execute_query(SQL("SELECT %s", unchanged))[0][0]:
            return False
        budget.renew()
        return self._lock_outgoing_if(commits, SQL("TRUE"))

    def _lock_outgoing_if(self, commits, condition):
        self.ensure_one()
        self.flush_recordset(["state", "scheduled_date"])
        query = LockingQuery(self.env, self._table)
        query.add_where(
            SQL(
                "id = %s AND state = 'outgoing' AND %s AND %s",
                self.id,
                self._if_due(),
                condition,
            )
        )
        try:
            with self._survive(commits):
                locked = self._fetch_query(query, self._determine_fields_to_fetch())
        except psycopg2.errors.SerializationFailure:
            # Another worker has just finished with it.
            if commits:
                self.env.cr.rollback()
            return False
        if not locked:
            self._end_transaction(commits)
        return bool(locked)

    def _if_due(self):
        """Return what holds for mails that are still due, where the queue sends.

        Another worker may have tried one that both have picked, and let it wait.
        """
        if carried(self.env, QueueRun) is None:
            return SQL("TRUE")
        now = fields.Datetime.now()
        return SQL("(scheduled_date IS NULL OR scheduled_date <= %s)", now)
