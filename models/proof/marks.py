# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""By what a message is recognized as the one that was sent, changed or not."""

import hashlib
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser

from odoo import tools

MAX_HEADER = 256 * 1024  # bytes
MARKS = ("Message-ID", "From", "Date", "Subject")
# A mailing list changes the subject, a service the Message-ID. Who forges a message
# knows none of them.
ENOUGH = 2


def read_marks(raw: bytes) -> dict[str, str]:
    """Return the hashes of what a message is recognized by.

    :param raw: a message; only its header is looked at.
    """
    return make_marks(BytesHeaderParser().parsebytes(raw[:MAX_HEADER]))


def make_marks(headers: Message) -> dict[str, str]:
    """Return the same of parsed header fields."""
    marks = {}
    for name in MARKS:
        if value := _normalize(name, headers.get(name)):
            digest = hashlib.sha256(value.encode("utf-8", "surrogatepass"))
            marks[name] = digest.hexdigest()
    return marks


def is_same(sent: dict, came: dict) -> bool:
    """Whether what came is the message that was sent.

    :param sent: its marks, as :func:`read_marks`.
    :param came: those of the other one.
    """
    return sum(1 for name, mark in sent.items() if came.get(name) == mark) >= ENOUGH


def _normalize(name, value):
    text = " ".join(str(value or "").split())[:2000]
    if name == "From":
        return tools.email_normalize(text) or text.lower()
    if name == "Subject":
        return _decode(text)
    return text


def _decode(text):
    """Return a subject without encoded words: a relay may write them anew."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text
