# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..parameters.table import (
    BULK_RECIPIENTS,
    DAILY_LIMIT,
    DAILY_LIMIT_PUBLIC,
    DAILY_LIMIT_RESERVE,
    DAILY_LIMIT_RESET_HOUR,
    DAILY_LIMIT_URGENT,
    RETRY_HOURS,
    SUPPRESSION,
)
from .send_class import DATABASE

# Which parameter each field sets; each has a row of the table in the view.
SETTINGS = {
    "mail_daily_limit": DAILY_LIMIT,
    "mail_daily_limit_reserve": DAILY_LIMIT_RESERVE,
    "mail_daily_limit_urgent": DAILY_LIMIT_URGENT,
    "mail_daily_limit_public": DAILY_LIMIT_PUBLIC,
    "mail_daily_limit_reset_hour": DAILY_LIMIT_RESET_HOUR,
    "mail_bulk_recipients": BULK_RECIPIENTS,
    "mail_retry_hours": RETRY_HOURS,
    "mail_suppression": SUPPRESSION,
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Not with config_parameter: Odoo would delete the key where the value is 0, and the
    # default would come back.
    mail_daily_limit = fields.Integer(string="Recipients per Day")
    mail_daily_limit_reserve = fields.Integer(
        string="Mass Mailings Leave Free (%)",
        help="Mass mailings are spread over the day, and never take this part of the "
        "limit.",
    )
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
    mail_bulk_recipients = fields.Integer(
        string="A Mass Mailing Has More Than",
        help="What goes to more recipients at once leaves like a newsletter, after "
        "what people write; documents and appointments never do. 0: only newsletters.",
    )
    mail_retry_hours = fields.Integer(
        string="Tried Again For (Hours)",
        help="How long an email is tried again whose receiver asks to try later, and "
        "waits for an outgoing server that takes none. 0: not tried again; servers are "
        "waited for 96 hours.",
    )
    mail_suppression = fields.Boolean(
        string="Leave Out Addresses That Don't Work",
        help="Followers and mass mailings: an address that its server has refused "
        "twice as unknown gets nothing for 90 days. What people write to it by hand, "
        "invoices and codes always go.",
    )
    mail_sent_today = fields.Integer(compute="_compute_mail_sending")
    mail_urgent_today = fields.Integer(compute="_compute_mail_sending")
    mail_public_today = fields.Integer(compute="_compute_mail_sending")
    mail_waiting = fields.Integer(compute="_compute_mail_sending")
    mail_next_reset = fields.Datetime(compute="_compute_mail_sending")
    mail_resets_in = fields.Char(compute="_compute_mail_sending")

    def _compute_mail_sending(self):
        counter, mails = self.env["mail.send.counter"], self.env["mail.mail"]
        usage = counter._get_usage()[DATABASE]
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
        parameters = self.env["ir.config_parameter"]
        return {name: parameters._get_value(one) for name, one in SETTINGS.items()}

    @api.private
    def set_values(self):
        result = super().set_values()
        parameters = self.env["ir.config_parameter"]
        for name, value in self._get_limit_values().items():
            typed = self[name]
            if typed != value:
                # An empty text is False in a field.
                text = "" if typed is False else str(typed)
                if self._fields[name].type == "boolean":
                    text = str(int(typed))
                parameters.set_param(SETTINGS[name].key, text)
        return result
