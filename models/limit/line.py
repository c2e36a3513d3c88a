# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The mails of a group stand in line, and the sessions that send it take turns."""

import threading
from collections import deque

from ..sender.batch import Batch
from ..tools.carrier import carried


class Line:
    """What the sessions of one group of mails share, each in a thread of its own.

    :param ids: of the mails, in the order in which they shall leave.
    :param transactions: the :class:`.own_transactions.OwnTransactions` in which all of
        them count: one connection for all.
    """

    def __init__(self, ids, transactions=None):
        self.transactions = transactions
        self._ids = deque(ids)
        self._in_hand = 0
        self._is_stopped = False
        self._done = []
        self._changed = threading.Condition()

    def take(self):
        """Take the next mail; whoever has taken one puts it down afterwards.

        Where there is none, what others have in hand is waited for: they may put it
        back, or what they have decided about.

        :return: its id, None where nothing is left.
        """
        with self._changed:
            while self._in_hand and not self._ids and not self._is_stopped:
                self._changed.wait()
            if self._is_stopped or not self._ids:
                return None
            self._in_hand += 1
            return self._ids.popleft()

    def put_down(self):
        """Have done with a mail that was taken."""
        with self._changed:
            self._in_hand -= 1
            self._changed.notify_all()

    def take_rest(self):
        """Return the ids of all that nobody has taken; they stand in line no more."""
        with self._changed:
            rest = list(self._ids)
            self._ids.clear()
            return rest

    def put_first(self, ids):
        """Let mails be the next ones, in their order."""
        with self._changed:
            self._ids.extendleft(reversed(ids))
            self._changed.notify_all()

    def put_last(self, mail_id):
        """Let a mail come behind all others."""
        with self._changed:
            self._ids.append(mail_id)
            self._changed.notify_all()

    def stop(self):
        """Let each session end with the mail that it has in hand."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def note_done(self, ids):
        """Note that nothing more becomes of these mails for now."""
        with self._changed:
            self._done += ids

    def take_done(self):
        """Return the ids that were noted since this was called last."""
        with self._changed:
            done, self._done = self._done, []
            return done


class Beside:
    """A part of a :class:`..sender.batch.Batch`: a session beside the first one.

    :param Line line: that it takes its mails from.
    :ivar is_over: whether the session takes no more mails, though others may.
    :ivar mail_id: of the mail that another session may send then.
    """

    def __init__(self, line):
        self.line = line
        self.is_over = False
        self.mail_id = None

    def end_without(self, mail_id):
        """Take no more mails, and let another session try this one."""
        self.is_over, self.mail_id = True, mail_id


def get_beside(env):
    """Return what makes a session one beside the first, None for any other."""
    batch = carried(env, Batch)
    return batch and batch.get_part(Beside)
