# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How many mails were sent to whose receivers."""

from odoo import fields, models


class MailDmarcSent(models.Model):
    _name = "mail.dmarc.sent"
    _description = "Emails Sent by Receiver and Day"
    _order = "day desc, mail_count desc, id"
    _rec_name = "receiver"

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
        required=True, readonly=True, help="The domain of the recipients' addresses."
    )
    mail_count = fields.Integer(string="Emails", required=True, readonly=True)

    _one_each = models.UniqueIndex("(alias_domain_id, day, receiver)")
