# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the domains of authors want receivers to do with mails in their name."""

import logging
import time
from contextlib import contextmanager
from datetime import timedelta

import psycopg2

import odoo
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ...mailauth.dmarc.policy import DmarcResult
from ...mailauth.dns.names import guess_registrable
from ..tools.host_names import fold
from ..tools.say_once import SayOnce
from . import author_lookups

_logger = logging.getLogger(__name__)
_logger.addFilter(SayOnce("DNS can't be asked about authors"))

UNKNOWN = "unknown"
MAILBOX_PROVIDER = "mailbox_provider"
SENDING_TIMEOUT = 2.0  # seconds that sending waits for DNS, once for each batch
STORING_TIMEOUT = 1.0  # seconds that a screen waits until an answer is stored
SHORTEST = timedelta(hours=1)  # that an answer is kept; absence is never kept longer
LONGEST = timedelta(days=1)
AFTER_FAILURE = timedelta(minutes=5)
# That the last answer stands in for one that DNS does not give (RFC 8767 section 5
# suggests one to three days; a mail that is rewritten costs more than a question).
WITHOUT_DNS = timedelta(days=7)
FORGOTTEN_AFTER = timedelta(days=30)
# What strangers can fill: 10,000 rows are some 2 MB, and more domains than write to
# most companies in a month. Many of one owner are made up.
MAX_ROWS = 10_000
MAX_ROWS_OF_OWNER = 100
GC_BATCH = 1000  # rows


class MailAuthorPolicy(models.Model):
    _name = "mail.author.policy"
    _description = "DMARC Policy of an Author's Domain"
    _rec_name = "domain"
    _order = "domain"

    domain = fields.Char(required=True, readonly=True)
    policy = fields.Selection(
        [
            ("none", "None: others may send in its name"),
            ("quarantine", "Quarantine: such mails go to spam"),
            ("reject", "Reject: such mails are refused"),
            (UNKNOWN, "Unknown: DNS did not answer"),
        ],
        required=True,
        readonly=True,
    )
    organizational_domain = fields.Char(
        readonly=True, help="The domain whose mails may sign for this one."
    )
    checked_on = fields.Datetime(
        required=True,
        readonly=True,
        help="When DNS last answered; if it never has, when it last failed to.",
    )
    valid_until = fields.Datetime(
        required=True, readonly=True, help="Asked again when it is needed after this."
    )

    _domain_uniq = models.Constraint("UNIQUE(domain)", "Each domain has one policy.")
    # Only a lookup writes: this is when it was asked last.
    _write_date_idx = models.Index("(write_date)")

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    @api.model
    def _find_policies(self, domains, timeout=SENDING_TIMEOUT):
        """Return what domains want, from the table or from DNS.

        Where DNS does not answer in time, its last answer counts for a week.

        :param domains: in A-labels.
        :param timeout: seconds to wait for DNS, for all together; 0: what DNS says is
            there for the next time; None: it is not asked.
        :return: by domain "none", "quarantine", "reject", "mailbox_provider", or
            "unknown" where nobody has answered in time.
        :rtype: dict[str, str]
        """
        policies = dict.fromkeys(domains, UNKNOWN)
        names = list(filter(is_name, policies))  # the others may be of any length
        known, stale = self._find_known(names)
        asked = [name for name in names if name not in known and timeout is not None]
        # The gates may be full of what strangers cause. Domains that have answered
        # before are more likely to be of people who really write here.
        asked.sort(key=lambda name: name not in stale)
        answers = self._ask(asked, timeout) if asked else {}
        return policies | stale | answers | known

    @api.model
    def _find_known(self, domains):
        """Return the policies that need no DNS now, and those that do without it.

        :return: by domain, those that are valid, fresh failures among them; and those
            that are not, but may stand in for what DNS does not answer.
        :rtype: tuple[dict[str, str], dict[str, str]]
        """
        providers = self.env["mail.mailbox.provider"]._get_domains()
        known = {domain: MAILBOX_PROVIDER for domain in domains if domain in providers}
        now, stale = fields.Datetime.now(), {}
        for row in self.sudo().search([("domain", "in", domains)]):
            if row.valid_until > now:
                known.setdefault(row.domain, row.policy)
            elif row.policy != UNKNOWN and row.checked_on > now - WITHOUT_DNS:
                stale[row.domain] = row.policy
        return known, stale

    @api.model
    def _ask(self, domains, timeout):
        """Ask DNS in the background, once at a time for each domain.

        :return: what DNS said in time, by domain; it is stored by itself.
        :rtype: dict[str, str]
        """
        resolver = self._get_resolver()
        # The evented server sends no mails. Its greenlets share one thread, in which
        # an event loop that runs on would let nobody else run theirs.
        if resolver is None or odoo.evented:
            return {}
        registry = self.env.registry
        results = author_lookups.get().ask(
            registry.db_name,
            domains,
            resolver,
            keep=lambda result: _keep(registry, result),
            timeout=timeout,
        )
        answers = {domain: _to_policy(result) for domain, result in results.items()}
        return {name: policy for name, policy in answers.items() if policy != UNKNOWN}

    @api.model
    def _is_being_asked(self, domain):
        """Tell whether this process asks DNS about a domain now."""
        return author_lookups.get().is_under_way((self.env.cr.dbname, domain))

    @api.model
    def _wait_for_answer(self, domain):
        """Wait for DNS as sending does, and until later transactions see its answer."""
        self._find_policies([domain])
        key = (self.env.cr.dbname, domain)
        author_lookups.get().wait_until_ended(key, STORING_TIMEOUT)

    @api.model
    def _ask_and_store(self, domains):
        """Ask DNS about domains at once, until later transactions see its answers.

        :param domains: in A-labels; what it does not answer in time goes on.
        """
        names = [name for name in domains if is_name(name)]
        if not names:
            return
        self._ask(names, SENDING_TIMEOUT)
        end = time.monotonic() + STORING_TIMEOUT
        for name in names:
            left = max(0, end - time.monotonic())
            author_lookups.get().wait_until_ended((self.env.cr.dbname, name), left)

    @api.model
    def _get_resolver(self):
        """Return what asks DNS, None where the parameters can't be understood.

        Values from before the installation are left as they were; they stop no mail.
        """
        try:
            return self.env["ir.config_parameter"]._get_dns_resolver()
        except UserError as error:
            _logger.warning("DNS can't be asked about authors: %s", error)
            return None

    # ------------------------------------------------------------
    # Storing
    # ------------------------------------------------------------

    @api.model
    def _store(self, result):
        """Keep what DNS said about a domain, as long as it said.

        :param DmarcResult result: of the domain.
        """
        if _to_policy(result) != UNKNOWN or not self._keep_last_answer(result):
            self._write_answer(result)
        self.invalidate_model()

    @api.model
    def _keep_last_answer(self, failure):
        """Let the last answer stand in for one that DNS did not give.

        :return: whether there is one that is young enough.
        """
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """UPDATE mail_author_policy
                   SET valid_until = %(end)s, write_date = %(now)s, write_uid = %(uid)s
                   WHERE domain = %(domain)s
                       AND policy != %(unknown)s AND checked_on > %(oldest)s
                   RETURNING id""",
                domain=failure.domain,
                unknown=UNKNOWN,
                oldest=now - WITHOUT_DNS,
                now=now,
                end=now + AFTER_FAILURE,
                uid=self.env.uid,
            )
        )
        return bool(rows)

    @api.model
    def _write_answer(self, result):
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_author_policy (
                       domain, policy, organizational_domain, checked_on, valid_until,
                       create_uid, write_uid, create_date, write_date)
                   VALUES (%(domain)s, %(policy)s, %(organizational)s, %(now)s, %(end)s,
                       %(uid)s, %(uid)s, %(now)s, %(now)s)
                   ON CONFLICT (domain) DO UPDATE SET
                       policy = EXCLUDED.policy,
                       organizational_domain = EXCLUDED.organizational_domain,
                       checked_on = EXCLUDED.checked_on,
                       valid_until = EXCLUDED.valid_until,
                       write_uid = EXCLUDED.write_uid,
                       write_date = EXCLUDED.write_date""",
                domain=result.domain,
                policy=_to_policy(result),
                organizational=result.organizational_domain,
                now=now,
                end=now + _to_validity(result),
                uid=self.env.uid,
            ),
            # Another process may store the same at the same time, which is no fault.
            log_exceptions=False,
        )

    @api.model
    def _drop_excess(self, domain):
        """Forget what is beyond the bounds, least recently asked first.

        :param domain: whose owner's rows are counted.
        """
        for condition, kept in (
            (of_owner(domain), MAX_ROWS_OF_OWNER),
            (Domain.TRUE, MAX_ROWS),
        ):
            if self._list_excess(condition, kept):
                # A tenth at once: each time costs a line in the log.
                self._list_excess(condition, kept * 9 // 10).unlink()

    @api.model
    def _list_excess(self, condition, kept):
        """Return rows beyond those asked last, what others have locked left out."""
        rows = self.search(
            condition, offset=kept, limit=GC_BATCH, order="write_date DESC, id DESC"
        )
        return rows.try_lock_for_update()

    @api.autovacuum
    def _gc_policies(self):
        old = Domain("write_date", "<", fields.Datetime.now() - FORGOTTEN_AFTER)
        dropped = self._list_excess(old, 0) or self._list_excess(Domain.TRUE, MAX_ROWS)
        dropped.unlink()
        return len(dropped), len(dropped) // GC_BATCH


def _keep(registry, result):
    try:
        with open_policies(registry) as policies:
            policies._store(result)
        # In another transaction: where what is dropped is in use and this fails, the
        # answer is kept all the same.
        with open_policies(registry) as policies:
            policies._drop_excess(result.domain)
    except psycopg2.Error as error:
        # Another process has stored the same, or the database is gone.
        _logger.debug("The policy of %s is not stored: %s", result.domain, error)


@contextmanager
def open_policies(registry):
    """Yield the model in a transaction of its own."""
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})["mail.author.policy"]


def of_owner(domain):
    """Return the condition for the rows of whoever owns a domain."""
    owner = guess_registrable(domain)
    below = Domain("domain", "=like", f"%.{escape_psql(owner)}")
    return below | Domain("domain", "=", owner)


def is_name(domain):
    """Tell whether a text is a domain, in its one spelling."""
    return domain == fold(domain) != ""


def _to_policy(result: DmarcResult) -> str:
    if result.problem in ("temperror", "name_invalid"):
        return UNKNOWN
    return result.policy or "none"


def _to_validity(result: DmarcResult) -> timedelta:
    if result.problem == "temperror":
        return AFTER_FAILURE
    if not result.policy:
        return SHORTEST
    return min(max(timedelta(seconds=result.ttl), SHORTEST), LONGEST)
