# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

KEPT_YEARS = 2
GC_BATCH = 10000


class MailSendRelease(models.Model):
    """What administrators have let go beyond the daily limit.

    Who and when are those of the creation.
    """

    _name = "mail.send.release"
    _description = "Emails Let Go Beyond the Limit"
    _order = "day desc, id desc"
    _rec_name = "day"

    day = fields.Date(required=True, readonly=True, index=True)
    emails = fields.Integer(required=True, readonly=True)
    recipients = fields.Integer(required=True, readonly=True)

    @api.model
    def _note(self, mails, recipients):
        """Note that the user of ``env`` lets mails go.

        :param int recipients: theirs.
        """
        day = self.env["mail.send.counter"]._get_day(fields.Datetime.now())
        values = {"day": day, "emails": len(mails), "recipients": recipients}
        self.sudo().create(values)

    @api.model
    def _get_by_day(self, days):
        """Return who has let how many recipients go, in words, by day."""
        groups = self._read_group(
            [("day", "in", days)], ["day:day", "create_uid"], ["recipients:sum"]
        )
        named = {}
        for day, user, recipients in groups:
            name = user.sudo().name or self.env._("Unknown")
            named.setdefault(day, []).append(f"{name} ({recipients})")
        return {day: ", ".join(names) for day, names in named.items()}

    @api.autovacuum
    def _gc_old_releases(self):
        limit = fields.Date.today() - relativedelta(years=KEPT_YEARS)
        old = self.search([("day", "<", limit)], limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH
