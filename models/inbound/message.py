# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An incoming message: read once, for all who want to know something of it."""

import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from functools import cached_property
from xmlrpc.client import Binary

from odoo import tools

from ...mailauth.address import split_address
from ...mailauth.mailbox import parse_mailbox
from ..tools.carrier import Carried
from ..tools.host_names import fold
from .recipients import list_recipients

MAX_HEADER = 256 * 1024  # bytes; mail servers refuse less
MAX_SHOWN = 200  # characters of what a stranger has written, in the log
_END_OF_HEADER = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, eq=False)
class InboundMessage(Carried):
    """The incoming message that is being processed.

    Whoever may call Odoo's ``message_process`` chooses what is in it: it is hostile.

    :param bytes raw: the message as it came.
    """

    raw: bytes = field(repr=False)
    _answers: dict = field(default_factory=dict, init=False, repr=False)

    KEY = "mail_deliverability_inbound"

    @cached_property
    def headers(self) -> Message:
        """The header fields; none where they are longer than any program writes."""
        end = _END_OF_HEADER.search(self.raw, 0, MAX_HEADER)
        if not end and len(self.raw) > MAX_HEADER:
            return Message()
        head = self.raw[: end.end()] if end else self.raw
        return BytesHeaderParser().parsebytes(head)

    @cached_property
    def message_id(self) -> str:
        """The Message-ID, bounded for the log."""
        return str(self.headers.get("Message-Id") or "")[:MAX_SHOWN]

    @cached_property
    def recipients(self) -> frozenset[str]:
        """The addresses that it is for, folded: see :mod:`.recipients`."""
        return frozenset(list_recipients(self.headers))

    @cached_property
    def author(self) -> str:
        """The address in the only From field; "" where there is not exactly one."""
        fields = self.headers.get_all("From", [])
        if len(fields) != 1:
            return ""
        return tools.email_normalize(parse_mailbox(str(fields[0])).address) or ""

    @cached_property
    def author_domain(self) -> str:
        """The domain of the author in A-labels, "" where there is none."""
        return fold(split_address(self.author)[1])

    def ask_once(self, question, find):
        """Return an answer about the message that costs something to find.

        :param question: hashable, what it is kept under.
        :param find: called without arguments the first time; False is the answer to
            who asks meanwhile.
        """
        if question not in self._answers:
            self._answers[question] = False
            self._answers[question] = find()
        return self._answers[question]

    def forget(self):
        """Forget all answers, since what was written with them is undone."""
        self._answers.clear()


def read_inbound(message) -> InboundMessage:
    """Return a message in one of the forms that ``message_process`` gets; never raises.

    :param message: bytes, text or ``xmlrpc.client.Binary``; of anything else nothing is
        read, and Odoo refuses it.
    """
    if isinstance(message, Binary):
        message = message.data
    if isinstance(message, str):
        message = message.encode("utf-8", "surrogatepass")
    known = isinstance(message, (bytes, bytearray))
    return InboundMessage(bytes(message) if known else b"")
