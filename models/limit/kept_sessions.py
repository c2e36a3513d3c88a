# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the sessions of one run know of each other: of the queue, or of a mailing."""

from contextlib import contextmanager

from .send_mark import get_call, note_call


class KeptSessions:
    """What one run has learned of its servers; its threads share it.

    :ivar set refused: the ids of servers that wanted no further connection.
    """

    def __init__(self):
        self.refused = set()


@contextmanager
def keep_sessions(records):
    """Yield the records with what the sessions of their run share.

    A run within another one is a part of that.
    """
    if get_call(records.env).sessions is not None:
        yield records
        return
    yield note_call(records, sessions=KeptSessions())
