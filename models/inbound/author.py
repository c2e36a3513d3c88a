# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who has really written an incoming message: what DKIM proves, and nothing else."""

import asyncio
import logging
import threading
import time

from odoo.exceptions import UserError

from ...mailauth.dkim.verify import find_signature
from ...mailauth.dns.resolver import per_check

_logger = logging.getLogger(__name__)

VERIFY_TIMEOUT = 2.0  # seconds that the gateway waits for a stranger's DNS
VERIFIED_AN_HOUR = 60  # messages, in each process: a stranger chooses how long it takes


def is_author_proven(env, message):
    """Whether DKIM proves that the domain in From sent a message; asked once.

    :param InboundMessage message: the message.
    """
    return message.ask_once(
        "author is proven",
        lambda: bool(
            message.author_domain and _allowance.take() and _verify(env, message)
        ),
    )


def is_by_colleague(env, message):
    """Whether a message is proven to be an internal user's; asked once.

    :param InboundMessage message: the message.
    """
    return message.ask_once(
        "by a colleague",
        lambda: (
            bool(message.author)
            and _is_internal_address(env, message.author)
            and is_author_proven(env, message)
        ),
    )


def _is_internal_address(env, email):
    mine = [("partner_id.email_normalized", "=", email), ("share", "=", False)]
    return bool(env["res.users"].sudo().search_count(mine, limit=1))


def _verify(env, message):
    """Whether DKIM proves it; what can't be asked proves nothing."""

    async def verify():
        async with per_check(resolver) as checked:
            domain, now = message.author_domain, int(time.time())
            return await find_signature(message.raw, domain, checked, now)

    try:
        resolver = env["ir.config_parameter"]._get_dns_resolver(VERIFY_TIMEOUT)
        signature = asyncio.run(verify())
    except (UserError, OSError) as error:  # a parameter; no more files to open
        _log_once("No signature of incoming mail can be verified", error)
        return False
    if signature:
        domains = env["mail.alias.domain"]
        domains._note_signature(signature.domain, signature.selector)
    return bool(signature)


class Allowance:
    """So many times an hour, in this process.

    :param int most: times.
    """

    def __init__(self, most):
        self._most = most
        self._lock = threading.Lock()
        self._since = time.monotonic()
        self._taken = 0

    def take(self):
        """Return whether it may happen once more."""
        now = time.monotonic()
        with self._lock:
            if now - self._since >= 3600:
                self._since, self._taken = now, 0
            self._taken += 1
            return self._taken <= self._most


_allowance = Allowance(VERIFIED_AN_HOUR)
_logged = set()  # classes of errors


def _log_once(text, error):
    """Warn of a kind of error when it comes up in this process, not each time."""
    if type(error) not in _logged:
        _logged.add(type(error))
        _logger.warning("%s: %s", text, error)
