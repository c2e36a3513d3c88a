# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an incoming message says of test messages: looked for before it is parsed.

It is hostile, and there is one for each incoming mail: most have no clue, and are told
by one search for bytes.
"""

import re
from dataclasses import dataclass
from email.message import Message

from ...mailauth.address import split_address
from ..inbound.recipients import list_recipients, read_values
from .token import IN_TEXT, TOKEN, find_in_address

MAX_HEADER = 256 * 1024  # bytes
MOST = 200  # tokens of one message

_MARK = b"openerp-test-"
_HINT = re.compile(rf"\+{TOKEN}".encode(), re.IGNORECASE)
_ATTACHED = re.compile(
    rf"^Message-ID:\s{{0,9}}<[^>\r\n]{{0,200}}openerp-test-({TOKEN})\b".encode(),
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Clues:
    """Tokens by where they stand, each in lower case.

    :param recipients: addresses that the message is for, folded.
    :param message_id: in Message-ID: it is a test message itself.
    :param subject: in the subject.
    :param answered: in References and In-Reply-To.
    :param attached: in the Message-ID of a message that is attached.
    """

    recipients: frozenset[str] = frozenset()
    message_id: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()

    def find_addressed(self, catchalls) -> tuple[str, ...]:
        """Return the tokens in addresses that test messages are sent to.

        :param catchalls: the catchall addresses of this database, folded.
        """
        return tuple(
            token
            for one in sorted(self.recipients)
            if (token := find_in_address(one)) and strip_token(one) in catchalls
        )

    @property
    def mentioned(self) -> tuple[str, ...]:
        """The tokens that prove nothing: anybody who has seen a test may name them."""
        return (*self.subject, *self.answered, *self.attached)


def find_clues(raw: bytes, headers: Message) -> Clues | None:
    """Return what a message says of tests, None where it says nothing.

    :param raw: the message as it came.
    :param headers: its header fields.
    """
    if _MARK not in raw and not _HINT.search(raw, 0, MAX_HEADER):
        return None
    return Clues(
        frozenset(list_recipients(headers)),
        _find_in(headers, "Message-ID"),
        _find_in(headers, "Subject"),
        _find_in(headers, "References", "In-Reply-To"),
        _find_attached(raw),
    )


def strip_token(address: str) -> str:
    """Return an address without what stands behind its plus sign."""
    local, domain = split_address(address)
    return f"{local.partition('+')[0]}@{domain}"


def _find_in(headers, *names):
    texts = (text for name in names for text in read_values(headers, name))
    found = [token.lower() for text in texts for token in IN_TEXT.findall(text)]
    return tuple(dict.fromkeys(found))[:MOST]


def _find_attached(raw):
    found = []
    for match in _ATTACHED.finditer(raw):
        found.append(match[1].decode().lower())
        if len(found) == MOST:
            break
    return tuple(dict.fromkeys(found))
