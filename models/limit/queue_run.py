# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What travels with the mails that the queue has picked."""

from ..tools.carrier import Carried


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
