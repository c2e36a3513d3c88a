# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class MailTestMessageLeg(models.Model):
    """One way that a test goes: to a mailbox, to the bounce and the reply address."""

    _name = "mail.test.message.leg"
    _description = "Leg of an Email Test Message"
    _order = "test_id desc, id"

    test_id = fields.Many2one(
        "mail.test.message",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(
        [
            ("arrival", "The Message Arrives"),
            ("bounce", "Bounces Come Back"),
            ("reply", "Answers Come Back"),
        ],
        required=True,
        readonly=True,
    )
    email_to = fields.Char(string="To", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "On Its Way"),
            ("back", "It Is Back"),
            ("lost", "Not Back"),
            ("failed", "Failed"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    back_on = fields.Datetime(readonly=True)
    note = fields.Char(readonly=True)
    replays = fields.Integer(
        readonly=True, help="How often it came again after the first time."
    )
    strays = fields.Integer(
        readonly=True,
        help="How many messages came that name it and are another message.",
    )
    stray_note = fields.Char(readonly=True, help="What the first of them was.")
    # SHA-256 of the token: who reads the database can't hand anything in.
    token_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS)

    # Hashes of what the message is recognized by besides, see marks.py.
    marks = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    raw = fields.Binary(
        attachment=True,
        readonly=True,
        groups="base.group_system",
        help="What came back, as it came.",
    )
    stray_raw = fields.Binary(
        attachment=True,
        readonly=True,
        groups="base.group_system",
        help="The last message that names this test and is another one, as it came.",
    )

    late_raw = fields.Binary(
        attachment=True,
        readonly=True,
        groups=fields.NO_ACCESS,
        help="What came while the leg was locked, until it is received.",
    )

    _token_hash_unique = models.Constraint(
        "UNIQUE (token_hash)", "Each token stands for one leg."
    )
