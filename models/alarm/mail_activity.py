# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    alarm_subject = fields.Char(
        index="btree_not_null",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Technical: what the alarm is about; the alarm that is still open is "
        "found by it.",
    )
    alarm_occasion = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Technical: an alarm is not raised twice on one occasion, such as a day.",
    )
