# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The book of what was sent: reservations, and what came of them, in SQL.

It knows nobody: neither the limits' settings nor what is told of them, only its own
table, the hour at which a day begins, and whether people's mails wait.
"""

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import psycopg2

from odoo.tools import SQL

from ..parameters.table import DAILY_LIMIT_RESET_HOUR
from .send_class import (
    LIMIT,
    Demand,
    Limit,
    Usage,
    ceiling_of,
    find_room,
    is_public_used_up,
    level_of,
)

_logger = logging.getLogger(__name__)

# Where the limits are further away than this many times the spare, several workers
# can have spares without that one of them is refused for it.
FAR = 20
# Fields of Usage and of the model.
PARTS = ("urgent", "codes", "public", "visitors", "bulk")

# Odoo's cursors are REPEATABLE READ, where two reservations at once end in
# serialization errors. Taking the lock does not take the snapshot yet, so that the
# statement after it sees all that was reserved before.
LOCK = SQL(
    """
    SET LOCAL lock_timeout = '20s';
    LOCK TABLE mail_send_counter IN SHARE ROW EXCLUSIVE MODE;
    """
)
# As PostgreSQL reads it, so that each sender counts by the same hour at one time.
HOUR = SQL(
    """
    COALESCE((
        SELECT CASE WHEN value ~ '^ *[0-9]{1,2} *$' THEN mod(value::int, 24) ELSE 0 END
          FROM ir_config_parameter WHERE key = %s), 0)
    """,
    DAILY_LIMIT_RESET_HOUR.key,
)

# What others than mass mailings use, of a server ``asked`` on the day of ``clock``. The
# second busiest day of the last week: a single exceptional one tells nothing.
USUAL = SQL(
    """
    COALESCE((
        SELECT past.sent + past.carried - past.urgent - past.codes - past.bulk AS usual
          FROM mail_send_counter AS past
         WHERE past.server_id = asked.server_id
           AND past.day BETWEEN clock.day - 7 AND clock.day - 1
         ORDER BY usual DESC OFFSET 1 LIMIT 1), 0)
    """
)

# Whether people's mails wait for a server ``asked``, and not for a date of their own.
BACKLOG = SQL(
    """
    EXISTS (
        SELECT FROM mail_mail AS waiting
         WHERE waiting.waiting_kind IS NOT NULL AND waiting.state = 'outgoing'
           AND waiting.waiting_server_id = asked.server_id
           AND waiting.send_class = 'people'
           AND (waiting.requested_date IS NULL
                OR waiting.requested_date <= waiting.waiting_until))
    """
)


@dataclass(frozen=True)
class Reservation:
    """The answer to a request for room.

    :param granted: recipients reserved; 0: none.
    :param day: the day that they count for.
    :param reset: when the count starts again, UTC.
    :param usage: by server id, what was used before.
    :param limits: what was asked for.
    :param source: where they come from; see :attr:`.send_class.Demand.sources`.
    """

    granted: int
    day: date
    reset: datetime
    usage: dict[int, Usage]
    limits: tuple[Limit, ...]
    source: str = LIMIT

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

    def refuses(self, demand: Demand) -> bool:
        """Whether a mail that asks otherwise would have been refused as well."""
        limits = tuple(replace(limit, demand=demand) for limit in self.limits)
        room = find_room(limits, self.usage, 1)[1]
        return room is not None and room <= 0

    def crossed(self) -> bool:
        """Whether something that administrators are told of was reached just now."""
        return any(
            _told_of(limit, self.usage[limit.server_id])
            != _told_of(limit, self._get_usage_after(limit))
            for limit in self.limits
        )

    def _get_room(self, limit: Limit) -> int:
        return limit.get_room(self.usage[limit.server_id])

    def _get_usage_after(self, limit: Limit) -> Usage:
        before, part = self.usage[limit.server_id], limit.get_part(self.source)
        changes = {"used": before.used + self.granted}
        if part:
            changes[part] = getattr(before, part) + self.granted
        return replace(before, **changes)


def _told_of(limit: Limit, usage: Usage) -> tuple[int, bool]:
    return level_of(usage.inside, limit.ordinary), is_public_used_up(limit, usage)


class Ledger:
    """Reserves and gives back, in short transactions of its own.

    The sender's transaction won't do: it would hold the lock until it ends, and if it
    were rolled back, mails that have left would be forgotten.

    What a mail has reserved stays ``in_flight`` until the outcome is known. To spare a
    transaction per mail, outcomes are written with the next reservation and at the end.

    :param registry: of the database.
    """

    def __init__(self, registry):
        self._registry = registry
        self._cr = None
        self._outcomes = defaultdict(Counter)

    def reserve(self, now, want, limits, least=1, spare=0):
        """Reserve up to ``want`` recipients within every limit.

        :param datetime now: UTC.
        :param int want: recipients.
        :param limits: of the database and the server, :class:`Limit` each.
        :param int least: reserve nothing if this many don't fit.
        :param int spare: reserve so many more for the mails that come next, where the
            limits are far away.
        :rtype: Reservation
        :raises psycopg2.Error: the database is gone; nothing is reserved, as far as
            can be known.
        """
        outcomes, self._outcomes = self._outcomes, defaultdict(Counter)
        try:
            return self._reserve(now, want, limits, least, spare, outcomes)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # PostgreSQL was restarted, perhaps. The outcomes are not repeated, since
            # they may have been written: a count may end too high, never too low.
            self._drop()
            return self._reserve(now, want, limits, least, spare, {})

    def settle(self, reservation, kept, unknown=0):
        """Tell what came of a reservation, or of a part of it.

        :param Reservation reservation: a part of it: with ``granted`` lowered.
        :param int kept: recipients that the SMTP server accepted.
        :param int unknown: that it may have accepted. They count, and stay shown as
            unconfirmed.
        """
        back = reservation.granted - kept - unknown
        for limit in reservation.limits:
            outcome = self._outcomes[reservation.day, limit.server_id]
            outcome["sent"] += back
            outcome["in_flight"] += reservation.granted - unknown
            if part := limit.get_part(reservation.source):
                outcome[part] += back
        if back:
            self.flush()

    def flush(self):
        """Write the outcomes known so far."""
        outcomes = {key: one for key, one in self._outcomes.items() if one.total()}
        self._outcomes.clear()
        if not outcomes:
            return
        try:
            self._execute(SQL("%s %s", LOCK, _settle(outcomes)))
            self._cr.commit()  # pylint: disable=invalid-commit
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self._drop()
            _logger.warning("what came of %s is not counted: %s", outcomes, error)

    def close(self):
        try:
            self.flush()
        finally:
            self._drop()

    def _reserve(self, now, want, limits, least, spare, outcomes):
        state = _read_state(now, limits)
        settle = SQL("%s;", _settle(outcomes)) if outcomes else SQL()
        self._execute(SQL("%s %s %s", LOCK, settle, state))
        rows = self._cr.fetchall()
        if rows[0][2]:  # the reset hour was changed
            _carry_over(self._cr, now)
            self._cr.execute(state)
            rows = self._cr.fetchall()
        day, hour = rows[0][:2]
        usage = {row[3]: Usage(*row[4:]) for row in rows}
        source, room = find_room(limits, usage, least)
        granted = _decide(room, want, least, spare)
        reset = datetime.combine(day, datetime.min.time()) + timedelta(
            days=1, hours=hour
        )
        reservation = Reservation(granted, day, reset, usage, limits, source)
        if granted:
            self._cr.execute(_book(reservation, hour))
        self._cr.commit()  # pylint: disable=invalid-commit
        return reservation

    def _execute(self, query):
        if self._cr is None:
            self._cr = self._registry.cursor()
        self._cr.execute(query)

    def _drop(self):
        if self._cr is None:
            return
        cr, self._cr = self._cr, None
        try:
            cr.close()
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            _logger.info("the counter's connection was lost: %s", error)


def _decide(room, want, least, spare):
    """Return how much to reserve.

    :param room: what is free; None: not bounded.
    """
    if room is None:
        return want + spare
    if room < least:
        return 0
    return min(room, want) if room < want + spare * FAR else want + spare


def _read_state(now, limits):
    """Return the query for the day and what was used of these limits."""
    return SQL(
        """
        WITH clock AS (
            SELECT (%(now)s::timestamp - hour * INTERVAL '1 hour')::date AS day, hour
              FROM (SELECT %(hour)s AS hour) AS setting
        )
        SELECT clock.day, hour, EXISTS (
                   SELECT FROM mail_send_counter AS other
                    WHERE other.day BETWEEN clock.day - 1 AND clock.day + 1
                      AND other.reset_hour <> clock.hour),
               asked.server_id, COALESCE(counter.sent + counter.carried, 0), %(parts)s,
               %(usual)s, %(backlog)s
          FROM clock CROSS JOIN UNNEST(%(ids)s::int[]) AS asked (server_id)
          LEFT JOIN mail_send_counter AS counter
            ON counter.day = clock.day AND counter.server_id = asked.server_id
        """,
        now=now,
        hour=HOUR,
        ids=[limit.server_id for limit in limits],
        parts=_list_parts("COALESCE(counter.%s, 0)"),
        usual=USUAL,
        backlog=BACKLOG,
    )


def _book(reservation, hour):
    """Return the statement that takes what was granted."""
    rows, granted = [], reservation.granted
    for limit in reservation.limits:
        part = limit.get_part(reservation.source)
        counts = [granted if one == part else 0 for one in PARTS]
        rows.append(
            (reservation.day, limit.server_id, limit.name, granted, granted, 0, hour,
             *counts)
        )  # fmt: skip
    return _insert(
        rows,
        SQL(
            """
            sent = counter.sent + EXCLUDED.sent,
            in_flight = counter.in_flight + EXCLUDED.in_flight,
            server_name = EXCLUDED.server_name, %s
            """,
            _list_parts("%s = counter.%s + EXCLUDED.%s"),
        ),
    )


def _insert(rows, changes):
    """Return the statement that begins counts, and changes those that are there.

    :param rows: values of each, in the order of the columns below.
    :param SQL changes: assignments; ``counter`` is the count that is there.
    """
    return SQL(
        """
        INSERT INTO mail_send_counter AS counter (
                   day, server_id, server_name, sent, in_flight, carried, reset_hour,
                   %s)
            VALUES %s
        ON CONFLICT (day, server_id) DO UPDATE SET %s
        """,
        _list_parts("%s"),
        SQL(", ").join(map(_make_row, rows)),
        changes,
    )


def _list_parts(template):
    """Return a text for each part of a count, its name in it."""
    return SQL(
        ", ".join(template.replace("%s", part) for part in PARTS)  # pylint: disable=E8103
    )


def _make_row(values):
    return SQL("%s", tuple(values))


def _settle(outcomes):
    """Return the statement that writes outcomes.

    :param outcomes: by (day, server id), what to take off each column.
    """
    names = ("sent", "in_flight", *PARTS)
    rows = SQL(", ").join(
        _make_row((day, server_id, *(outcome[name] for name in names)))
        for (day, server_id), outcome in outcomes.items()
    )
    return SQL(
        """
        UPDATE mail_send_counter AS counter
           SET sent = counter.sent - outcome.sent,
               in_flight = counter.in_flight - outcome.in_flight, %s
          FROM (VALUES %s) AS outcome (day, server_id, sent, in_flight, %s)
         WHERE counter.day = outcome.day AND counter.server_id = outcome.server_id
        """,
        # A change of the hour has set a later day's to zero meanwhile.
        _list_parts("%s = GREATEST(0, counter.%s - outcome.%s)"),
        rows,
        _list_parts("%s"),
    )


def _carry_over(cr, now):
    """Let the counts continue when the reset hour was changed.

    What was used since the last reset is used after the change, too: nobody gets a
    second budget by moving the hour, and nobody loses the next one.
    """
    cr.execute(SQL("SELECT %s", HOUR))
    hour = cr.fetchone()[0]
    day = day_of(now, hour)
    cr.execute(around(day))
    for server_id, name, usage in carried_over(cr.fetchall(), now, hour):
        parts = [getattr(usage, part) for part in PARTS]
        cr.execute(_set_used((day, server_id, name, 0, 0, usage.used, hour, *parts)))
    cr.execute(_change_hour(day, hour))


def _set_used(row):
    """Return the statement that makes a day's count be what was used already.

    :param row: its values, what was used among them as ``carried``.
    """
    parts = _list_parts("%s = EXCLUDED.%s")
    changes = SQL("carried = EXCLUDED.carried - counter.sent, %s", parts)
    return _insert([row], changes)


def _change_hour(day, hour):
    """Return the statement that lets the days around one reset at another hour.

    A day that has begun by the old hour and not by the new one will begin at zero.

    :param day: the one that it is by the new hour.
    """
    parts = (
        SQL(
            "%s = CASE WHEN day > %s THEN 0 ELSE %s END",
            SQL.identifier(part),
            day,
            SQL.identifier(part),
        )
        for part in PARTS
    )
    return SQL(
        """
        UPDATE mail_send_counter
           SET reset_hour = %s,
               carried = CASE WHEN day > %s THEN -sent ELSE carried END, %s
         WHERE day BETWEEN %s AND %s
        """,
        hour,
        day,
        SQL(", ").join(parts),
        day - timedelta(days=1),
        day + timedelta(days=1),
    )


def move_counts(registry, day, successors):
    """Add the counts of servers to those of their successors.

    :param dict successors: by server id, the id of the server that counts from now on.

    In a transaction of its own: the caller's may last, and senders wait for the lock.
    """
    try:
        with registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    %s DELETE FROM mail_send_counter
                        WHERE day >= %s AND server_id = ANY(%s)
                    RETURNING day, server_id, server_name, sent, in_flight, carried,
                              reset_hour, %s
                    """,
                    LOCK,
                    day,
                    list(successors),
                    _list_parts("%s"),
                )
            )
            for counted_day, server_id, *rest in cr.fetchall():
                row = (counted_day, successors[server_id], *rest)
                cr.execute(_add_count(row))
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        _logger.warning("the counts of servers %s stay there: %s", successors, error)


def _add_count(row):
    """Return the statement that adds a count to the one that is there, if any."""
    return _insert(
        [row],
        SQL(
            """
            sent = counter.sent + EXCLUDED.sent,
            in_flight = counter.in_flight + EXCLUDED.in_flight,
            carried = counter.carried + EXCLUDED.carried, %s
            """,
            _list_parts("%s = counter.%s + EXCLUDED.%s"),
        ),
    )


def around(day):
    return SQL(
        """
        SELECT day, server_id, server_name, reset_hour, sent + carried, %s
          FROM mail_send_counter WHERE day BETWEEN %s AND %s ORDER BY day
        """,
        _list_parts("%s"),
        day - timedelta(days=1),
        day + timedelta(days=1),
    )


def usual_before(day):
    """Return the query (server id, usual, backlog): see :class:`.send_class.Usage`."""
    return SQL(
        """
        SELECT asked.server_id, %s, %s
          FROM (SELECT %s::date AS day) AS clock CROSS JOIN (
               SELECT DISTINCT server_id FROM mail_send_counter
                WHERE day BETWEEN %s AND %s) AS asked
        """,
        USUAL,
        BACKLOG,
        day,
        day - timedelta(days=7),
        day,
    )


def carried_over(rows, now, hour):
    """Return (server id, name, usage) of the current day when the hour has changed.

    :param rows: of the days around it, as from ``around``.
    """
    old_hour = next((row[3] for row in reversed(rows) if row[3] != hour), hour)
    old_day = day_of(now, old_hour)
    names = {row[1]: row[2] for row in rows}
    used = {row[1]: Usage(*row[4:]) for row in rows if row[0] == old_day}
    return [(server, name, used.get(server, Usage())) for server, name in names.items()]


def day_of(now: datetime, hour: int) -> date:
    """Return the day that a moment counts for; it begins at ``hour`` UTC."""
    return (now - timedelta(hours=hour)).date()
