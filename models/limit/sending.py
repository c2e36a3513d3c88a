# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One call of ``send``: what its mails share before and while they are sent."""

from dataclasses import replace

from odoo import fields

from ..sender.batch import Batch
from ..tools.carrier import carried
from .ledger import LedgerUnavailableError


class Sending:
    """How mails are sent together, and what is reserved for all of them.

    :param ledger: an open :class:`.ledger.Ledger`; one connection for all sessions.
    :param bool commits: whether there is a commit after each mail.
    :param bool raises: whether the caller wants an exception, and undoes then what it
        has done: its mails go all together, or none of them does.
    :param done: called with the ids of mails that were decided about, or None.
    :ivar opens: whether a group of mails leaves through a session of its own.
    :ivar is_open: whether the call still lasts; a context may outlive it.
    :ivar budget: what the mails reserve from that are being sent, or None.
    :ivar decided: the ids of mails that there was room for before the connection.
    :ivar crossed: as in :class:`.budget.Budget`.
    """

    def __init__(self, ledger, commits, raises, done=None):
        self.ledger = ledger
        self.commits = commits
        self.raises = raises
        self.opens = True
        self.is_open = True
        self.budget = None
        self.decided = set()
        self.crossed = False
        self._done = done
        self._held = []  # pairs: what asked, and the reservation

    def finish(self, mails):
        """Tell the caller that nothing more becomes of these mails for now."""
        if self._done and mails:
            self._done(mails.ids)

    def look(self, limits):
        """Return how much of limits is used: a reservation of nothing.

        :param limits: :class:`.send_class.Limit` each.
        :rtype: :class:`.ledger.Reservation`
        :raises LedgerUnavailableError: nothing can be counted at this moment.
        """
        return self.ledger.reserve(fields.Datetime.now(), 0, limits)

    def hold(self, limits, sizes):
        """Reserve for mails that ask alike, for all of them or for none.

        :param limits: with what the mails ask for.
        :param sizes: the recipients of each.
        :return: None, or the reservation that was refused. What was held before is
            still held then.
        """
        refusal = self._hold(limits, sum(sizes))
        if refusal and len(sizes) > 1 and len(limits[0].demand.sources) > 1:
            # One source may have room for some of them, and the next for the rest.
            before = self.count_reservations()
            if not any(self._hold(limits, size) for size in sizes):
                return None
            self.give_back(since=before)
        return refusal

    def count_held(self, server_id):
        """Return the recipients that are held of a limit.

        :param int server_id: as in ``mail.send.counter``.
        """
        return sum(
            one.granted
            for _key, one in self._held
            if any(limit.server_id == server_id for limit in one.limits)
        )

    def take(self, limits, want):
        """Return a reservation out of what is held, or None.

        :param limits: with what a mail asks for.
        :param int want: recipients.
        """
        asked = _get_key(limits)
        for position, (key, held) in enumerate(self._held):
            if key == asked and held.granted >= want:
                rest = replace(held, granted=held.granted - want)
                self._held[position] = (key, rest)
                return replace(held, granted=want)
        return None

    def count_reservations(self):
        """Return how many reservations are held; see :meth:`give_back`."""
        return len(self._held)

    def give_back(self, since=0):
        """Give back what is held and not taken.

        :param int since: leave so many reservations, the oldest, where they are.
        """
        held, self._held = self._held[since:], self._held[:since]
        for _key, one in held:
            if one.granted:
                self.ledger.settle(one, kept=0)

    def close(self):
        """End the call."""
        self.is_open = False
        self.give_back()

    def _hold(self, limits, want):
        now = fields.Datetime.now()
        try:
            reservation = self.ledger.reserve(now, want, limits, least=want)
        except LedgerUnavailableError:
            return None  # somebody waits: they go, and are counted later
        if not reservation.granted:
            return reservation
        self.crossed |= reservation.crossed()
        self._held.append((_get_key(limits), reservation))
        return None


def _get_key(limits):
    return tuple((limit.server_id, limit.demand) for limit in limits)


def get_sending(env):
    """Return what the mails of a batch share while they are sent, or None."""
    batch = carried(env, Batch)
    return batch and batch.get_part(Sending)


def once(callback):
    """Return a callback that gets each id once: each call costs a commit."""
    if not callback:
        return None
    seen = set()

    def call(ids):
        fresh = [one for one in ids if one not in seen]
        seen.update(fresh)
        if fresh:
            callback(fresh)

    return call
