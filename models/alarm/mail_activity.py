# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


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
    is_alarm = fields.Boolean(compute="_compute_is_alarm", compute_sudo=True)
    alarm_state = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Technical: what the text is made of; where that changes it is made anew.",
    )
    alarm_occasion = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Technical: an alarm is not raised twice on one occasion, such as a day.",
    )

    @api.depends("alarm_subject")
    def _compute_is_alarm(self):
        for activity in self:
            activity.is_alarm = bool(activity.alarm_subject)

    def _is_told(self, occasion, state):
        """Tell whether an administrator needs not be told once more.

        :param self: the alarms of one administrator and subject, also closed ones.
        :param occasion: see ``mail.deliverability.alarm._raise_alarm``.
        :param state: likewise.
        """
        told = self.filtered(lambda one: one.alarm_occasion == occasion)
        if not occasion or not told:
            return False
        still_open = self.filtered("active")
        return not still_open or all(one.alarm_state == state for one in still_open)
