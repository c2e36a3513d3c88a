# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from .values import BLAMES, CATEGORIES, list_providers


class MailRefusalMarks(models.AbstractModel):
    """What the words mean by which a mail or a notification has failed.

    See ``to_marks`` and ``read_marks``. Who is no colleague may read the notifications
    of what he has written himself: whether other addresses work is not told there.
    """

    _name = "mail.refusal.marks"
    _description = "Marks of a Refusal"

    refusal_category = fields.Selection(
        CATEGORIES,
        string="Refused Because",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    refusal_blame = fields.Selection(
        BLAMES,
        string="Refusal Due To",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    refusal_advice = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Technical: the code of what to do.",
    )
    refusal_provider = fields.Selection(
        lambda self: list_providers(),
        string="Refused By",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
