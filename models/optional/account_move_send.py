# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Invoices that are sent by hand: who will hardly get theirs."""

from odoo.tools.mail import email_normalize_all

BATCH_WIZARD = "account.move.send.batch.wizard"


def _around_alerts(plain):
    def _get_alerts(self, moves, moves_data):
        """Odoo's (account): tell of addresses that don't work, where nobody is named.

        Of one invoice the field with its recipients tells it.
        """
        alerts = plain(self, moves, moves_data)
        if self._name != BATCH_WIZARD:
            return alerts
        sent = moves.filtered(lambda one: "email" in moves_data[one]["sending_methods"])
        texts = ",".join(filter(None, sent.partner_id.mapped("email")))
        addresses = self.env["mail.suppressed.address"]
        entries = addresses._find_entries(set(email_normalize_all(texts)))
        if text := addresses._warn_of(entries):
            alerts["mail_deliverability_suppressed"] = {
                "level": "warning",
                "message": text,
            }
        return alerts

    return _get_alerts


WRAPPERS = {("account.move.send", "_get_alerts"): _around_alerts}
