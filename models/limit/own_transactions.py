# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The short transactions in which is counted."""

import logging
import threading
from contextlib import ExitStack, contextmanager

import psycopg2

from odoo.tools import SQL

from ..tools.apart import LOCK_TIMEOUT, is_test

_logger = logging.getLogger(__name__)


def make_lock() -> SQL:
    """Return the statements that lock the counter against others who count.

    Odoo's cursors are REPEATABLE READ, where two reservations at once end in
    serialization errors. Taking the lock does not take the snapshot yet, so that the
    statement after it sees all that was reserved before.
    """
    return SQL(
        """
        SET LOCAL lock_timeout = %s;
        LOCK TABLE mail_send_counter IN SHARE ROW EXCLUSIVE MODE;
        """,
        LOCK_TIMEOUT,
    )


class OwnTransactions:
    """Transactions that last whatever becomes of the sender's, over one connection.

    The sender's own won't do: it would hold the lock until it ends, and if it were
    rolled back, mails that have left would be forgotten.

    In a test it is the sender's, with a savepoint: what a test counts, no other sees.
    Threads may share them: one after the other.

    :param env: of the sender.
    """

    def __init__(self, env):
        self._env = env
        self._cr = None
        self._lock = threading.Lock()

    @property
    def has_connection(self) -> bool:
        return self._cr is not None

    @contextmanager
    def begin(self):
        """Yield a cursor, and what has to be executed first (an SQL); then commit.

        :raises psycopg2.Error: there is no connection, or a statement fails.
        """
        if is_test(self._env):
            with self._begin_in_test() as cr:
                yield cr, SQL()
            return
        with self._lock, ExitStack() as failing:
            failing.callback(self.close)
            if self._cr is None:
                self._cr = self._env.registry.cursor()
            yield self._cr, make_lock()
            self._cr.commit()  # pylint: disable=invalid-commit
            failing.pop_all()

    @contextmanager
    def _begin_in_test(self):
        # What the sender has changed and not written yet: seen as after its commit.
        self._env["ir.config_parameter"].flush_model(["key", "value"])
        self._env["ir.mail_server"].flush_model(["active", "daily_limit"])
        self._env["mail.send.counter"].flush_model()
        with self._env.cr.savepoint(flush=False):
            yield self._env.cr

    def close(self):
        """Give the connection back; what is not committed is undone."""
        if self._cr is None:
            return
        cr, self._cr = self._cr, None
        try:
            cr.close()
        except psycopg2.Error as error:
            _logger.info("the counter's connection was lost: %s", error)
