# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Authors of mails that may wait in the queue are asked about before they are sent."""

import logging
from datetime import timedelta

import psycopg2

import odoo
from odoo import api, fields, models
from odoo.fields import Domain

from ...mailauth.mailbox import parse_mailbox
from . import author_lookups
from .mail_author_policy import is_name, of_owner, open_policies

_logger = logging.getLogger(__name__)

# Lookups in 24 hours, sending's own among them, beyond which nothing is asked ahead:
# most companies hear from fewer new domains. Each process may be MAX_BACKLOG beyond.
AHEAD_A_DAY = 1000
AHEAD_OF_OWNER = 20


class MailAuthorPolicy(models.Model):
    # A file for each concern; above the servers, which ask for policies themselves.
    _inherit = "mail.author.policy"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _note_author(self, email_from):
        """Look an author's domain up after the commit, in the background.

        Only for authors of mails that are to be sent: whoever writes here without
        anybody getting a mail of it causes no questions. It asks nothing of the
        database here: this runs for every message.

        :param email_from: as in a From header; may be empty.
        """
        domain = parse_mailbox(email_from).domain
        key = (self.env.cr.dbname, domain)
        if not domain or odoo.evented or author_lookups.get().is_noted(key):
            return
        postcommit = self.env.cr.postcommit
        noted = postcommit.data.setdefault("mail_deliverability_authors", set())
        if domain not in noted:
            noted.add(domain)
            registry = self.env.registry
            postcommit.add(lambda: _consider(registry, domain))

    @api.model
    def _ask_ahead(self, domain):
        """Start a lookup if sending may want to know about a domain."""
        if not (is_name(domain) and self._can_matter(domain)):
            return
        known, _stale = self._find_known([domain])
        if domain not in known and self._has_room_ahead(domain):
            self._ask([domain], timeout=0)

    @api.model
    def _can_matter(self, domain):
        """Tell whether what a domain wants can decide who a mail comes from.

        For mails that force no server.
        """
        mails = [(f"x@{domain}", False)]
        return bool(self.env["ir.mail_server"]._pick_undecided(mails))

    @api.model
    def _has_room_ahead(self, domain):
        """Tell whether strangers have caused fewer lookups today than they may."""
        today = Domain("write_date", ">", fields.Datetime.now() - timedelta(days=1))
        for condition, limit in (
            (today, AHEAD_A_DAY),
            (today & of_owner(domain), AHEAD_OF_OWNER),
        ):
            if self.search_count(condition, limit=limit) >= limit:
                return False
        return True


def _consider(registry, domain):
    """Decide in the background whether to ask ahead."""
    author_lookups.get().consider(
        (registry.db_name, domain), lambda: _ask_ahead(registry, domain)
    )


def _ask_ahead(registry, domain):
    try:
        with open_policies(registry) as policies:
            policies._ask_ahead(domain)
    except psycopg2.Error as error:
        _logger.debug("%s is not looked up: %s", domain, error)
