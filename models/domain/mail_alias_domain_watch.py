# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...mailauth.errors import MailauthError
from .mail_alias_domain_store import next_check

_logger = logging.getLogger(__name__)

# What one domain's data can bring about. Lost connections and conflicts of transactions
# are Odoo's to repeat.
UNEXPECTED = (
    psycopg2.DataError,
    psycopg2.IntegrityError,
    LookupError,
    MailauthError,
    UserError,
    ValueError,
)


class MailAliasDomain(models.Model):
    """Checking: on demand, and by the cron that watches."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def action_check_authentication(self):
        """Ask DNS now, and store what it says; asked twice it asks DNS twice.

        :return: True, for the button.
        """
        self._check_may_see_authentication()
        for domain in self:
            audit = domain._audit()
            domain.sudo()._store(audit, watching=False)
        return True

    def _keep_audit(self, audit):
        """Store the audit of a page that looks, and sign with the key that it shows.

        Where a key signs already, no other is activated. What is stored is as it will
        be once the key signs.

        :return: the key that begins to sign, empty for none.
        """
        key = self.env["mail.dkim.key"]
        if audit.shown_key:
            key = self._find_dkim_key(audit.shown_key.key)
            # Nobody has asked for it: one that must not sign is left alone.
            key = key.filtered(lambda one: one._may_begin())
        for one in key:
            one._note_result(audit.shown_key.result)
            one._activate()
        self.sudo()._store(audit, watching=False, looking=True)
        return key

    def _find_dkim_key(self, known):
        """Return the record of a :class:`SigningKey`."""
        keys = self._get_dkim_keys().filtered(
            lambda key: (
                (key.selector, key._get_domain_name()) == (known.selector, known.domain)
            )
        )
        return keys[:1].with_env(self.env)

    @api.model
    def _cron_check_authentication(self):
        """Check the domains that are due, each outside any transaction."""
        due = self._get_due()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for domain in due:
            if not domain.exists():
                continue
            try:
                domain.sudo()._watch_once()
            except UNEXPECTED:
                # The others must not wait for the repair of this one.
                _logger.exception("Domain %s can't be checked", domain.name)
                domain.sudo().auth_next_check = next_check(fields.Datetime.now(), None)
            if not cron._commit_progress(1):
                break

    def _watch_once(self):
        """Check a domain for the cron; what it writes stays whole or not at all."""
        with self.env.cr.savepoint():
            coroutine = self._prepare_audit()
        # This ends the transaction: DNS may take its time.
        self.env["ir.cron"]._commit_progress()
        audit = asyncio.run(coroutine)
        with self.env.cr.savepoint():
            self._store(audit, watching=True)

    def _get_due(self):
        due = Domain("auth_next_check", "=", False) | Domain(
            "auth_next_check", "<=", fields.Datetime.now()
        )
        domains = self.search(due, order="auth_next_check, id")
        return domains.filtered(lambda domain: domain._is_used())
