"""What the domains of authors want receivers to do with mails in their name."""

import asyncio
import logging
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

import psycopg2

import odoo
from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..mailauth.dmarc_check import DmarcResult, discover_dmarc
from ..mailauth.errors import PermError
from ..mailauth.names import normalize_name
from ..mailauth.sender import matches_filter, parse_mailbox

_logger = logging.getLogger(__name__)

UNKNOWN = "unknown"
MAILBOX_PROVIDER = "mailbox_provider"
SENDING_TIMEOUT = 2.0  # seconds that sending waits for DNS, once for each batch
SHORTEST = timedelta(hours=1)  # that an answer is kept; absence is never kept longer
LONGEST = timedelta(days=1)
AFTER_FAILURE = timedelta(minutes=5)
NOTED_FOR = 3600.0  # seconds in which a process does not look at a domain again
MAX_NOTED = 10_000  # domains
MAX_BACKLOG = 100  # lookups under way beyond which nothing is asked ahead
# Lookups side by side; each opens at most a socket for each name of its walk.
MAX_AHEAD = 20
MAX_WAITED_FOR = 40

# Lookups leave the request and outlive it, so they can't live in an environment.
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="author_policy")
_loops: dict[int, "LookupLoop"] = {}  # by process: a fork takes no thread along
_lookups: dict[tuple[str, str], Future] = {}
_ahead: set[tuple[str, str]] = set()  # that wait to be looked at
_noted: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


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
    checked_on = fields.Datetime(required=True, readonly=True)
    valid_until = fields.Datetime(
        required=True, readonly=True, help="Asked again when it is needed after this."
    )

    _domain_uniq = models.Constraint("UNIQUE(domain)", "Each domain has one policy.")

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    @api.model
    def _find_policies(self, domains, timeout=SENDING_TIMEOUT):
        """Return what domains want, from the table or from DNS.

        :param domains: in A-labels.
        :param timeout: seconds to wait for DNS, for all together.
        :return: by domain "none", "quarantine", "reject", "mailbox_provider", or
            "unknown" where nobody has answered in time.
        :rtype: dict[str, str]
        """
        policies = dict.fromkeys(domains, UNKNOWN)
        known = self._find_known(policies)
        asked = [name for name in policies if name not in known and _is_name(name)]
        futures = {domain: self._start_lookup(domain) for domain in asked}
        wait(futures.values(), timeout=timeout)
        for domain, future in futures.items():
            if future.done() and not future.cancelled():
                policies[domain] = _to_policy(future.result())
        return policies | known

    @api.model
    def _find_known(self, domains):
        """Return the policies that need no DNS now, fresh failures among them."""
        providers = self.env["mail.mailbox.provider"]._get_domains()
        known = {domain: MAILBOX_PROVIDER for domain in domains if domain in providers}
        now = fields.Datetime.now()
        rows = self.sudo().search(
            [("domain", "in", list(domains)), ("valid_until", ">", now)]
        )
        return {row.domain: row.policy for row in rows} | known

    @api.model
    def _start_lookup(self, domain, ahead=False):
        """Ask DNS in the background, once at a time for each domain.

        :param ahead: whether nobody waits for the answer.
        :return: the future of a :class:`DmarcResult`; it is stored by itself.
        """
        registry = self.env.registry
        key = (registry.db_name, domain)
        resolver = self.env["ir.config_parameter"]._get_dns_resolver()
        with _lock:
            if key in _lookups:
                return _lookups[key]
            future = _lookups[key] = Future()
        try:
            LookupLoop.get().start(registry, domain, resolver, future, ahead)
        except RuntimeError as error:
            # No thread starts while the interpreter ends.
            _logger.debug("%s is not looked up: %s", domain, error)
            _forget(key, future)
        return future

    # ------------------------------------------------------------
    # Storing
    # ------------------------------------------------------------

    @api.model
    def _store(self, result):
        """Keep what DNS said about a domain, as long as it said.

        :param DmarcResult result: of the domain.
        """
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
            # Another process may store the same at the same time: no error to see.
            log_exceptions=False,
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_policies(self):
        stale = fields.Datetime.now() - timedelta(days=30)
        self.search([("valid_until", "<", stale)]).unlink()

    # ------------------------------------------------------------
    # Asking ahead
    # ------------------------------------------------------------

    @api.model
    def _note_author(self, email_from):
        """Look an author's domain up after the commit, in the background.

        It asks nothing of the database here: this runs for every message.

        :param email_from: as in a From header; may be empty.
        """
        domain = parse_mailbox(email_from)[1].rpartition("@")[2]
        if not domain or odoo.evented or _is_noted(self.env.cr.dbname, domain):
            return
        postcommit = self.env.cr.postcommit
        noted = postcommit.data.setdefault("mail_deliverability_authors", set())
        if domain not in noted:
            noted.add(domain)
            registry = self.env.registry
            postcommit.add(lambda: _ask_ahead(registry, domain))

    @api.model
    def _refresh(self, domain):
        """Start a lookup if sending may want to know about a domain."""
        wanted = self.env["ir.config_parameter"]._get_sender_policy() == "dmarc"
        own = self.env["ir.mail_server"]._get_own_domains()
        foreign = not any(matches_filter(f"x@{domain}", part) for part in own)
        if wanted and foreign and _is_name(domain) and not self._find_known([domain]):
            self._start_lookup(domain, ahead=True)


class LookupLoop:
    """The event loop on which a process runs its lookups, in a thread of its own.

    A domain whose DNS hangs takes no thread from the others, and those that are asked
    ahead take no room from those that sending waits for.
    """

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._ahead = asyncio.Semaphore(MAX_AHEAD)
        self._waited_for = asyncio.Semaphore(MAX_WAITED_FOR)
        threading.Thread(
            target=self._loop.run_forever, name="author_policy_loop", daemon=True
        ).start()

    @classmethod
    def get(cls):
        """Return the one of this process."""
        with _lock:
            if os.getpid() not in _loops:
                _loops[os.getpid()] = cls()
            return _loops[os.getpid()]

    def start(self, registry, domain, resolver, future, ahead):
        """Begin a lookup; see :meth:`MailAuthorPolicy._start_lookup`."""
        gate = self._ahead if ahead else self._waited_for
        lookup = _look_up(registry, domain, resolver, future, gate)
        started = asyncio.run_coroutine_threadsafe(lookup, self._loop)
        started.add_done_callback(_log_failure)


def _run_in_background(function, *arguments):
    """Start a function in a thread of its own.

    :return: whether it starts; where the process is about to end, it does not.
    """
    try:
        started = _pool.submit(function, *arguments)
    except RuntimeError as error:
        # The interpreter closes all pools before the last requests have ended.
        _logger.debug("%s is not run: %s", function.__name__, error)
        return False
    started.add_done_callback(_log_failure)
    return True


def _ask_ahead(registry, domain):
    with _lock:
        if len(_lookups) + len(_ahead) >= MAX_BACKLOG:
            return
        _ahead.add((registry.db_name, domain))
    if not _run_in_background(_refresh, registry, domain):
        with _lock:
            _ahead.discard((registry.db_name, domain))


def _log_failure(done):
    if error := done.exception():
        _logger.warning("Looking up an author's policy failed", exc_info=error)


async def _look_up(registry, domain, resolver, future, gate):
    """Ask DNS and tell who waits, and only then store the answer."""
    key = (registry.db_name, domain)
    storing = False
    try:
        async with gate:
            result = await discover_dmarc(domain, resolver)
        future.set_result(result)
        storing = _run_in_background(_keep_and_forget, registry, result, key, future)
    finally:
        if not storing:
            _forget(key, future)


def _keep_and_forget(registry, result, key, future):
    try:
        _keep(registry, result)
    finally:
        _forget(key, future)


def _forget(key, future):
    """Let others ask again; if it has failed, nobody needs to wait for it."""
    if future.cancel():
        future.set_running_or_notify_cancel()
    with _lock:
        _lookups.pop(key, None)


def _keep(registry, result):
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["mail.author.policy"]._store(result)
    except psycopg2.Error as error:
        # Another process has stored the same, or the database is gone.
        _logger.debug("The policy of %s is not stored: %s", result.domain, error)


def _refresh(registry, domain):
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["mail.author.policy"]._refresh(domain)
    except psycopg2.Error as error:
        _logger.debug("%s is not looked up: %s", domain, error)
    finally:
        with _lock:
            _ahead.discard((registry.db_name, domain))


def _is_noted(dbname, domain):
    """Tell whether this process has looked at a domain lately, and remember it."""
    now = time.monotonic()
    with _lock:
        if now - _noted.get((dbname, domain), -NOTED_FOR) < NOTED_FOR:
            return True
        if len(_noted) >= MAX_NOTED:
            _noted.clear()
        _noted[dbname, domain] = now
    return False


def _is_name(domain):
    try:
        return normalize_name(domain) == domain
    except PermError:
        return False


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
