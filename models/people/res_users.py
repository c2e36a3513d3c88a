# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .mail_sender_line import format_sender
from .voice import Companies, Voice


class ResUsers(models.Model):
    _inherit = "res.users"  # pylint: disable=consider-merging-classes-inherited

    sender_line = fields.Char(
        compute="_compute_sender_line",
        help="What becomes of emails in the name of the user's address.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "sender_line"]

    @api.depends("name", "email", "company_id")
    @api.depends_context("uid", "lang")
    def _compute_sender_line(self):
        """For who may change the address: administrators, and the user."""
        reader, lines = self.env.user, self.env["mail.sender.line"]
        is_manager = reader._is_system() or reader.has_group("base.group_erp_manager")
        users = self.sudo()
        told = users.filtered(
            lambda one: (
                # Of a new one the groups may not be known yet.
                one.email
                and not one._origin.share
                and (is_manager or one._origin == reader)
            )
        )
        numbers = dict(enumerate(told))
        rows = {}
        if told:
            rows = lines._judge(lambda env: list(_list_voices(env, numbers)))
        said = {
            user: lines._say(rows.get(number), is_manager)
            for number, user in numbers.items()
        }
        for user, own in zip(users, self, strict=True):
            own.sender_line = said.get(user, False)


def _list_voices(env, users):
    """Yield the voices of users as they are typed, each for the user's own company."""
    companies = Companies(env)
    for number, user in users.items():
        company_id = user.company_id._origin.id or companies.main.id
        values = {
            "author_id": user.partner_id._origin.id,
            "email_from": format_sender(env, user.name, user.email),
            **companies.prepare_whose(company_id),
        }
        user_id = user._origin.id
        yield Voice("res.users", number, user.email, company_id, values, user_id)
