# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The counts where the reset hour was changed: they continue by the new one."""

from datetime import timedelta

from odoo.tools import SQL

from .counting_day import day_of
from .ledger_sql import HOUR, PARTS, around, insert, list_parts
from .send_class import Usage


def carry_over(cr, now):
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
    parts = list_parts("%s = EXCLUDED.%s")
    changes = SQL("carried = EXCLUDED.carried - counter.sent, %s", parts)
    return insert([row], changes)


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


def carried_over(rows, now, hour):
    """Return (server id, name, usage) of the current day when the hour has changed.

    :param rows: of the days around it, as from ``around``.
    """
    old_hour = next((row[3] for row in reversed(rows) if row[3] != hour), hour)
    old_day = day_of(now, old_hour)
    names = {row[1]: row[2] for row in rows}
    used = {row[1]: Usage(*row[4:]) for row in rows if row[0] == old_day}
    return [(server, name, used.get(server, Usage())) for server, name in names.items()]
