# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What addresses are called in DNS: asked in the background, a few at a time."""

import functools
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...mailauth.reports.reverse import find_reverse_names
from ..tools.wake import wake_cron

CRON = "mail_deliverability.mail_dmarc_origin_cron_name"
BATCH = 50  # addresses in one run: they are asked side by side, within one deadline
MOST_TRIES = 3  # where DNS does not answer
AGAIN = timedelta(days=90)
PAUSE = timedelta(hours=1)


class MailDmarcOrigin(models.Model):
    """The names of sources."""

    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _wake_naming(self):
        """Let the scheduled action run soon."""
        wake_cron(self.env, CRON)

    @api.model
    def _cron_name(self):
        """Ask DNS what sources are called that no record of ours names.

        The latest first. Nothing is locked while DNS is asked.
        """
        origins = self.sudo()
        due = origins._find_nameless()
        named, cron = due[:BATCH], self.env["ir.cron"]
        addresses = named.mapped("address")
        cron._commit_progress(remaining=len(due))
        if named:
            named._store_names(origins._ask_names(addresses))
            named._judge()
        cron._commit_progress(len(named), remaining=len(due) - len(named))

    @api.model
    def _find_nameless(self):
        """Return the sources to ask for, and as many more as tell that there are."""
        now = fields.Datetime.now()
        return self.search(
            Domain("address", "!=", False)
            & Domain("key", "=like", "net:%")
            & (Domain("asked_on", "=", False) | Domain("asked_on", "<", now - AGAIN)),
            order="last_seen DESC NULLS LAST, id DESC",
            limit=BATCH + 1,
        )

    @api.model
    def _ask_names(self, addresses):
        """Return the name of each address: "" for none, None where DNS is silent.

        Empty where nobody could ask.
        """
        ask = functools.partial(find_reverse_names, addresses)
        return self.env["ir.config_parameter"]._ask_dns(ask) or {}

    def _store_names(self, names):
        """Keep the names; where DNS was silent it is asked again in an hour."""
        now = fields.Datetime.now()
        for origin in self.exists():
            name = names.get(origin.address)
            tries = origin.ask_count + 1
            if name is None and tries < MOST_TRIES:
                values = {"ask_count": tries, "asked_on": now - AGAIN + PAUSE}
            else:
                values = {"ask_count": 0, "asked_on": now}
            if name is not None:
                values["reverse_name"] = name or False
            origin.write(values)
