from odoo import api, fields, models

from .ir_mail_server import (
    PUBLIC_PERCENT,
    PUBLIC_PERCENT_DEFAULT,
    RESERVE,
    RESERVE_DEFAULT,
    URGENT,
    URGENT_DEFAULT,
)
from .mail_send_counter import DAILY_LIMIT, RESET_HOUR
from .send_class import DATABASE, Usage


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Not with config_parameter: Odoo would delete the key where the value is 0, and the
    # default would come back.
    mail_daily_limit = fields.Integer(string="Recipients per Day")
    mail_daily_limit_reserve = fields.Integer(string="Mass Mailings Leave Free (%)")
    mail_daily_limit_urgent = fields.Integer(
        string="Urgent Emails Beyond the Limit",
        help="When the limit is reached, invitations and password resets may still go "
        "to so many recipients a day. Login codes always go.",
    )
    mail_daily_limit_public = fields.Integer(
        string="Public Part (%)",
        help="Password resets from the login page, sign-ups and automatic answers to "
        "incoming emails may use this part of the limit, so that nobody from outside "
        "can use it up.",
    )
    mail_daily_limit_reset_hour = fields.Integer(string="Reset Hour (UTC)")
    mail_sent_today = fields.Integer(compute="_compute_mail_sending")
    mail_urgent_today = fields.Integer(compute="_compute_mail_sending")
    mail_public_today = fields.Integer(compute="_compute_mail_sending")
    mail_waiting = fields.Integer(compute="_compute_mail_sending")
    mail_next_reset = fields.Datetime(compute="_compute_mail_sending")
    mail_resets_in = fields.Char(compute="_compute_mail_sending")

    def _compute_mail_sending(self):
        counter, mails = self.env["mail.send.counter"], self.env["mail.mail"]
        usage = counter._get_usage().get(DATABASE, Usage())
        waiting = mails.search_count(mails._get_postponed_domain())
        reset = counter._get_next_reset()
        minutes = int((reset - fields.Datetime.now()).total_seconds()) // 60
        resets_in = self.env._(
            "%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60
        )
        for settings in self:
            settings.mail_sent_today = usage.inside
            settings.mail_urgent_today = usage.urgent + usage.codes
            settings.mail_public_today = usage.public
            settings.mail_waiting = waiting
            settings.mail_next_reset = reset
            settings.mail_resets_in = resets_in

    @api.private
    @api.model
    def get_values(self):
        values = super().get_values()
        # Odoo's default_get, which everybody can call, returns what it finds here.
        if self.has_access("create"):
            values |= self._get_limit_values()
        return values

    @api.model
    def _get_limit_values(self):
        server = self.env["ir.mail_server"]
        return {
            "mail_daily_limit": server._get_daily_limit(),
            "mail_daily_limit_reserve": server._get_number(RESERVE, RESERVE_DEFAULT),
            "mail_daily_limit_urgent": server._get_number(URGENT, URGENT_DEFAULT),
            "mail_daily_limit_public": server._get_number(
                PUBLIC_PERCENT, PUBLIC_PERCENT_DEFAULT
            ),
            "mail_daily_limit_reset_hour": (
                self.env["mail.send.counter"]._get_reset_hour()
            ),
        }

    @api.private
    def set_values(self):
        result = super().set_values()
        keys = {
            "mail_daily_limit": DAILY_LIMIT,
            "mail_daily_limit_reserve": RESERVE,
            "mail_daily_limit_urgent": URGENT,
            "mail_daily_limit_public": PUBLIC_PERCENT,
            "mail_daily_limit_reset_hour": RESET_HOUR,
        }
        for name, value in self._get_limit_values().items():
            if self[name] != value:
                self.env["ir.config_parameter"].set_param(keys[name], str(self[name]))
        return result
