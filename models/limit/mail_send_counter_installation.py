# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The first daily limit: none where the default would hold mails up unasked."""

from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from ..optional.mass_mailing import list_sent_by_day
from ..parameters.table import DAILY_LIMIT

NO_LIMIT = "daily_limit:none"  # the alarm that the addon starts without a limit

# What is left of each day's sending before the installation: day and recipients.
NOTIFIED = """
    SELECT message.date::date, COUNT(*)
      FROM mail_notification AS notification
      JOIN mail_message AS message ON message.id = notification.mail_message_id
     WHERE notification.notification_type = 'email'
       AND notification.notification_status IN ('sent', 'bounce')
       AND message.date > %s
     GROUP BY 1
"""
KEPT = """
    SELECT message.date::date, SUM(GREATEST(1,
               LENGTH(addresses) - LENGTH(REPLACE(addresses, '@', '')) + (
                   SELECT COUNT(*) FROM mail_mail_res_partner_rel AS partner
                    WHERE partner.mail_mail_id = mail.id)))
      FROM mail_mail AS mail
      JOIN mail_message AS message ON message.id = mail.mail_message_id
     CROSS JOIN LATERAL CONCAT(mail.email_to, mail.email_cc) AS addresses
     WHERE mail.state = 'sent' AND message.date > %s
       AND NOT EXISTS (
               SELECT FROM mail_notification AS notification
                WHERE notification.mail_mail_id = mail.id)
     GROUP BY 1
"""


class MailSendCounter(models.Model):
    # A file for each concern.
    _inherit = "mail.send.counter"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _spare_heavy_senders(self):
        """Start without a limit where the default would hold mails up unasked.

        A company that sent to more recipients on one of the last 30 days is told, and
        chooses its limit itself.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(DAILY_LIMIT.key):
            return
        busiest = self._get_busiest_day()
        if busiest > DAILY_LIMIT.default:
            parameters.set_param(DAILY_LIMIT.key, "0")
            self.env["mail.deliverability.alarm"]._raise_alarm(
                NO_LIMIT, partial(_render_no_limit, busiest)
            )

    @api.model
    def _get_busiest_day(self):
        """Return the recipients of the busiest of the last 30 days, as far as kept.

        Odoo keeps no count: notifications tell who was notified, mails that were not
        deleted tell about the rest, and traces about newsletters.
        """
        since = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        queries = [SQL(NOTIFIED, since), SQL(KEPT, since)]
        queries += list_sent_by_day(self.env, since)
        rows = self.env.execute_query(
            SQL(
                "SELECT SUM(sent) FROM (%s) AS days (day, sent) "
                "GROUP BY day ORDER BY 1 DESC LIMIT 1",
                SQL(" UNION ALL ").join(queries),
            )
        )
        return int(rows[0][0]) if rows else 0


def _render_no_limit(busiest, env):
    """Return summary and note of the alarm that the addon starts without a limit."""
    text = env._(
        "On one of the last 30 days %(busiest)s recipients or more were sent to, more "
        "than the usual limit of %(default)s. So that no email is held up, no limit "
        "was set. Find out what your email provider allows, and set a limit below it:",
        busiest=busiest,
        default=DAILY_LIMIT.default,
    )
    link = env["mail.deliverability.alarm"]._link(
        "settings#daily_limit_setting", env._("Daily sending limit")
    )
    return env._("No daily sending limit is set"), Markup("<p>%s %s</p>") % (text, link)
