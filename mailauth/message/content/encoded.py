# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Encoded words (RFC 2047) where nobody decodes them."""

import re
from collections.abc import Iterator

from ...findings import reason
from ..receiver_rules import break_rule
from ..result import MessageFinding
from .judged import Judged, list_names, show_fields

_WORD = re.compile(rb"=\?[^?\s]{1,40}\?[bBqQ]\?[^?\s]{0,1000}\?=")
_IN_BRACKETS = re.compile(rb"<[^<>=]{0,1000}=\?[^<>]{0,1000}>")
# Fields in which there is no free text at all (RFC 2047 section 5).
_STRUCTURED = frozenset(
    b"auto-submitted content-id content-transfer-encoding date dkim-signature"
    b" feedback-id in-reply-to list-archive list-help list-owner list-post"
    b" list-subscribe message-id mime-version precedence references return-path".split()
)
# Fields in which names may be encoded, and what stands in brackets may not.
_WITH_NAMES = frozenset(b"bcc cc from list-id reply-to sender to".split())


def is_encoded(value: bytes) -> bool:
    """Tell whether there is an encoded word in a field's value."""
    return bool(_WORD.search(value))


def check_encoded(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that fields are encoded which have to be read as they stand."""
    wrong = [field for field in judged.own_fields if _is_wrong(*field)]
    if wrong:
        why = reason("field_encoded", fields=list_names(wrong))
        yield break_rule("header_encoded", why, found=show_fields(wrong))


def _is_wrong(name: bytes, value: bytes) -> bool:
    field = name.lower()
    if field in _STRUCTURED:
        return is_encoded(value)
    if field not in _WITH_NAMES or not is_encoded(value):
        return False
    bare = b"<" not in value and b"@" not in _WORD.sub(b"", value)
    if bare and field != b"list-id":
        # A group has a name and a colon; From has a rule of its own.
        return field != b"from" and b":" not in value
    return any(_WORD.search(part) for part in _IN_BRACKETS.findall(value))
