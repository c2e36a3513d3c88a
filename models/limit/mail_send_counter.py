"""How many recipients were sent to, each day, in all and by each outgoing server."""

import logging
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .send_class import DATABASE, LIMIT, PUBLIC, Demand, Limit, Usage, find_room

_logger = logging.getLogger(__name__)

DAILY_LIMIT = "mail_deliverability.daily_limit"
DAILY_LIMIT_DEFAULT = 200
NO_LIMIT = "daily_limit:none"  # the alarm that the addon starts without a limit
RESET_HOUR = "mail_deliverability.daily_limit_reset_hour"
# Where the limits are further away than this many times the spare, several workers
# can have spares without that one of them is refused for it.
FAR = 20
KEPT_YEARS = 2
PARTS = ("urgent", "codes", "public", "visitors")  # fields of Usage and of the model
GC_BATCH = 10000

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
    RESET_HOUR,
)


# What is left of each day's sending before the installation: day and recipients.
NOTIFIED = """
    SELECT message.date::date, COUNT(*)
      FROM mail_notification AS notification
      JOIN mail_message AS message ON message.id = notification.mail_message_id
     WHERE notification.notification_type = 'email'
       AND notification.notification_status IN ('sent', 'bounce')
       AND message.date > %s
     GROUP BY 1
"""
KEPT = """
    SELECT message.date::date, SUM(GREATEST(1,
               LENGTH(addresses) - LENGTH(REPLACE(addresses, '@', '')) + (
                   SELECT COUNT(*) FROM mail_mail_res_partner_rel AS partner
                    WHERE partner.mail_mail_id = mail.id)))
      FROM mail_mail AS mail
      JOIN mail_message AS message ON message.id = mail.mail_message_id
     CROSS JOIN LATERAL CONCAT(mail.email_to, mail.email_cc) AS addresses
     WHERE mail.state = 'sent' AND message.date > %s
       AND NOT EXISTS (
               SELECT FROM mail_notification AS notification
                WHERE notification.mail_mail_id = mail.id)
     GROUP BY 1
"""
MAILED = """
    SELECT sent_datetime::date, COUNT(*) FROM mailing_trace
     WHERE trace_type = 'mail' AND sent_datetime > %s
       AND NOT EXISTS (SELECT FROM mail_mail WHERE id = mail_mail_id)
     GROUP BY 1
"""


@dataclass(frozen=True)
class Grant:
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


def ceiling_of(limits) -> int | None:
    """Return what all of these limits allow on a fresh day; None: not bounded."""
    ceilings = [limit.ceiling for limit in limits if limit.ceiling is not None]
    return min(ceilings, default=None)


def _told_of(limit: Limit, usage: Usage) -> tuple[int, bool]:
    return level_of(usage.inside, limit.ordinary), is_public_used_up(limit, usage)


def is_public_used_up(limit: Limit, usage: Usage) -> bool:
    """Whether visitors have used up the public budget of a limit."""
    return bool(limit.total) and usage.public >= limit.public


def level_of(used: int, total: int) -> int:
    """Return 100, 80 or 0: the percentage that administrators are told about."""
    if not total:
        return 0
    return next((level for level in (100, 80) if used * 100 >= total * level), 0)


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
        :rtype: Grant
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

    def settle(self, grant, kept, unknown=0):
        """Tell what came of a grant, or of a part of it.

        :param Grant grant: a part of it: with ``granted`` lowered.
        :param int kept: recipients that the SMTP server accepted.
        :param int unknown: that it may have accepted. They count, and stay shown as
            unconfirmed.
        """
        back = grant.granted - kept - unknown
        for limit in grant.limits:
            outcome = self._outcomes[grant.day, limit.server_id]
            outcome["sent"] += back
            outcome["in_flight"] += grant.granted - unknown
            if part := limit.get_part(grant.source):
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
        grant = Grant(granted, day, reset, usage, limits, source)
        if granted:
            self._cr.execute(_book(grant, hour))
        self._cr.commit()  # pylint: disable=invalid-commit
        return grant

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
    """Return how much to grant.

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
               asked.server_id, COALESCE(counter.sent + counter.carried, 0), %(parts)s
          FROM clock CROSS JOIN UNNEST(%(ids)s::int[]) AS asked (server_id)
          LEFT JOIN mail_send_counter AS counter
            ON counter.day = clock.day AND counter.server_id = asked.server_id
        """,
        now=now,
        hour=HOUR,
        ids=[limit.server_id for limit in limits],
        parts=_list_parts("COALESCE(counter.%s, 0)"),
    )


def _book(grant, hour):
    """Return the statement that takes what was granted."""
    rows = []
    for limit in grant.limits:
        part = limit.get_part(grant.source)
        counts = [grant.granted if one == part else 0 for one in PARTS]
        rows.append(
            (grant.day, limit.server_id, limit.name, grant.granted, grant.granted, 0,
             hour, *counts)
        )  # fmt: skip
    return SQL(
        """
        INSERT INTO mail_send_counter AS counter (
                   day, server_id, server_name, sent, in_flight, carried, reset_hour,
                   %s)
            VALUES %s
        ON CONFLICT (day, server_id) DO UPDATE
               SET sent = counter.sent + EXCLUDED.sent,
                   in_flight = counter.in_flight + EXCLUDED.in_flight,
                   server_name = EXCLUDED.server_name, %s
        """,
        _list_parts("%s"),
        SQL(", ").join(map(_make_row, rows)),
        _list_parts("%s = counter.%s + EXCLUDED.%s"),
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
    cr.execute(_around(day))
    for server_id, name, usage in carried_over(cr.fetchall(), now, hour):
        parts = [getattr(usage, part) for part in PARTS]
        cr.execute(
            SQL(
                """
                INSERT INTO mail_send_counter AS counter (
                           day, server_id, server_name, sent, in_flight, carried,
                           reset_hour, %s)
                    VALUES %s
                ON CONFLICT (day, server_id) DO UPDATE
                       SET carried = EXCLUDED.carried - counter.sent, %s
                """,
                _list_parts("%s"),
                _make_row((day, server_id, name, 0, 0, usage.used, hour, *parts)),
                _list_parts("%s = EXCLUDED.%s"),
            )
        )
    # A day that has begun by the old hour and not by the new one will begin at zero.
    cr.execute(
        SQL(
            """
            UPDATE mail_send_counter
               SET reset_hour = %s,
                   carried = CASE WHEN day > %s THEN -sent ELSE carried END, %s
             WHERE day BETWEEN %s AND %s
            """,
            hour,
            day,
            SQL(", ").join(
                SQL(
                    "%s = CASE WHEN day > %s THEN 0 ELSE %s END",
                    SQL.identifier(part),
                    day,
                    SQL.identifier(part),
                )
                for part in PARTS
            ),
            day - timedelta(days=1),
            day + timedelta(days=1),
        )
    )


def _move_counts(registry, day, heirs):
    """Add counts to those of their heirs.

    In a transaction of its own: the caller's may last, and senders wait for the lock.
    """
    try:
        with registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    %s DELETE FROM mail_send_counter
                        WHERE day >= %s AND server_id = ANY(%s)
                    RETURNING server_id, day, server_name, sent, in_flight, carried,
                              reset_hour, %s
                    """,
                    LOCK,
                    day,
                    list(heirs),
                    _list_parts("%s"),
                )
            )
            for server_id, *row in cr.fetchall():
                cr.execute(_add_count(heirs[server_id], row))
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        _logger.warning("the counts of servers %s stay there: %s", heirs, error)


def _add_count(server_id, row):
    return SQL(
        """
        INSERT INTO mail_send_counter AS counter (
                   server_id, day, server_name, sent, in_flight, carried, reset_hour,
                   %s)
            VALUES %s
        ON CONFLICT (day, server_id) DO UPDATE
               SET sent = counter.sent + EXCLUDED.sent,
                   in_flight = counter.in_flight + EXCLUDED.in_flight,
                   carried = counter.carried + EXCLUDED.carried, %s
        """,
        _list_parts("%s"),
        (server_id, *row),
        _list_parts("%s = counter.%s + EXCLUDED.%s"),
    )


def _around(day):
    return SQL(
        """
        SELECT day, server_id, server_name, reset_hour, sent + carried, %s
          FROM mail_send_counter WHERE day BETWEEN %s AND %s ORDER BY day
        """,
        _list_parts("%s"),
        day - timedelta(days=1),
        day + timedelta(days=1),
    )


def carried_over(rows, now, hour):
    """Return (server id, name, usage) of the current day when the hour has changed.

    :param rows: of the days around it, as from ``_around``.
    """
    old_hour = next((row[3] for row in reversed(rows) if row[3] != hour), hour)
    old_day = day_of(now, old_hour)
    names = {row[1]: row[2] for row in rows}
    used = {row[1]: Usage(*row[4:]) for row in rows if row[0] == old_day}
    return [(server, name, used.get(server, Usage())) for server, name in names.items()]


def day_of(now: datetime, hour: int) -> date:
    """Return the day that a moment counts for; it begins at ``hour`` UTC."""
    return (now - timedelta(hours=hour)).date()


def _name_alarm(server_id, level):
    """Return the subject of an alarm; see ``_raise_alarm``.

    :param level: 80, 100 or "public".
    """
    return f"daily_limit:{server_id}:{level}"


def _render_no_limit(busiest, env):
    """Return summary and note of the alarm that the addon starts without a limit."""
    words = {"busiest": busiest, "default": DAILY_LIMIT_DEFAULT}
    return env._("No daily sending limit is set"), env._(
        "On one of the last 30 days %(busiest)s recipients or more were sent to, more "
        "than the usual limit of %(default)s. So that no email is held up, no limit "
        "was set. Find out what your email provider allows, and set a limit below it "
        "under Settings > General Settings > Emails > Daily sending limit.",
        **words,
    )


def _render_alarm(limit, used, day, env):
    """Return summary and note of an alarm in the language of ``env``."""
    mails = env["mail.mail"]
    waiting = mails.search_count(
        mails._get_postponed_domain() | mails._get_due_domain()
    )
    who = [
        env._(
            "%(count)s recipients: %(model)s, %(user)s",
            count=c,
            model=m,
            user=u.name or env._("Unknown"),
        )
        for m, u, c in env["mail.send.tally"]._get_top(day)
    ]
    full = level_of(used, limit.ordinary) == 100
    name = env["ir.mail_server"]._get_limit_name(limit)
    words = {"name": name, "used": used, "total": limit.total}
    summary = (
        env._("Daily sending limit reached (%(name)s)", **words)
        if full
        else env._("80 %% of the daily sending limit is used (%(name)s)", **words)
    )
    return summary, env["ir.qweb"]._render(
        "mail_deliverability.daily_limit_alarm",
        {
            "full": full,
            "limit": limit,
            "name": name,
            "reset": env["ir.mail_server"]._format_utc(
                env["mail.send.counter"]._get_next_reset()
            ),
            "used": used,
            "waiting": waiting,
            "who": who,
        },
    )


def _render_public_alarm(limit, _day, env):
    """Return summary and note of the alarm that the public budget is used up."""
    name = env["ir.mail_server"]._get_limit_name(limit)
    reset = env["mail.send.counter"]._get_next_reset()
    return env._("The public part of today's limit is used up (%s)", name), env._(
        "Password resets from the login page, sign-ups and automatic answers to "
        "incoming emails may use %(public)s of the %(total)s recipients a day, so "
        "that nobody from outside can use up your limit. Until %(time)s no more of "
        "them are sent. What your colleagues send is not touched. Somebody may be "
        "trying passwords or sending spam: look at the log. The percentage is under "
        "Settings > General Settings > Emails > Daily sending limit.",
        public=limit.public,
        total=limit.total,
        time=env["ir.mail_server"]._format_utc(reset),
    )


class MailSendCounter(models.Model):
    _name = "mail.send.counter"
    _description = "Mails Sent per Day"
    _order = "day desc, server_id"
    _rec_name = "server_name"
    # Written by SQL, many times a second.
    _log_access = False

    day = fields.Date(required=True, readonly=True)
    server_id = fields.Integer(
        string="Server ID",
        required=True,
        default=DATABASE,
        readonly=True,
        aggregator=None,
        help="The outgoing server; 0: all of them together. Servers with the same host "
        "and user name share one count.",
    )
    server_name = fields.Char(string="Server", readonly=True)
    sent = fields.Integer(
        string="Recipients",
        required=True,
        default=0,
        readonly=True,
        help="Recipients of messages that an SMTP server accepted, or may have taken.",
    )
    in_flight = fields.Integer(
        string="Unconfirmed",
        required=True,
        default=0,
        readonly=True,
        help="Counted, but the outcome is not known: being sent right now, or the "
        "program or the SMTP server stopped in the middle of it.",
    )
    urgent = fields.Integer(
        required=True,
        default=0,
        readonly=True,
        help="Beyond the limit, from the urgent reserve: invitations and password "
        "resets.",
    )
    codes = fields.Integer(
        string="Login Codes",
        required=True,
        default=0,
        readonly=True,
        help="Login codes beyond the limit.",
    )
    public = fields.Integer(
        required=True,
        default=0,
        readonly=True,
        help="From the public part of the limit: password resets from the login "
        "page, sign-ups and automatic answers to incoming emails.",
    )
    visitors = fields.Integer(
        string="From Outside",
        required=True,
        default=0,
        readonly=True,
        help="Emails that visitors, customers or incoming emails have caused.",
    )
    carried = fields.Integer(
        required=True,
        default=0,
        readonly=True,
        help="Technical: what a change of the reset hour moved between days.",
    )
    reset_hour = fields.Integer(
        required=True, default=0, readonly=True, aggregator=None
    )

    _day_server_unique = models.Constraint(
        "UNIQUE(day, server_id)", "There is one count for each server and day."
    )

    @api.model
    @contextmanager
    def _open_ledger(self):
        """Yield a :class:`Ledger`; what it still knows is written at the end."""
        ledger = Ledger(self.env.registry)
        try:
            yield ledger
        finally:
            ledger.close()

    @api.model
    def _get_reset_hour(self):
        """Return the hour at which the day begins, UTC."""
        value = self.env["ir.config_parameter"].sudo().get_param(RESET_HOUR) or "0"
        return int(value) % 24 if value.strip().isdecimal() else 0

    @api.model
    def _get_next_reset(self):
        """Return when the count starts again, UTC."""
        hour = self._get_reset_hour()
        day = day_of(fields.Datetime.now(), hour)
        return datetime.combine(day, datetime.min.time()) + timedelta(
            days=1, hours=hour
        )

    @api.model
    def _get_used(self):
        """Return the recipients of today, by server id; 0: the database."""
        return {server_id: one.used for server_id, one in self._get_usage().items()}

    @api.model
    def _get_usage(self):
        """Return what was used today: :class:`.send_class.Usage` by server id."""
        now = fields.Datetime.now()
        hour = self._get_reset_hour()
        day = day_of(now, hour)
        self.flush_model()
        rows = self.env.execute_query(_around(day))
        if any(row[3] != hour for row in rows):
            return {
                server: usage for server, _name, usage in carried_over(rows, now, hour)
            }
        return {row[1]: Usage(*row[4:]) for row in rows if row[0] == day}

    @api.model
    def _hand_over(self, heirs):
        """Let today's counts go on under other servers, once this is committed.

        :param dict heirs: by server id, the id of the server that counts from now on.
        """
        day = self._get_day(fields.Datetime.now())
        move = partial(_move_counts, self.env.registry, day, heirs)
        self.env.cr.postcommit.add(move)

    @api.model
    def _get_day(self, now):
        """Return the day that a moment (UTC) counts for."""
        return day_of(now, self._get_reset_hour())

    # ------------------------------------------------------------
    # Alarms
    # ------------------------------------------------------------

    @api.model
    def _check_alarms(self):
        """Tell administrators at 80 and 100 percent of a limit, once a day each.

        An alarm is closed on the next day, or when there is room again.
        """
        servers = self.env["ir.mail_server"].sudo().search([("daily_limit", ">", 0)])
        limits = {limit for one in servers for limit in one._get_send_limits()}
        limits |= set(self.env["ir.mail_server"]._get_send_limits())
        usage = self._get_usage()
        for limit in sorted(limits, key=lambda limit: limit.server_id):
            self._check_alarm(limit, usage.get(limit.server_id, Usage()))
        levels = (80, 100, PUBLIC)
        checked = {_name_alarm(one.server_id, n) for one in limits for n in levels}
        if not self.env["ir.mail_server"]._get_daily_limit():
            checked.add(NO_LIMIT)
        # Limits that were removed, servers that are archived or deleted.
        self.env["mail.deliverability.alarm"]._resolve_others("daily_limit:", checked)

    @api.model
    def _check_alarm(self, limit, usage):
        reached = level_of(usage.inside, limit.ordinary)
        render = partial(_render_alarm, limit, usage.inside)
        for level in (80, 100):
            self._tell(_name_alarm(limit.server_id, level), level == reached, render)
        used_up = is_public_used_up(limit, usage)
        render = partial(_render_public_alarm, limit)
        self._tell(_name_alarm(limit.server_id, PUBLIC), used_up, render)

    @api.model
    def _tell(self, subject, is_true, render):
        """Raise an alarm once a day while it is true, close it when it no longer is.

        :param render: called with the day and an environment; see ``_raise_alarm``.
        """
        alarms = self.env["mail.deliverability.alarm"]
        if not is_true:
            alarms._resolve_alarm(subject)
            return
        day = self._get_day(fields.Datetime.now())
        alarms._raise_alarm(subject, partial(render, day), occasion=str(day))

    # ------------------------------------------------------------
    # Installation
    # ------------------------------------------------------------

    @api.model
    def _spare_heavy_senders(self):
        """Start without a limit where the default would hold mails up unasked.

        A company that sent to more recipients on one of the last 30 days is told, and
        chooses its limit itself.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(DAILY_LIMIT):
            return
        busiest = self._get_busiest_day()
        if busiest > DAILY_LIMIT_DEFAULT:
            parameters.set_param(DAILY_LIMIT, "0")
            self.env["mail.deliverability.alarm"]._raise_alarm(
                NO_LIMIT, partial(_render_no_limit, busiest)
            )

    @api.model
    def _get_busiest_day(self):
        """Return the recipients of the busiest of the last 30 days, as far as kept.

        Odoo keeps no count: notifications tell who was notified, mails that were not
        deleted tell about the rest, and traces about newsletters.
        """
        since = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        kinds = [NOTIFIED, KEPT]
        if "mailing.trace" in self.env:
            kinds.append(MAILED)
        rows = self.env.execute_query(
            SQL(
                "SELECT SUM(sent) FROM (%s) AS days (day, sent) "
                "GROUP BY day ORDER BY 1 DESC LIMIT 1",
                SQL(" UNION ALL ").join(SQL(kind, since) for kind in kinds),
            )
        )
        return int(rows[0][0]) if rows else 0

    @api.autovacuum
    def _gc_old_counters(self):
        limit = fields.Date.today() - relativedelta(years=KEPT_YEARS)
        counters = self.search([("day", "<", limit)], limit=GC_BATCH)
        counters.unlink()
        return len(counters), len(counters) == GC_BATCH
