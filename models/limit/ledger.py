# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The book of what was sent: reservations, and what came of them.

It knows its own tables and what the limits are set to, and nothing of what is told of
them. The statements are in ledger_sql.
"""

import logging
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo.tools import SQL

from ..tools.after_delivery import never_raise
from . import ledger_sql
from .counting_day import day_of, part_passed, reset_after
from .ledger_reset_hour import carry_over
from .ledger_sql import PARTS, Uncounted
from .limit_settings import is_unpaced, renew_limits
from .own_transactions import OwnTransactions
from .send_class import (
    BULK,
    LIMIT,
    RELEASED,
    Demand,
    Limit,
    Usage,
    ask_of,
    ceiling_of,
    find_room,
    is_public_used_up,
    level_of,
)

_logger = logging.getLogger(__name__)

# Where the limits are further away than this many times the spare, several workers
# can have spares without that one of them is refused for it.
FAR = 20


class LedgerUnavailableError(Exception):
    """Nothing can be counted at this moment."""


@dataclass(frozen=True)
class Reservation:
    """The answer to a request for room.

    :param granted: recipients reserved; 0: none.
    :param day: the day that they count for.
    :param reset: when the count starts again, UTC.
    :param usage: by server id, what was used before. What others than mass mailings
        usually use is known where one of these asked, or nothing was granted.
    :param limits: what was asked for, as it is set now.
    :param source: where they come from; see :attr:`.send_class.Demand.sources`.
    :param settings: what the limits were made of; see :mod:`.limit_settings`.
    :param rows: by server id, the ids of the counts that they were booked in.
    :param is_late: whether nothing was reserved: what leaves is counted later.
    """

    granted: int
    day: date
    reset: datetime
    usage: dict[int, Usage]
    limits: tuple[Limit, ...]
    source: str = LIMIT
    settings: str = ""
    rows: dict[int, int] = field(default_factory=dict)
    is_late: bool = False

    @property
    def room(self) -> int | None:
        """What was free before; None: not bounded."""
        return find_room(self.limits, self.usage, 1)[1]

    @property
    def narrowest(self) -> Limit:
        """The limit with the least room: the one that refused."""
        return min((one for one in self.limits if one.total), key=self._get_room)

    @property
    def ceiling(self) -> int | None:
        """What could be granted on a fresh day; None: not bounded."""
        return ceiling_of(self.limits)

    @property
    def exhausted(self) -> bool:
        """Whether nothing at all was free."""
        return self.room is not None and self.room <= 0

    def as_asked(self, demand: Demand, usage: dict[int, Usage]):
        """Return the refusal of a mail that asks otherwise.

        :param usage: by server id, what was used before that mail.
        :rtype: Reservation
        """
        limits = ask_of(self.limits, demand)
        return replace(self, granted=0, limits=limits, usage=usage)

    def crossed(self) -> bool:
        """Whether something that administrators are told of was reached just now."""
        return not self.is_late and any(
            _told_of(limit, self.usage[limit.server_id])
            != _told_of(limit, self._get_usage_after(limit))
            for limit in self.limits
        )

    def _get_room(self, limit: Limit) -> float:
        source = RELEASED if limit.demand.released else LIMIT
        room = limit.get_room(self.usage[limit.server_id], source)
        return float("inf") if room is None else room

    def _get_usage_after(self, limit: Limit) -> Usage:
        before, part = self.usage[limit.server_id], limit.get_part(self.source)
        return before.add(self.granted, part)


def _told_of(limit: Limit, usage: Usage) -> tuple[int, bool]:
    return level_of(usage.inside, limit.ordinary), is_public_used_up(limit, usage)


class Ledger:
    """Reserves and gives back, in short transactions of its own.

    What a mail has reserved stays ``in_flight`` until the outcome is known. To spare a
    transaction per mail, outcomes are written with the next reservation and at the end.

    Where the counts can't be had once, they are not tried again: a batch of mails does
    not wait for each of them. What is to be counted later is kept in the sender's own
    transaction, in rows that nobody else touches, and the next ledger counts it.

    :param env: of the sender.
    :param int hour: the reset hour as the sender knows it.
    :param transactions: those of another ledger, which closes them.
    """

    def __init__(self, env, hour, transactions=None):
        self._env = env
        self._hour = hour
        self.transactions = transactions or OwnTransactions(env)
        self._is_owner = transactions is None
        self._outcomes = defaultdict(Counter)
        self._rows = {}
        self._failed = False

    def reserve(self, now, want, limits, least=1, spare=0):
        """Reserve up to ``want`` recipients within every limit.

        :param datetime now: UTC.
        :param int want: recipients.
        :param limits: of the database and the server, :class:`Limit` each. What sets
            them is read anew.
        :param int least: reserve nothing if this many don't fit.
        :param int spare: reserve so many more for the mails that come next, where the
            limits are far away.
        :rtype: Reservation
        :raises LedgerUnavailableError: nothing is reserved, as far as can be known.
        """
        return self._run(self._reserve, now, want, limits, least, spare)

    def promise(self, now, want, limits):
        """Return a reservation of what goes whatever is free, and is counted later.

        :param datetime now: UTC.
        :param int want: recipients.
        :param limits: as for :meth:`reserve`.
        :rtype: Reservation
        """
        day = day_of(now, self._hour)
        reset = reset_after(day, self._hour)
        return Reservation(want, day, reset, {}, limits, is_late=True)

    def settle(self, reservation, kept, unknown=0):
        """Tell what came of a reservation, or of a part of it.

        :param Reservation reservation: a part of it: with ``granted`` lowered.
        :param int kept: recipients that the SMTP server accepted.
        :param int unknown: that it may have accepted. They count, and stay shown as
            unconfirmed.
        """
        if not reservation.granted:
            return
        if reservation.is_late:
            self._note_late(reservation, kept + unknown, unknown)
            return
        back = reservation.granted - kept - unknown
        for limit in reservation.limits:
            row_id = reservation.rows[limit.server_id]
            outcome = self._outcomes[reservation.day, row_id]
            outcome["sent"] += back
            outcome["in_flight"] += reservation.granted - unknown
            if part := limit.get_part(reservation.source):
                outcome[part] += back
        if back:
            self.flush()

    def flush(self):
        """Write the outcomes known so far, if that is possible."""
        if self._get_outcomes():
            with suppress(LedgerUnavailableError):
                self._run(self._write_outcomes)

    def count_uncounted(self):
        """Count what could not be counted when it left, if that is possible."""
        with suppress(LedgerUnavailableError):
            self._run(self._count_uncounted)

    def close(self):
        try:
            self.flush()
            self._keep_outcomes()
        finally:
            if self._is_owner:
                self.transactions.close()

    # ------------------------------------------------------------
    # In a transaction of its own
    # ------------------------------------------------------------

    def _run(self, work, *args):
        """Do some work in a transaction, once more where the connection was lost."""
        if self._failed:
            raise LedgerUnavailableError
        # PostgreSQL may have been restarted since the connection was opened.
        may_be_lost = self.transactions.has_connection
        while True:
            try:
                with self.transactions.begin() as (cr, lock):
                    return work(cr, lock, *args)
            except psycopg2.Error as error:
                locked = isinstance(error, psycopg2.errors.LockNotAvailable)
                if locked or not may_be_lost:
                    raise self._give_up(error) from error
                may_be_lost = False

    def _give_up(self, error):
        self._failed = True
        _logger.warning(
            "The counts of sent emails can't be had, what leaves is counted later: %s",
            str(error).strip(),
        )
        return LedgerUnavailableError(str(error))

    def _reserve(self, cr, lock, now, want, limits, least, spare):
        state = self._read_state(cr, lock, now, limits)
        self._hour = state.hour
        # Whoever only looks may decide about mails of any class.
        knows_usual = not want or limits[0].demand.send_class == BULK
        if knows_usual:
            state = ledger_sql.read_usual(cr, state)
        passed = 1.0 if is_unpaced(self._env) else part_passed(now, state.hour)
        limits = _renew(limits, state, passed)
        usage = state.usage_by_holder
        source, room = find_room(limits, usage, least)
        granted = _decide(room, want, least, spare)
        if not granted and not knows_usual:  # as after a look
            usage = ledger_sql.read_usual(cr, state).usage_by_holder
        reset = reset_after(state.day, state.hour)
        reservation = Reservation(
            granted, state.day, reset, usage, limits, source, state.settings
        )
        if granted:
            rows = ledger_sql.book(cr, reservation, state.hour)
            self._rows |= {one: (state.day, row_id) for one, row_id in rows.items()}
            reservation = replace(reservation, rows=rows)
        # Before the commit: where that fails, nobody knows whether they are written,
        # and a count may end too high, never too low.
        self._outcomes.clear()
        return reservation

    def _read_state(self, cr, lock, now, limits):
        outcomes = self._get_outcomes()
        settle = SQL("%s;", ledger_sql.settle(outcomes)) if outcomes else SQL()
        before = SQL("%s %s", lock, settle)
        state = ledger_sql.read_state(cr, before, now, limits, self._rows)
        if state.uncounted:
            ledger_sql.count_uncounted(cr)
            state = ledger_sql.read_state(cr, SQL(), now, limits, self._rows)
        if state.hour_changed:
            carry_over(cr, now)
            state = ledger_sql.read_state(cr, SQL(), now, limits, self._rows)
        return state

    def _write_outcomes(self, cr, lock):
        if outcomes := self._get_outcomes():
            cr.execute(SQL("%s %s", lock, ledger_sql.settle(outcomes)))
        self._outcomes.clear()  # before the commit, see _reserve

    def _get_outcomes(self):
        return {key: one for key, one in self._outcomes.items() if any(one.values())}

    def _count_uncounted(self, cr, lock):
        cr.execute(SQL("%s SELECT 1", lock))
        ledger_sql.count_uncounted(cr)

    # ------------------------------------------------------------
    # In the sender's transaction
    # ------------------------------------------------------------

    def _note_late(self, reservation, sent, unknown):
        """Keep what has left without being counted."""
        if not sent:
            return
        notes = []
        for limit in reservation.limits:
            counts = {"sent": sent, "in_flight": unknown}
            if part := limit.get_part(reservation.source):
                counts[part] = sent
            notes.append(
                Uncounted(
                    reservation.day, 0, limit.server_id, limit.name, self._hour, counts
                )
            )
        self._keep(notes)

    def _keep_outcomes(self):
        """Keep what could not be written of the outcomes."""
        outcomes = self._get_outcomes()
        self._outcomes.clear()
        servers = {row_id: one for one, (_day, row_id) in self._rows.items()}
        notes = [
            Uncounted(
                day,
                row_id,
                servers.get(row_id, 0),
                "",
                self._hour,
                {name: -outcome[name] for name in ("sent", "in_flight", *PARTS)},
            )
            for (day, row_id), outcome in outcomes.items()
        ]
        if notes:
            self._keep(notes)

    def _keep(self, notes):
        cr = self._env.cr
        what = f"It is not counted what came of {notes}"
        with never_raise(_logger.warning, what):
            if cr.connection.get_transaction_status() == TRANSACTION_STATUS_INERROR:
                raise psycopg2.InterfaceError("the transaction has failed")
            with cr.savepoint(flush=False):
                cr.execute(ledger_sql.keep_uncounted(notes))


def move_counts(env, day, successors):
    """Add the counts of servers to those of their successors.

    :param dict successors: by server id, the id of the server that counts from now on.

    In a transaction of its own: the caller's may last, and senders wait for the lock.
    """
    transactions = OwnTransactions(env)
    what = f"The counts of servers {successors} stay where they are"
    with never_raise(_logger.warning, what):
        try:
            with transactions.begin() as (cr, lock):
                ledger_sql.move(cr, lock, day, successors)
        finally:
            transactions.close()


def _renew(limits, state, passed):
    """Return limits as they are set now, each with the server that holds its count."""
    return tuple(
        replace(limit, server_id=state.holders[asked.server_id])
        for asked, limit in zip(
            limits, renew_limits(limits, state.settings, passed), strict=True
        )
    )


def _decide(room, want, least, spare):
    """Return how much to reserve.

    :param room: what is free; None: not bounded.
    """
    if room is None:
        return want + spare
    if room < least:
        return 0
    return min(room, want) if room < want + spare * FAR else want + spare
