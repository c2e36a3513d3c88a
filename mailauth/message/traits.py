# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who sent a message on: mailing lists, and mailboxes that forward."""

import re
from collections.abc import Sequence

from ..address import split_address
from .hops import Trace
from .lexer import unfold
from .mail_hosts import get_group
from .raw_message import RawMessage

# What only the software of a list writes. List-Id and Precedence alone are in many a
# mailing that nobody but its sender has touched.
_LIST_FIELDS = (
    "X-BeenThere",
    "X-Mailman-Version",
    "Mailing-List",
    "X-Google-Group-Id",
    "X-Mailing-List",
    "X-Listserver",
)
_FORWARD_FIELDS = (
    "X-Forwarded-To",
    "X-Forwarded-For",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "Resent-From",
)
_RECIPIENT_FIELDS = (b"delivered-to", b"x-original-to", b"envelope-to")
# The Sender Rewriting Scheme, whose addresses say who forwarded.
_SRS = re.compile(r"(?:SRS[01][=+-]|[^@]{1,200}\+SRS=)", re.IGNORECASE)
_MAX_RECIPIENTS = 20
_MAX_FIELDS = 3
_ADDRESS = re.compile(r"(?<![\w.+=-])[\w.+=-]{1,64}@[\w.-]{1,253}")


def is_from_list(message: RawMessage) -> bool:
    """Tell whether a message came through a mailing list (RFC 2919, RFC 2369)."""
    if any(message.get_all(name) for name in _LIST_FIELDS):
        return True
    posts = [unfold(value).upper() for value in message.get_all("List-Post")]
    if any(post and not post.startswith("NO") for post in posts):
        return True
    kinds = [unfold(value).lower() for value in message.get_all("Precedence")]
    return bool(message.get_all("List-Id")) and "list" in kinds


def is_forwarded(
    message: RawMessage, traces: Sequence[Trace], place: int, limit: int
) -> bool:
    """Tell whether somebody's mailbox has sent a message on before the hand-over.

    :param traces: newest first.
    :param place: of the hand-over among them.
    :param limit: of the receiver's own among the message's fields.
    """
    if message.return_path and _SRS.match(message.return_path):
        return True
    if any(message.get_all(name) for name in _FORWARD_FIELDS):
        return True
    if is_from_list(message):
        return False  # a list's own address is another than its members'
    before = [trace.recipient for trace in traces[place + 1 :] if trace.recipient]
    before += _list_recipients(message, limit, len(message.fields))
    last = find_recipients(message, traces, place, limit)
    groups = {get_group(split_address(address)[1]) for address in last}
    return bool(groups) and any(
        get_group(split_address(address)[1]) not in groups for address in before
    )


def find_recipients(
    message: RawMessage, traces: Sequence[Trace], place: int, limit: int
) -> set[str]:
    """Return whom the receiver took a message for, in lower case.

    :param traces: newest first.
    :param place: of the hand-over among them.
    :param limit: of the receiver's own among the message's fields.
    """
    found = [trace.recipient.lower() for trace in traces[: place + 1]]
    found += _list_recipients(message, 0, limit)
    return {address for address in found if "@" in address}


def find_named(message: RawMessage, name: str) -> list[str]:
    """Return the addresses in the fields of a name, as far as their form tells."""
    text = " ".join(unfold(value) for value in message.get_all(name)[:_MAX_FIELDS])
    return [found.lower() for found in _ADDRESS.findall(text)][:_MAX_RECIPIENTS]


def _list_recipients(message: RawMessage, first: int, last: int) -> list[str]:
    """Return the addresses in fields that are written at delivery."""
    found = [
        unfold(value[:1000]).strip("<>").lower()
        for name, value in message.fields[first:last]
        if name.lower() in _RECIPIENT_FIELDS
    ]
    return [address for address in found if "@" in address][:_MAX_RECIPIENTS]
