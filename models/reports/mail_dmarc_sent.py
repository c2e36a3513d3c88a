# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How many mails were sent to whose receivers."""

import functools
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ...mailauth.dns.exchangers import find_exchangers
from ...mailauth.dns.names import display_name
from ...mailauth.reports.receivers import find_operator
from ..tools.after_delivery import never_raise
from ..tools.host_names import fold

_logger = logging.getLogger(__name__)

KEPT_DAYS = 100
MOST_RECEIVERS = 300  # of a domain and day, once it is over
MAX_LABELS = 8
MOST_LISTED = 5000  # receivers whose operator is not known yet, in one run
MOST_ASKED = 200  # of them about whom DNS is asked
ALL = 0  # the connection of rows that are added up


class MailDmarcSent(models.Model):
    """Written in the mails' own transaction, once for all that leave together.

    Each connection has rows of its own, so that two workers never wait for each other;
    they are added up once the day is over. What a worker that is killed had counted and
    not written is lost: this is no ledger, but what reports are compared with.
    """

    _name = "mail.dmarc.sent"
    _description = "Emails Sent by Receiver and Day"
    _order = "day desc, mail_count desc, id"
    _rec_name = "receiver"
    _log_access = False

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="Of the address in From.",
    )
    day = fields.Date(required=True, readonly=True, index=True, help="UTC.")
    receiver = fields.Char(
        required=True,
        readonly=True,
        help="The domain of the recipients' addresses; empty: several small ones.",
    )
    operator = fields.Char(
        readonly=True,
        help="Who takes the mail of that domain, and reports for it, as far as it is "
        "known; empty: nobody has looked yet.",
    )
    connection = fields.Integer(required=True, readonly=True, aggregator=None)
    mail_count = fields.Integer(string="Emails", required=True, readonly=True)

    _one_each = models.UniqueIndex("(alias_domain_id, day, receiver, connection)")

    @api.model
    def _add(self, counts):
        """Note how many messages have left; it never raises.

        :param dict counts: messages by (domain of From, domain of recipients).
        """
        if not counts:
            return
        with (
            never_raise(_logger.warning, "What has left is not counted by receiver"),
            self.env.cr.savepoint(flush=False),
        ):
            self._add_rows(counts)

    @api.model
    def _add_rows(self, counts):
        rows = [
            SQL("(%s::varchar[], %s, %s)", _list_owners(author), receiver, count)
            for (author, receiver), count in counts.items()
            # PostgreSQL would refuse all that leave together.
            if receiver and "\0" not in author + receiver
        ]
        if not rows:
            return
        # Sorted: who writes in the same order never ends in a deadlock.
        self.env.cr.execute(
            SQL(
                """
                SET LOCAL lock_timeout = '1s';
                INSERT INTO mail_dmarc_sent AS sent
                            (alias_domain_id, day, receiver, connection, mail_count)
                     SELECT owner.id, %s, new.receiver, pg_backend_pid(), SUM(new.count)
                       FROM (VALUES %s) AS new (names, receiver, count)
         CROSS JOIN LATERAL (
                         SELECT id FROM mail_alias_domain
                          WHERE LOWER(name) = ANY(new.names)
                       ORDER BY LENGTH(name) DESC, id
                          LIMIT 1
                            ) AS owner
                   GROUP BY owner.id, new.receiver
                   ORDER BY owner.id, new.receiver
                ON CONFLICT (alias_domain_id, day, receiver, connection) DO UPDATE
                        SET mail_count = sent.mail_count + EXCLUDED.mail_count;
                SET LOCAL lock_timeout = DEFAULT
                """,
                fields.Date.today(),
                SQL(", ").join(rows),
            )
        )

    # ------------------------------------------------------------ once a day is over

    @api.model
    def _add_up(self):
        """Add up what the connections of past days have counted.

        Nobody writes to these rows any more.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM mail_dmarc_sent
                     WHERE day < %(today)s AND connection != %(all)s
                 RETURNING alias_domain_id, day, receiver, mail_count
                ), ranked AS (
                    SELECT alias_domain_id, day, receiver, SUM(mail_count) AS total,
                           ROW_NUMBER() OVER (
                               PARTITION BY alias_domain_id, day
                               ORDER BY SUM(mail_count) DESC, receiver
                           ) AS place
                      FROM gone
                  GROUP BY alias_domain_id, day, receiver
                )
                INSERT INTO mail_dmarc_sent AS sent
                            (alias_domain_id, day, receiver, connection, mail_count)
                     SELECT alias_domain_id, day,
                            CASE WHEN place <= %(most)s THEN receiver ELSE '' END,
                            %(all)s, SUM(total)
                       FROM ranked
                   GROUP BY 1, 2, 3
                ON CONFLICT (alias_domain_id, day, receiver, connection) DO UPDATE
                        SET mail_count = sent.mail_count + EXCLUDED.mail_count
                """,
                today=fields.Date.today(),
                most=MOST_RECEIVERS,
                all=ALL,
            )
        )
        self.invalidate_model()

    @api.model
    def _find_operators(self):
        """Find out who takes the mail of receivers, the largest first.

        By their MX records; many companies have their mail at Google or Microsoft, who
        report for them. DNS is asked outside of any transaction.
        """
        names = self._list_unknown()
        known = self._get_operators(names)
        asked = [name for name in names if name not in known][:MOST_ASKED]
        self.env["ir.cron"]._commit_progress()
        found = known | self._ask_operators(asked)
        unknown = [("operator", "=", False), ("receiver", "in", list(found))]
        rows = self.search([*unknown, ("connection", "=", ALL)])
        for receiver, mine in rows.grouped("receiver").items():
            mine.operator = found[receiver]
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _list_unknown(self):
        rows = self._read_group(
            [
                ("operator", "=", False),
                ("receiver", "!=", ""),
                ("connection", "=", ALL),
            ],
            ["receiver"],
            order="mail_count:sum DESC, receiver",
            limit=MOST_LISTED,
        )
        return [receiver for (receiver,) in rows]

    @api.model
    def _get_operators(self, names):
        """Return who takes the mail of receivers, as far as an earlier day has told."""
        rows = self._read_group(
            [("operator", "!=", False), ("receiver", "in", names)],
            ["receiver"],
            ["operator:max"],
        )
        families = {name: find_operator(name) for name in names}
        named = {name: of for name, of in families.items() if of != name}
        return named | dict(rows)

    @api.model
    def _ask_operators(self, names):
        """Return who takes the mail of receivers, without those of no answer."""
        if not names:
            return {}
        ask = functools.partial(find_exchangers, names)
        found = self.env["ir.config_parameter"]._ask_dns(ask) or {}
        return {
            name: find_operator(name, hosts)
            for name, hosts in found.items()
            if hosts is not None
        }

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Date.subtract(fields.Date.today(), days=KEPT_DAYS)
        self.env.cr.execute(SQL("DELETE FROM mail_dmarc_sent WHERE day < %s", limit))
        self.invalidate_model()


def _list_owners(domain):
    """Return how the alias domain may be called that a domain in From belongs to.

    A domain below it counts as that one: its reports go to the same address.
    """
    labels = domain.split(".")[-MAX_LABELS:]
    names = [".".join(labels[cut:]) for cut in range(len(labels))]
    # Alias domains keep an IDN as it was typed.
    return list(dict.fromkeys([*names, *map(display_name, names), *map(fold, names)]))
