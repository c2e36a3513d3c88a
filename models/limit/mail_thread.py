"""Incoming mail: what it causes is counted as a stranger's, and answered sparingly."""

import asyncio
import logging
import threading
import time
from email.parser import BytesHeaderParser
from xmlrpc.client import Binary

from odoo import api, models, tools
from odoo.exceptions import UserError

from ...mailauth.address import is_readable_mailbox
from ...mailauth.dkim.verify import is_signed_by
from ...mailauth.dns.names import normalize_name
from ...mailauth.dns.resolver import per_check
from ...mailauth.errors import PermError
from ...mailauth.mailbox import parse_mailbox
from ..tools.carrier import carried, carry
from .budget import DailyLimitError
from .send_class import PUBLIC, Demand
from .send_mark import InboundMessage, SendMark

_logger = logging.getLogger(__name__)

VERIFY_TIMEOUT = 2.0  # seconds that the gateway waits for a stranger's DNS
VERIFIED_AN_HOUR = 60  # messages, in each process: a stranger chooses how long it takes


class MailThread(models.AbstractModel):
    # A file for each concern.
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Mark all that a message causes, replies and answers, as not of our people."""
        inbound = InboundMessage(_to_bytes(message))
        return super(MailThread, carry(self, inbound)).message_process(
            model,
            message,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )

    @api.model
    def _routing_create_bounce_email(
        self, email_from, body_html, message, **mail_values
    ):
        """Answer only who has really written, as far as the public budget goes.

        From and Return-Path are easy to forge: an answer to either goes to somebody
        who never wrote (backscatter). What is not answered is logged.
        """
        path = tools.mail.decode_message_header(message, "Return-Path")
        sender = path or email_from or ""
        to = is_readable_mailbox(sender) and tools.email_normalize(sender)
        reason = self._get_reason_for_silence(to, message)
        if not reason:
            thread = carry(self, SendMark(PUBLIC, frozenset({to})))
            try:
                with self.env.cr.savepoint():
                    return super(MailThread, thread)._routing_create_bounce_email(
                        email_from, body_html, message, **mail_values
                    )
            except DailyLimitError:
                reason = "the public budget of today is used up"
        message_id = str(message.get("Message-Id") or "")[:200]
        _logger.info("%s from %s is not answered: %s", message_id, to, reason)
        return None

    @api.model
    def _get_reason_for_silence(self, to, message):
        """Return why a message gets no automatic answer, "" where it gets one."""
        if not to:
            return "it has no sender"
        room = self.env["ir.mail_server"]._get_common_room(Demand(PUBLIC))
        if room is not None and room <= 0:
            return "the public budget of today is used up"
        if self._is_known_sender(to) or self._is_authentic_sender(to, message):
            return ""
        return "nothing proves that its sender has written it"

    @api.model
    def _is_known_sender(self, email):
        partners = self.env["res.partner"].sudo()
        return bool(partners.search_count([("email_normalized", "=", email)], limit=1))

    @api.model
    def _is_authentic_sender(self, to, message):
        """Whether DKIM proves that the domain of From sent it, and it is the one asked.

        :param to: who would get the answer.
        """
        inbound = carried(self.env, InboundMessage)
        author = parse_mailbox(str(message["From"] or "")).address
        try:
            domain = normalize_name(author.rpartition("@")[2])
            answered = normalize_name(to.rpartition("@")[2])
        except PermError:
            return False
        if not inbound or not f".{answered}".endswith(f".{domain}"):
            return False
        return _allowance.take() and self._verify(inbound.raw, domain)

    @api.model
    def _is_by_colleague(self, inbound):
        """Whether an incoming message is proven to be an internal user's; asked once.

        :param InboundMessage inbound: the message.
        """
        if inbound.by_colleague is None:
            inbound.by_colleague = False  # also for what is asked meanwhile
            author = _read_author(inbound.raw)
            inbound.by_colleague = bool(
                author
                and self._is_internal_address(author)
                and _allowance.take()
                and self._verify(inbound.raw, author.rpartition("@")[2])
            )
        return inbound.by_colleague

    @api.model
    def _is_internal_address(self, email):
        users = self.env["res.users"].sudo()
        mine = [("partner_id.email_normalized", "=", email), ("share", "=", False)]
        return bool(users.search_count(mine, limit=1))

    @api.model
    def _verify(self, raw, domain):
        """Whether DKIM proves it; what can't be asked proves nothing."""

        async def verify():
            async with per_check(resolver) as checked:
                return await is_signed_by(raw, domain, checked, int(time.time()))

        try:
            resolver = self.env["ir.config_parameter"]._get_dns_resolver(VERIFY_TIMEOUT)
            return asyncio.run(verify())
        except (UserError, OSError) as error:  # a parameter; no more files to open
            _log_once("No signature of incoming mail can be verified", error)
            return False


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


def _read_author(raw):
    """Return the address of the only From field of a message, else ""."""
    fields = BytesHeaderParser().parsebytes(raw).get_all("From", [])
    if len(fields) != 1:
        return ""
    address = parse_mailbox(str(fields[0])).address
    return tools.email_normalize(address) or ""


def _to_bytes(message):
    """Return a message as Odoo's ``message_process`` reads it."""
    if isinstance(message, Binary):
        return bytes(message.data)
    if isinstance(message, str):
        return message.encode("utf-8", "surrogateescape")
    return bytes(message) if isinstance(message, (bytes, bytearray)) else b""
