# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who a bounce is about that nobody here can read: as far as flufl.bounce knows it."""

import email
import email.policy
import logging

from ..message.raw import RawMessage

_MAX_SIZE = 256 * 1024  # bytes; its expressions were not written for hostile texts
_MAX_MARKS = 200  # delimiters that may stand in it: Python's parser goes into each
_MAX_FOUND = 50


def find_failures(message: RawMessage) -> list[str]:
    """Return the addresses that have failed for good, in order, none where it is not
    installed: it is an optional package."""
    if len(message.data) > _MAX_SIZE or message.data.count(b"\n--") > _MAX_MARKS:
        return []
    try:
        from flufl.bounce import scan_message
    except ImportError:
        return []
    # It tells of each mail that one of its readers breaks at as of an error, with all
    # that led to it: anybody can send such mails.
    logging.getLogger("flufl.bounce").disabled = True
    # It takes what a field says for a text, which Python does not for other bytes.
    text = message.data.decode("ascii", "replace")
    parsed = email.message_from_string(text, policy=email.policy.compat32)
    try:
        found = scan_message(parsed)
    except (AttributeError, IndexError, LookupError, TypeError, ValueError):
        return []
    return sorted(
        name
        for address in found
        if "@" in (name := _read(address)) and len(name) <= 320
    )[:_MAX_FOUND]


def _read(address: bytes | str) -> str:
    if isinstance(address, bytes):
        return address.decode("utf-8", "replace")
    return address
