# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models

from ..tools.after_delivery import never_raise
from .ledger_sql import Uncounted, keep_uncounted

_logger = logging.getLogger(__name__)


class MailSendUncounted(models.Model):
    """What is to be added to the counts, because they were not to be had at once.

    Or it is not worth a lock, as that mails begin to wait. Made in the mails' own
    transaction, and never changed, so that nobody waits for it. Whoever counts next
    adds it, and removes it.
    """

    _name = "mail.send.uncounted"
    _description = "Mails Sent and Not Counted Yet"
    _order = "id"
    _rec_name = "server_name"
    _log_access = False

    day = fields.Date(required=True, readonly=True)
    row_id = fields.Integer(
        string="Counter ID",
        required=True,
        readonly=True,
        aggregator=None,
        help="Technical: the counter of that day that it is added to; 0: the server's.",
    )
    server_id = fields.Integer(
        string="Server ID", required=True, readonly=True, aggregator=None
    )
    server_name = fields.Char(string="Server", readonly=True)
    reset_hour = fields.Integer(required=True, readonly=True, aggregator=None)
    counts = fields.Json(
        required=True,
        readonly=True,
        help="Technical: by column, what is to be added; negative where something is "
        "given back.",
    )

    @api.model
    def _note_waiting(self, reservation, count):
        """Note that recipients have to wait for a limit; it never raises.

        :param Reservation reservation: what was refused.
        :param int count: recipients.
        """
        hour = self.env["mail.send.counter"]._get_reset_hour()
        notes = [
            Uncounted(
                reservation.day, 0, one.server_id, one.name, hour, {"waited": count}
            )
            for one in reservation.limits
        ]
        with (
            never_raise(_logger.warning, "It is not counted what waits"),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(keep_uncounted(notes))
