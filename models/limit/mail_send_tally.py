# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.after_delivery import never_raise

_logger = logging.getLogger(__name__)

KEPT_DAYS = 31
GC_BATCH = 10000


class MailSendTally(models.Model):
    """Who sent most today: told to administrators when the limit comes near.

    Written in the mails' own transaction. Each connection has rows of its own, so that
    two workers never wait for each other, nor end in a serialization error.
    """

    _name = "mail.send.tally"
    _description = "Mails Sent by Model and User"
    _order = "day desc, sent desc"
    _rec_name = "model"
    _log_access = False

    day = fields.Date(required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    user_id = fields.Integer(string="User ID", required=True, readonly=True)
    author_id = fields.Integer(
        string="Author ID",
        required=True,
        default=0,
        readonly=True,
        aggregator=None,
        help="The contact that has written; 0: nobody is named.",
    )
    connection = fields.Integer(required=True, readonly=True, aggregator=None)
    sent = fields.Integer(required=True, default=0, readonly=True)

    _one_row_each = models.Constraint(
        "UNIQUE(day, model, user_id, author_id, connection)",
        "There is one tally for each day, model, user, author and connection.",
    )

    @api.model
    def _get_senders(self, mails):
        """Return who sends mails: the model, and the ids of the user and the author.

        Odoo makes many mails as OdooBot: the author tells who has written.

        :return: by Message-ID.
        :rtype: dict[str, tuple[str, int, int]]
        """
        return {
            mail.message_id: (
                mail.model or "",
                mail.create_uid.id or 0,
                mail.author_id.id or 0,
            )
            for mail in mails
        }

    @api.model
    def _add(self, sent_by):
        """Note who has sent to how many recipients; it never raises.

        :param dict sent_by: recipients by sender, as from :meth:`_get_senders`.
        """
        if not sent_by:
            return
        with (
            never_raise(_logger.warning, "Who has sent is not noted"),
            self.env.cr.savepoint(flush=False),
        ):
            self._add_rows(sent_by)

    @api.model
    def _add_rows(self, sent_by):
        day = self.env["mail.send.counter"]._get_day(fields.Datetime.now())
        self.env.cr.execute(
            SQL(
                """
                SET LOCAL lock_timeout = '1s';
                INSERT INTO mail_send_tally AS tally (day, model, user_id, author_id,
                                                      connection, sent)
                    VALUES %s
                ON CONFLICT (day, model, user_id, author_id, connection) DO UPDATE
                       SET sent = tally.sent + EXCLUDED.sent;
                SET LOCAL lock_timeout = DEFAULT
                """,
                SQL(", ").join(
                    SQL("(%s, %s, %s, %s, pg_backend_pid(), %s)", day, *sender, sent)
                    for sender, sent in sent_by.items()
                ),
            )
        )

    @api.model
    def _get_top(self, day, count=3):
        """Return (model, id of the author, recipients) of those who sent most."""
        groups = self.sudo()._read_group(
            [("day", "=", day)], ["model", "author_id"], ["sent:sum"]
        )
        return sorted(groups, key=lambda group: (-group[2], group))[:count]

    @api.model
    def _get_model_name(self, model):
        known = model and self.env["ir.model"].sudo()._get(model)
        return known.name if known else self.env._("No document")

    @api.autovacuum
    def _gc_old_tallies(self):
        limit = fields.Date.subtract(fields.Date.today(), days=KEPT_DAYS)
        tallies = self.search([("day", "<", limit)], limit=GC_BATCH)
        tallies.unlink()
        return len(tallies), len(tallies) == GC_BATCH
