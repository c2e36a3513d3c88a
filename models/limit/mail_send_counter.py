# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How many recipients were sent to, each day, in all and by each outgoing server."""

from collections import defaultdict
from contextlib import contextmanager
from functools import partial

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ..parameters.table import DAILY_LIMIT_RESET_HOUR
from .counting_day import day_of, part_passed, reset_after
from .ledger import Ledger, move_counts
from .ledger_reset_hour import carried_over
from .ledger_sql import (
    around,
    counted_before,
    usual_before,
    with_usual,
)
from .limit_settings import is_unpaced
from .send_class import DATABASE, Usage

KEPT_YEARS = 2
GC_BATCH = 10000


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
    bulk = fields.Integer(
        string="Mass Mailings",
        required=True,
        default=0,
        readonly=True,
        help="Recipients of newsletters, and of emails to many at once.",
    )
    waited = fields.Integer(
        string="Had to Wait",
        required=True,
        default=0,
        readonly=True,
        help="Recipients of emails that began to wait for a limit on this day. They "
        "are sent to later, and counted as such then.",
    )
    released = fields.Integer(
        string="Over the Limit",
        required=True,
        default=0,
        readonly=True,
        help="Recipients of emails that an administrator has let go beyond the limit.",
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

    former = fields.Json(
        string="Former Counters",
        readonly=True,
        help="Technical: the ids of counts that were added to this one, since their "
        "servers are gone or have another account.",
    )

    _day_server_unique = models.Constraint(
        "UNIQUE(day, server_id)", "There is one count for each server and day."
    )

    @api.model
    @contextmanager
    def _open_ledger(self, transactions=None):
        """Yield a :class:`Ledger`; what it still knows is written at the end.

        :param transactions: see there.
        """
        ledger = Ledger(self.env, self._get_reset_hour(), transactions)
        try:
            yield ledger
        finally:
            ledger.close()

    @api.model
    def _get_reset_hour(self):
        """Return the hour at which the day begins, UTC."""
        return self.env["ir.config_parameter"]._get_value(DAILY_LIMIT_RESET_HOUR)

    @api.model
    def _get_next_reset(self):
        """Return when the count starts again, UTC."""
        hour = self._get_reset_hour()
        return reset_after(day_of(fields.Datetime.now(), hour), hour)

    @api.model
    def _get_part_passed(self):
        """Return the part of today that is over, from 0 to 1."""
        if is_unpaced(self.env):
            return 1.0
        return part_passed(fields.Datetime.now(), self._get_reset_hour())

    @api.model
    def _get_used(self):
        """Return the recipients of today, by server id; 0: the database."""
        return {server_id: one.used for server_id, one in self._get_usage().items()}

    @api.model
    def _get_usage(self):
        """Return what was used today; nothing of a server that is not known.

        :rtype: defaultdict[int, Usage]
        """
        now = fields.Datetime.now()
        hour = self._get_reset_hour()
        day = day_of(now, hour)
        self.flush_model()
        rows = self.env.execute_query(around(day))
        if any(row[3] != hour for row in rows):
            carried = carried_over(rows, now, hour)
            return defaultdict(Usage, {one: used for one, _name, used in carried})
        usage = defaultdict(
            Usage, {row[1]: Usage(*row[4:]) for row in rows if row[0] == day}
        )
        query = usual_before(day, counted_before(day))
        for server_id, *known in self.env.execute_query(query):
            usage[server_id] = with_usual(usage[server_id], *known)
        return usage

    @api.model
    def _hand_over(self, successors):
        """Let today's counts go on under other servers, once this is committed.

        :param dict successors: by server id, the id of the server that counts then.
        """
        day = self._get_day(fields.Datetime.now())
        move = partial(move_counts, self.env, day, successors)
        self.env.cr.postcommit.add(move)

    @api.model
    def _get_day(self, now):
        """Return the day that a moment (UTC) counts for."""
        return day_of(now, self._get_reset_hour())

    @api.autovacuum
    def _count_uncounted(self):
        """Count what could not be counted when it left; most often a mail has done."""
        if self.env["mail.send.uncounted"].sudo().search_count([], limit=1):
            with self._open_ledger() as ledger:
                ledger.count_uncounted()

    @api.autovacuum
    def _gc_old_counters(self):
        limit = fields.Date.today() - relativedelta(years=KEPT_YEARS)
        counters = self.search([("day", "<", limit)], limit=GC_BATCH)
        counters.unlink()
        return len(counters), len(counters) == GC_BATCH
