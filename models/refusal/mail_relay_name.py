# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which mail it is that a relay has given another Message-ID."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

KEPT_DAYS = 30  # reports come within days, complaints within weeks
GC_BATCH = 10000


class MailRelayName(models.Model):
    _name = "mail.relay.name"
    _description = "Name of an Email at a Relay"
    _log_access = False
    _rec_name = "name"

    name = fields.Char(required=True, readonly=True, index=True)
    message_id = fields.Char(string="Message-ID", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, index=True)

    @api.model
    def _note(self, name, message_id):
        """Keep what a relay calls a mail, in one statement."""
        self.env.cr.execute(
            "INSERT INTO mail_relay_name (name, message_id, date) VALUES (%s, %s, %s)",
            [name, message_id, fields.Datetime.now()],
        )

    @api.model
    def _find_message_ids(self, names):
        """Return the identifiers that mails have left with.

        :param names: what a report calls them.
        """
        if not names:
            return []
        found = self.sudo().search_fetch(
            [("name", "in", names)], ["message_id"], order="id desc", limit=10
        )
        return found.mapped("message_id")

    @api.autovacuum
    def _gc_old_names(self):
        limit = fields.Datetime.now() - relativedelta(days=KEPT_DAYS)
        old = self.search([("date", "<", limit)], limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH
