# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class MailSendUncounted(models.Model):
    """What is to be added to the counts: they could not be had when mails left.

    Made in the mails' own transaction, and never changed, so that nobody waits for it.
    Whoever counts next adds it, and removes it.
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
