# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who gets nothing by itself now, and the one email that is tried after a while."""

from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

# So long nothing else goes to an address that is tried: an answer comes in a day.
TRY_TAKES = timedelta(days=1)


class MailSuppressedAddress(models.Model):
    # A file for each concern.
    _inherit = "mail.suppressed.address"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _find_held(self, emails):
        """Return which addresses get nothing by itself now.

        Of one whose time is over, the caller takes the one try: its mail has to go.

        :param emails: normalized.
        :return: the entries that hold, by address, and the addresses that are tried.
        :rtype: tuple[dict[str, mail.suppressed.address], set[str]]
        """
        held, tried = {}, set()
        if not emails or not self._is_on() or not self._has_any():
            return held, tried
        for entry in self.sudo().search([("email", "in", list(emails))]):
            if entry._is_held():
                held[entry.email] = entry
            else:
                tried.add(entry.email)
        return held, tried

    @api.model
    def _find_entries(self, emails):
        """Return the entries of addresses that are suppressed; nothing is tried."""
        if not emails or not self._is_on() or not self._has_any():
            return self.browse()
        now = fields.Datetime.now()
        mine = [("email", "in", list(emails)), ("until", ">", now)]
        return self.sudo().search(mine)

    def _is_held(self):
        """Whether nothing goes to the address; where it may be tried, that is taken."""
        now = fields.Datetime.now()
        if self.until > now:
            return True
        if self.tried_on:
            # Nothing has come back since, or it would be suppressed again.
            return self.tried_on > now - TRY_TAKES
        return not self._take_try(now)

    def _take_try(self, now):
        """Return whether nobody else has taken the one try."""
        query = SQL(
            "SELECT id FROM mail_suppressed_address WHERE id = %s AND tried_on IS NULL "
            "FOR NO KEY UPDATE SKIP LOCKED",
            self.id,
        )
        self.flush_recordset()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
                if not self.env.cr.fetchone():
                    return False
        except psycopg2.errors.SerializationFailure:
            return False  # another worker has just taken it
        self.tried_on = now
        return True
