# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whom an incoming message is for. It is hostile, and bounded here."""

import re
from email.message import Message

from odoo.fields import Domain

from ...mailauth.address import split_address
from ...mailauth.from_filter import fold_address

MOST = 200  # addresses, and fields of one name
MAX_VALUE = 64 * 1024  # characters of a header field that are looked at
# Where mail servers and programs write who a message is for: the envelope comes first,
# so that ten thousand in To don't hide it.
RECIPIENTS = (
    "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc",
)  # fmt: skip
_BETWEEN = re.compile(r"[\s<>,;:\"()\[\]]+")
_FOR = re.compile(r"\bfor\s+<?([^\s<>;]+)", re.IGNORECASE)


def list_recipients(headers: Message) -> set[str]:
    """Return the addresses that a message is for, folded.

    :param headers: its header fields.
    """
    words = []
    for name in RECIPIENTS:
        for value in read_values(headers, name):
            words += _BETWEEN.split(value)
    for value in read_values(headers, "Received"):
        words += _FOR.findall(value)
    addresses = [word for word in words if "@" in word]
    return {fold_address(one) for one in addresses[:MOST]}


def read_values(headers: Message, name: str) -> list[str]:
    """Return the values of all fields of a name, cut off where they are absurd."""
    return [str(value)[:MAX_VALUE] for value in headers.get_all(name, [])[:MOST]]


def has_alias(env, recipients) -> bool:
    """Whether a message is for an alias, by Odoo's own rule.

    :param env: with all rights.
    :param recipients: addresses, folded.
    """
    locals_ = [split_address(one)[0] for one in recipients]
    named = Domain("alias_full_name", "in", list(recipients))
    local = Domain("alias_name", "in", locals_)
    local &= Domain("alias_incoming_local", "=", True)
    return bool(env["mail.alias"].search_count(named | local, limit=1))
