# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The statements of the ledger: what is read and written of the counts."""

import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from odoo.tools import SQL

from ..parameters.table import DAILY_LIMIT_RESET_HOUR
from .limit_settings import select_settings
from .send_class import Usage
from .waiting_sql import BACKLOG_WAITS, VISITORS_BACKLOG_WAITS

# Fields of Usage and of the model.
PARTS = ("urgent", "codes", "public", "visitors", "bulk", "released", "waited")


def list_parts(template):
    """Return a text for each part of a count, its name in it."""
    return SQL(
        ", ".join(template.replace("%s", part) for part in PARTS)  # pylint: disable=E8103
    )


# As PostgreSQL reads it, so that each sender counts by the same hour at one time. What
# can't be read is the default, as in the table of parameters.
HOUR = SQL(
    """
    COALESCE((
        SELECT CASE WHEN value ~ '^\\s*[0-9]{1,18}\\s*$'
                    THEN mod(regexp_replace(value, '\\s', '', 'g')::bigint, 24)::int
                    ELSE 0 END
          FROM ir_config_parameter WHERE key = %s), 0)
    """,
    DAILY_LIMIT_RESET_HOUR.key,
)

# What others than mass mailings use, of a server ``asked`` on the day of ``clock``. The
# second busiest day of the last week: a single exceptional one tells nothing.
USUAL = SQL(
    """
    COALESCE((
        SELECT past.sent + past.carried - past.urgent - past.codes - past.bulk
               - past.released AS usual
          FROM mail_send_counter AS past
         WHERE past.server_id = asked.server_id
           AND past.day BETWEEN clock.day - 7 AND clock.day - 1
         ORDER BY usual DESC OFFSET 1 LIMIT 1), 0)
    """
)

# Whether people's mails wait for a server ``asked``, and not for a date of their own:
# the first that waits for it or for a later one. Its order makes PostgreSQL use the
# index of what waits whatever it supposes of the table.
WAITS = """
    COALESCE((
        SELECT waiting_server_id = asked.server_id FROM mail_mail
         WHERE waiting_server_id >= asked.server_id AND {}
         ORDER BY waiting_server_id LIMIT 1), FALSE)
"""
# Of colleagues, and of visitors.
BACKLOG = SQL(WAITS.format(BACKLOG_WAITS))  # pylint: disable=E8103
VISITORS_WAIT = SQL(WAITS.format(VISITORS_BACKLOG_WAITS))  # pylint: disable=E8103


# What is added to a count that is there.
ADDED = SQL(
    """
    sent = counter.sent + EXCLUDED.sent,
    in_flight = counter.in_flight + EXCLUDED.in_flight, %s
    """,
    list_parts("%s = counter.%s + EXCLUDED.%s"),
)


class State(NamedTuple):
    """What is known when a reservation is asked for.

    :param day: the day that it is.
    :param hour: the reset hour, UTC.
    :param hour_changed: whether days around it are counted by another one.
    :param uncounted: whether something left that is not counted yet.
    :param settings: see :func:`.limit_settings.renew_limits`.
    :param holders: by the server id of each limit, that of the server which holds its
        count now.
    :param usage: by the server id of each limit, what was used of it; for what others
        than mass mailings usually use, see :func:`read_usual`.
    """

    day: object
    hour: int
    hour_changed: bool
    uncounted: bool
    settings: str
    holders: dict[int, int]
    usage: dict[int, Usage]

    @property
    def usage_by_holder(self) -> dict[int, Usage]:
        """What was used, by the id of the server that holds the count."""
        return {self.holders[one]: used for one, used in self.usage.items()}


def read_state(cr, before, now, limits, rows):
    """Return the :class:`State`.

    :param SQL before: statements to execute in the same round trip.
    :param rows: by server id, the day and the id of the count that is known to be its.
    """
    cr.execute(SQL("%s %s", before, _select_state(now, limits, rows)))
    found = cr.fetchall()
    return State(
        *found[0][:5],
        holders={row[5]: row[6] or row[5] for row in found},
        usage={row[5]: Usage(*row[7:]) for row in found},
    )


def read_usual(cr, state):
    """Return the state with what is known of other mails than mass mailings."""
    servers = SQL(", ").join(make_row((server_id,)) for server_id in state.usage)
    cr.execute(usual_before(state.day, SQL("VALUES %s", servers)))
    usage = {
        server_id: with_usual(state.usage[server_id], *known)
        for server_id, *known in cr.fetchall()
    }
    return state._replace(usage=usage)


def with_usual(usage, usual, backlog, visitors_wait):
    """Return a usage with what :func:`usual_before` has found."""
    return replace(usage, usual=usual, backlog=backlog, visitors_wait=visitors_wait)


def _select_state(now, limits, rows):
    # A count that is known is found by its own id, since it may have moved to another
    # server, and been added to that one's.
    asked = SQL(", ").join(
        make_row((limit.server_id, *rows.get(limit.server_id, (None, 0))))
        for limit in limits
    )
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
               EXISTS (SELECT FROM mail_send_uncounted), %(settings)s,
               asked.server_id, counter.server_id,
               COALESCE(counter.sent + counter.carried, 0), %(parts)s
          FROM clock CROSS JOIN (
               VALUES %(asked)s) AS asked (server_id, row_day, row_id)
          LEFT JOIN mail_send_counter AS counter
            ON counter.day = clock.day
           AND CASE WHEN asked.row_day::date = clock.day THEN %(is_row)s
                    ELSE counter.server_id = asked.server_id END
        """,
        now=now,
        hour=HOUR,
        settings=select_settings(limits),
        asked=asked,
        is_row=is_row("asked.row_id"),
        parts=list_parts("COALESCE(counter.%s, 0)"),
    )


def is_row(row_id):
    """Return the condition that ``counter`` holds what a count held.

    :param str row_id: the column with the id of that count.
    """
    template = "(counter.id = %s OR counter.former @> to_jsonb(%s))"
    return SQL(template.replace("%s", row_id))  # pylint: disable=E8103


def book(cr, reservation, hour):
    """Take what was granted.

    :return: by server id, the ids of the counts.
    """
    rows, granted = [], reservation.granted
    for limit in reservation.limits:
        part = limit.get_part(reservation.source)
        counts = [granted if one == part else 0 for one in PARTS]
        rows.append(
            (reservation.day, limit.server_id, limit.name, granted, granted, 0, hour,
             *counts)
        )  # fmt: skip
    changes = SQL("%s, server_name = EXCLUDED.server_name", ADDED)
    cr.execute(SQL("%s RETURNING server_id, id", insert(rows, changes)))
    return dict(cr.fetchall())


def insert(rows, changes):
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
        list_parts("%s"),
        SQL(", ").join(map(make_row, rows)),
        changes,
    )


def make_row(values):
    return SQL("%s", tuple(values))


def settle(outcomes):
    """Return the statement that writes outcomes.

    :param outcomes: by (day, id of a count), what to take off each column.
    """
    names = ("sent", "in_flight", *PARTS)
    rows = SQL(", ").join(
        make_row((day, row_id, *(outcome[name] for name in names)))
        for (day, row_id), outcome in outcomes.items()
    )
    return SQL(
        """
        UPDATE mail_send_counter AS counter
           SET sent = counter.sent - outcome.sent,
               in_flight = counter.in_flight - outcome.in_flight, %(changes)s
          FROM (SELECT counter.id, SUM(known.sent) AS sent,
                       SUM(known.in_flight) AS in_flight, %(sums)s
                  FROM (VALUES %(rows)s) AS known (
                           day, row_id, sent, in_flight, %(parts)s)
                  JOIN mail_send_counter AS counter
                    ON counter.day = known.day AND %(is_row)s
                 GROUP BY counter.id) AS outcome
         WHERE counter.id = outcome.id
        """,
        # A change of the hour has set a later day's to zero meanwhile.
        changes=list_parts("%s = GREATEST(0, counter.%s - outcome.%s)"),
        sums=list_parts("SUM(known.%s) AS %s"),
        rows=rows,
        parts=list_parts("%s"),
        is_row=is_row("known.row_id"),
    )


# ------------------------------------------------------------
# What could not be counted when it left
# ------------------------------------------------------------


class Uncounted(NamedTuple):
    """What is to be added to a count later.

    :param row_id: the id of the count; 0: the one of the server.
    :param counts: by column; negative where something is given back.
    """

    day: object
    row_id: int
    server_id: int
    server_name: str
    reset_hour: int
    counts: dict[str, int]


def keep_uncounted(notes):
    """Return the statement that keeps what is to be counted later."""
    rows = (make_row((*one[:-1], json.dumps(one.counts))) for one in notes)
    return SQL(
        """
        INSERT INTO mail_send_uncounted (
                   day, row_id, server_id, server_name, reset_hour, counts)
            SELECT day::date, row_id, server_id, server_name, reset_hour, counts::jsonb
              FROM (VALUES %s) AS note (
                       day, row_id, server_id, server_name, reset_hour, counts)
        """,
        SQL(", ").join(rows),
    )


def count_uncounted(cr):
    """Count what was kept. Whoever adds to it at this moment is not waited for."""
    cr.execute(
        """
        DELETE FROM mail_send_uncounted
        RETURNING day, row_id, server_id, server_name, reset_hour, counts
        """
    )
    outcomes = defaultdict(Counter)
    for note in (Uncounted(*row) for row in cr.fetchall()):
        if note.row_id:
            outcomes[note.day, note.row_id].subtract(note.counts)
        else:
            cr.execute(_add_late(note))
    if outcomes:
        cr.execute(settle(outcomes))


def _add_late(note):
    counts = [note.counts.get(name, 0) for name in PARTS]
    sent, unknown = note.counts.get("sent", 0), note.counts.get("in_flight", 0)
    row = (note.day, note.server_id, note.server_name, sent, unknown, 0)
    return insert([(*row, note.reset_hour, *counts)], ADDED)


# ------------------------------------------------------------
# Several days
# ------------------------------------------------------------


def around(day):
    """Return the query for the counts around a day, with what is not counted yet:
    (day, server id, name, reset hour, used, and each part).
    """
    return SQL(
        """
        SELECT day, server_id, MAX(server_name), MAX(reset_hour), SUM(used), %(sums)s
          FROM (SELECT day, server_id, server_name, reset_hour, sent + carried AS used,
                       %(parts)s
                  FROM mail_send_counter
                 UNION ALL
                SELECT day, server_id, server_name, reset_hour,
                       COALESCE((counts->>'sent')::int, 0), %(kept)s
                  FROM mail_send_uncounted) AS counts
         WHERE day BETWEEN %(first)s AND %(last)s
         GROUP BY day, server_id ORDER BY day
        """,
        sums=list_parts("SUM(%s)"),
        parts=list_parts("%s"),
        kept=list_parts("COALESCE((counts->>'%s')::int, 0)"),
        first=day - timedelta(days=1),
        last=day + timedelta(days=1),
    )


def usual_before(day, servers):
    """Return the query (server id, usual, backlog, visitors_wait).

    See :class:`.send_class.Usage`.

    :param SQL servers: the query for their ids.
    """
    return SQL(
        """
        SELECT asked.server_id, %s, %s, %s
          FROM (SELECT %s::date AS day) AS clock
         CROSS JOIN (%s) AS asked (server_id)
        """,
        USUAL,
        BACKLOG,
        VISITORS_WAIT,
        day,
        servers,
    )


def counted_before(day):
    """Return the query for the ids of the servers that were used in the last week."""
    return SQL(
        """
        SELECT DISTINCT server_id FROM mail_send_counter WHERE day BETWEEN %s AND %s
        """,
        day - timedelta(days=7),
        day,
    )


# ------------------------------------------------------------
# Another server holds a count
# ------------------------------------------------------------


def move(cr, before, day, successors):
    """Let counts go on under other servers, and be added to what these have.

    A count keeps its id. Where it is added to another, that one remembers the id: what
    comes of a reservation that is open still finds it.

    :param SQL before: statements to execute first.
    :param successors: by server id, the id of the server that counts from now on.
    """
    cr.execute(SQL("%s SELECT 1", before))
    count_uncounted(cr)
    cr.execute(
        SQL(
            """
            DELETE FROM mail_send_counter WHERE day >= %s AND server_id = ANY(%s)
            RETURNING id, former, day, server_id, server_name, sent, in_flight, carried,
                      reset_hour, %s
            """,
            day,
            list(successors),
            list_parts("%s"),
        )
    )
    for row_id, former, counted_day, server_id, *rest in cr.fetchall():
        former = json.dumps(former or [])
        row = (row_id, former, counted_day, successors[server_id], *rest)
        cr.execute(_put(row))


def _put(row):
    """Return the statement that stores a count, or adds it to the one that is there."""
    return SQL(
        """
        INSERT INTO mail_send_counter AS counter (
                   id, former, day, server_id, server_name, sent, in_flight, carried,
                   reset_hour, %(parts)s)
            VALUES %(row)s
        ON CONFLICT (day, server_id) DO UPDATE SET %(added)s,
            carried = counter.carried + EXCLUDED.carried,
            former = COALESCE(counter.former, '[]'::jsonb) || EXCLUDED.former
                     || to_jsonb(EXCLUDED.id)
        """,
        parts=list_parts("%s"),
        row=make_row(row),
        added=ADDED,
    )
