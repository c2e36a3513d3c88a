# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How often visitors have asked for the same password: pauses, and a bound a day."""

import hashlib
import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from ..optional.accounts import get_reset_hours
from ..tools.apart import apart

_logger = logging.getLogger(__name__)

FIRST_PAUSE = 120  # seconds; doubled with each request
FORGOTTEN_AFTER = 86400  # seconds without a request, then it begins anew
MAX_ROWS = 50_000  # strangers make rows: beyond so many the oldest go
GC_BATCH = 1000
ASKED = "mail_deliverability.asked"  # in a request: the keys that were allowed to it


class MailResetAttempt(models.Model):
    """A login that somebody wants to reset the password of, whether it exists or not.

    Written in transactions of its own: a second worker sees at once what the first one
    was asked, and a reset that fails was asked for all the same.
    """

    _name = "mail.reset.attempt"
    _description = "Request for a Password Reset"
    _order = "last_on desc"
    _log_access = False

    # Not the login itself: people type passwords there, too.
    key = fields.Char(string="Login (Hash)", required=True, readonly=True)
    last_on = fields.Datetime(string="Last Asked On", required=True, readonly=True)
    count = fields.Integer(required=True, readonly=True)

    _key_unique = models.Constraint("UNIQUE(key)", "This login has a row already.")

    @api.model
    def _ask(self, login):
        """Note that a visitor wants to reset the password of a login.

        :param str login: as typed; it need not exist.
        :return: seconds that must pass first; 0: the request may go on.
        """
        now, longest = fields.Datetime.now(), self._get_longest_pause()
        key = self._make_key("login", login)
        asked = request.httprequest.environ.setdefault(ASKED, set()) if request else ()
        if key in asked:
            # Odoo repeats a request whose transaction was refused: it is still the one.
            return 0
        try:
            with apart(self.env) as cr:
                cr.execute(_ask(key, now, longest), log_exceptions=False)
                allowed, ends_on = cr.fetchone()
        except psycopg2.errors.SerializationFailure:
            # Another worker was asked for the same login right now.
            return FIRST_PAUSE
        except psycopg2.Error as error:
            # A lock, or no connection is left: without the addon nobody would wait.
            _logger.warning("The pause between resets is not kept: %s", error)
            return 0
        if allowed:
            if request:
                asked.add(key)
            return 0
        return max(1, int((ends_on - now).total_seconds()))

    @api.model
    def _get_longest_pause(self):
        # As long as the link in a mail is good for: were it longer, nobody could get a
        # good one while somebody else keeps asking.
        hours = get_reset_hours(self.env)
        return max(FIRST_PAUSE, min(hours * 3600, FORGOTTEN_AFTER))

    @api.model
    def _count_urgent(self, user):
        """Count a reset that takes from the urgent reserve.

        :return: how many the user has had today, this one included.
        """
        day = self.env["mail.send.counter"]._get_day(fields.Datetime.now())
        key = self._make_key("urgent", f"{user.id} {day}")
        try:
            with apart(self.env) as cr:
                cr.execute(_count(key, fields.Datetime.now()), log_exceptions=False)
                return cr.fetchone()[0]
        except psycopg2.Error:
            # Another worker counts at this moment, or nothing can be counted: more than
            # anybody may have.
            return FORGOTTEN_AFTER

    @api.model
    def _make_key(self, kind, text):
        digest = hashlib.sha256(text.strip().lower().encode("utf-8", "replace"))
        return f"{kind}:{digest.hexdigest()[:32]}"

    @api.autovacuum
    def _gc_old_attempts(self):
        limit = fields.Datetime.now() - 2 * timedelta(seconds=FORGOTTEN_AFTER)
        attempts = self.search([("last_on", "<", limit)], limit=GC_BATCH)
        attempts.unlink()
        return len(attempts), len(attempts) == GC_BATCH


def _ask(key, now, longest):
    """Return the statement that notes a request: (allowed, when the pause ends)."""
    ends_on = SQL(
        """
        attempt.last_on + INTERVAL '1 second'
            * LEAST(%s * 2 ^ LEAST(attempt.count - 1, 20), %s)
        """,
        FIRST_PAUSE,
        longest,
    )
    return SQL(
        """
        WITH crowded AS (
            DELETE FROM mail_reset_attempt WHERE id IN (
                SELECT id FROM mail_reset_attempt
                 WHERE key LIKE 'login:%%' AND key <> %(key)s
                   AND (SELECT COUNT(*) FROM mail_reset_attempt) >= %(most)s
                 ORDER BY last_on LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
        ), before AS (
            SELECT %(ends_on)s AS ends_on
              FROM mail_reset_attempt AS attempt WHERE key = %(key)s
        ), noted AS (
            INSERT INTO mail_reset_attempt AS attempt (key, last_on, count)
                VALUES (%(key)s, %(now)s, 1)
            ON CONFLICT (key) DO UPDATE
                   SET last_on = EXCLUDED.last_on,
                       count = CASE WHEN attempt.last_on < %(forgotten)s THEN 1
                                    ELSE attempt.count + 1 END
                 WHERE %(ends_on)s <= %(now)s OR attempt.last_on > %(now)s
            RETURNING key
        )
        SELECT EXISTS (SELECT FROM noted), (SELECT ends_on FROM before)
        """,
        batch=GC_BATCH,
        most=MAX_ROWS,
        key=key,
        now=now,
        forgotten=now - timedelta(seconds=FORGOTTEN_AFTER),
        ends_on=ends_on,
    )


def _count(key, now):
    return SQL(
        """
        INSERT INTO mail_reset_attempt AS attempt (key, last_on, count)
            VALUES (%s, %s, 1)
        ON CONFLICT (key) DO UPDATE
               SET last_on = EXCLUDED.last_on, count = attempt.count + 1
        RETURNING count
        """,
        key,
        now,
    )
