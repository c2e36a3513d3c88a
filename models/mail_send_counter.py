"""How many recipients were sent to, each day, in all and by each outgoing server."""

import logging
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

DATABASE = 0
DAILY_LIMIT = "mail_deliverability.daily_limit"
DAILY_LIMIT_DEFAULT = 200
NO_LIMIT = "daily_limit:none"  # the alarm that the addon starts without a limit
RESET_HOUR = "mail_deliverability.daily_limit_reset_hour"
# Where the limits are further away than this many times the spare, several workers
# can have spares without that one of them is refused for it.
FAR = 20
KEPT_YEARS = 2
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
class Limit:
    """One limit that a mail has to keep to.

    :param server_id: the server whose count it bounds; 0: the whole database.
    :param name: of the server, for the history.
    :param total: recipients per day; 0: counted, not bounded.
    :param reserve: what mass mailings leave free of it.
    :param bulk: whether the mail is part of a mass mailing.
    """

    server_id: int
    name: str
    total: int
    reserve: int
    bulk: bool = False

    @property
    def ceiling(self) -> int | None:
        """What this mail may use; None: it is not bounded."""
        if not self.total:
            return None
        return self.total - self.reserve if self.bulk else self.total


@dataclass(frozen=True)
class Grant:
    """The answer to a request for room.

    :param granted: recipients reserved; 0: none.
    :param day: the day that they count for.
    :param reset: when the count starts again, UTC.
    :param used: by server id, what was used before.
    :param limits: what was asked for.
    """

    granted: int
    day: date
    reset: datetime
    used: dict[int, int]
    limits: tuple[Limit, ...]

    @property
    def room(self) -> int | None:
        """What was free before; None: not bounded."""
        return min(map(self._room_of, self._bounded), default=None)

    @property
    def narrowest(self) -> Limit:
        """The limit with the least room: the one that refused."""
        return min(self._bounded, key=self._room_of)

    @property
    def ceiling(self) -> int | None:
        """What could be granted on a fresh day; None: not bounded."""
        return ceiling_of(self.limits)

    @property
    def _bounded(self) -> list[Limit]:
        return [limit for limit in self.limits if limit.ceiling is not None]

    def _room_of(self, limit: Limit) -> int:
        return limit.ceiling - self.used[limit.server_id]

    @property
    def exhausted(self) -> bool:
        """Whether nothing at all was free."""
        return self.room is not None and self.room <= 0

    def crossed(self) -> bool:
        """Whether 80 or 100 percent of a limit were reached just now."""
        return any(
            level_of(self.used[limit.server_id], limit.total)
            < level_of(self.used[limit.server_id] + self.granted, limit.total)
            for limit in self.limits
        )


def ceiling_of(limits) -> int | None:
    """Return what all of these limits allow on a fresh day; None: not bounded."""
    ceilings = [limit.ceiling for limit in limits if limit.ceiling is not None]
    return min(ceilings, default=None)


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
        self._outcomes = defaultdict(lambda: [0, 0])

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
        outcomes, self._outcomes = self._outcomes, defaultdict(lambda: [0, 0])
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
            outcome[0] += back
            outcome[1] += grant.granted - unknown
        if back:
            self.flush()

    def flush(self):
        """Write the outcomes known so far."""
        outcomes = {key: value for key, value in self._outcomes.items() if any(value)}
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
        book = _book(now, want, limits, least, spare)
        query = SQL(
            "%s %s; %s",
            LOCK,
            _settle(outcomes) if outcomes else SQL(),
            book,
        )
        self._execute(query)
        rows = self._cr.fetchall()
        if rows[0][-1]:  # the reset hour was changed
            _carry_over(self._cr, now)
            self._cr.execute(book)
            rows = self._cr.fetchall()
        self._cr.commit()  # pylint: disable=invalid-commit
        day, hour, granted = rows[0][:3]
        reset = datetime.combine(day, datetime.min.time()) + timedelta(
            days=1, hours=hour
        )
        return Grant(granted, day, reset, {row[3]: row[4] for row in rows}, limits)

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


def _book(now, want, limits, least, spare):
    """Return the statement that finds the room and takes it."""
    rows = SQL(", ").join(
        SQL("(%s::int, %s, %s::int)", limit.server_id, limit.name, limit.ceiling)
        for limit in limits
    )
    return SQL(
        """
        WITH clock AS (
            SELECT (%(now)s::timestamp - hour * INTERVAL '1 hour')::date AS day, hour
              FROM (SELECT %(hour)s AS hour) AS setting
        ), asked (server_id, name, ceiling) AS (
            VALUES %(rows)s
        ), state AS (
            SELECT asked.*, COALESCE(counter.sent + counter.carried, 0) AS used
              FROM clock CROSS JOIN asked
              LEFT JOIN mail_send_counter AS counter
                ON counter.day = clock.day AND counter.server_id = asked.server_id
        ), change AS (
            SELECT EXISTS (
                SELECT FROM mail_send_counter AS counter, clock
                 WHERE counter.day BETWEEN clock.day - 1 AND clock.day + 1
                   AND counter.reset_hour <> clock.hour) AS found
        ), answer AS (
            SELECT CASE WHEN (SELECT found FROM change)
                          OR COALESCE(MIN(ceiling - used), %(want)s) < %(least)s THEN 0
                        WHEN MIN(ceiling - used) < %(far)s
                        THEN LEAST(MIN(ceiling - used), %(want)s)
                        ELSE %(want)s + %(spare)s END AS granted
              FROM state
        ), booked AS (
            INSERT INTO mail_send_counter AS counter (
                       day, server_id, server_name, sent, in_flight, carried,
                       reset_hour)
                SELECT day, server_id, name, granted, granted, 0, hour
                  FROM clock, asked, answer
                 WHERE granted > 0
            ON CONFLICT (day, server_id) DO UPDATE
                   SET sent = counter.sent + EXCLUDED.sent,
                       in_flight = counter.in_flight + EXCLUDED.in_flight,
                       server_name = EXCLUDED.server_name
        )
        SELECT day, hour, granted, server_id, used, found
          FROM clock, answer, state, change
        """,
        now=now,
        hour=HOUR,
        rows=rows,
        want=want,
        least=least,
        spare=spare,
        far=want + spare * FAR,
    )


def _settle(outcomes):
    """Return the statement that writes outcomes: {(day, server id): (back, landed)}."""
    rows = SQL(", ").join(
        SQL("(%s::date, %s, %s, %s)", day, server_id, back, landed)
        for (day, server_id), (back, landed) in outcomes.items()
    )
    return SQL(
        """
        UPDATE mail_send_counter AS counter
           SET sent = counter.sent - outcome.back,
               in_flight = counter.in_flight - outcome.landed
          FROM (VALUES %s) AS outcome (day, server_id, back, landed)
         WHERE counter.day = outcome.day AND counter.server_id = outcome.server_id
        """,
        rows,
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
    for server_id, name, carried in carried_over(cr.fetchall(), now, hour):
        cr.execute(
            SQL(
                """
                INSERT INTO mail_send_counter AS counter (
                           day, server_id, server_name, sent, in_flight, carried,
                           reset_hour)
                    VALUES (%s, %s, %s, 0, 0, %s, %s)
                ON CONFLICT (day, server_id) DO UPDATE
                       SET carried = EXCLUDED.carried - counter.sent
                """,
                day,
                server_id,
                name,
                carried,
                hour,
            )
        )
    # A day that has begun by the old hour and not by the new one will begin at zero.
    cr.execute(
        SQL(
            """
            UPDATE mail_send_counter
               SET reset_hour = %s,
                   carried = CASE WHEN day > %s THEN -sent ELSE carried END
             WHERE day BETWEEN %s AND %s
            """,
            hour,
            day,
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
                              reset_hour
                    """,
                    LOCK,
                    day,
                    list(heirs),
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
                   server_id, day, server_name, sent, in_flight, carried, reset_hour)
            VALUES %s
        ON CONFLICT (day, server_id) DO UPDATE
               SET sent = counter.sent + EXCLUDED.sent,
                   in_flight = counter.in_flight + EXCLUDED.in_flight,
                   carried = counter.carried + EXCLUDED.carried
        """,
        (server_id, *row),
    )


def _around(day):
    return SQL(
        """
        SELECT day, server_id, server_name, sent + carried, reset_hour
          FROM mail_send_counter WHERE day BETWEEN %s AND %s ORDER BY day
        """,
        day - timedelta(days=1),
        day + timedelta(days=1),
    )


def carried_over(rows, now, hour):
    """Return (server id, name, used) of the current day when the hour has changed.

    :param rows: (day, server id, name, used, reset hour) of the days around it.
    """
    old_hour = next((row[4] for row in reversed(rows) if row[4] != hour), hour)
    old_day = day_of(now, old_hour)
    names = {row[1]: row[2] for row in rows}
    used = {row[1]: row[3] for row in rows if row[0] == old_day}
    return [(server, name, used.get(server, 0)) for server, name in names.items()]


def day_of(now: datetime, hour: int) -> date:
    """Return the day that a moment counts for; it begins at ``hour`` UTC."""
    return (now - timedelta(hours=hour)).date()


def _name_alarm(server_id, level):
    """Return the subject of an alarm; see ``_raise_alarm``."""
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
    full = level_of(used, limit.total) == 100
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
        """Return the recipients that count today, by server id; 0: the database."""
        now = fields.Datetime.now()
        hour = self._get_reset_hour()
        day = day_of(now, hour)
        self.flush_model()
        rows = self.env.execute_query(_around(day))
        if any(row[4] != hour for row in rows):
            return {
                server: used for server, _name, used in carried_over(rows, now, hour)
            }
        return {row[1]: row[3] for row in rows if row[0] == day}

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
        used = self._get_used()
        for limit in sorted(limits, key=lambda limit: limit.server_id):
            self._check_alarm(limit, used.get(limit.server_id, 0))
        checked = {_name_alarm(one.server_id, n) for one in limits for n in (80, 100)}
        if not self.env["ir.mail_server"]._get_daily_limit():
            checked.add(NO_LIMIT)
        # Limits that were removed, servers that are archived or deleted.
        self.env["mail.deliverability.alarm"]._resolve_others("daily_limit:", checked)

    @api.model
    def _check_alarm(self, limit, used):
        alarms = self.env["mail.deliverability.alarm"]
        reached = level_of(used, limit.total)
        for level in (80, 100):
            subject = _name_alarm(limit.server_id, level)
            if level == reached:
                day = self._get_day(fields.Datetime.now())
                render = partial(_render_alarm, limit, used, day)
                alarms._raise_alarm(subject, render, occasion=str(day))
            else:
                alarms._resolve_alarm(subject)

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
