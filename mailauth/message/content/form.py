# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The form of header and lines (RFC 5322): how often, how long, of which bytes."""

import re
from collections import Counter
from collections.abc import Iterator

from ...findings import Reason, reason
from ...printable import printable
from ..receiver_rules import break_rule
from ..result import MessageFinding
from .judged import Judged, list_names, show_fields, show_name

MAX_LINE = 998  # octets without CRLF (RFC 5322 section 2.1.1)
# RFC 5322 section 3.6; From has a rule of its own.
_ONCE = frozenset(
    b"bcc cc date in-reply-to message-id references reply-to sender subject to".split()
)
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")
_LONE_CR = re.compile(rb"\r(?!\n)")
_MAX_FOUND = 5


def check_repeated(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that a field stands there twice that may stand there once."""
    names = (name.lower() for name, _value in judged.message.fields)
    counted = Counter(name for name in names if name in _ONCE)
    twice = {name for name, number in counted.items() if number > 1}
    if twice:
        fields = judged.message.fields
        wrong = [field for field in fields if field[0].lower() in twice]
        why = reason("field_repeated", fields=list_names(wrong))
        yield break_rule("header_repeated", why, found=show_fields(wrong))


def check_header(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that the header can't be read, or is too large."""
    problems = judged.message.problems
    if "header_malformed" in problems:
        yield break_rule("header_malformed", reason("header_no_field"))
    if "header_too_large" in problems or "too_many_fields" in problems:
        yield break_rule("header_large", reason("header_size"))


def check_ascii(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that there are other bytes than ASCII in the header."""
    if judged.facts.utf8:
        return
    wrong = [(n, v) for n, v in judged.own_fields if _EIGHT_BIT.search(v)]
    if wrong:
        why = reason("field_not_ascii", fields=list_names(wrong))
        yield break_rule("header_not_ascii", why, found=show_fields(wrong))


def check_lines(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that a line has more than 998 octets."""
    why: list[Reason] = []
    shown = ""
    for name, value in judged.own_fields:
        if longest := _measure_field(name, value):
            field = show_name(name)
            why.append(reason("line_of_field", field=field, octets=longest))
            shown = shown or show_fields([(name, value)])
    body = judged.message.body
    if (place := find_long_line(body)) is not None:
        end = body.find(b"\r\n", place)
        octets = (end if end >= 0 else len(body)) - place
        line = body.count(b"\n", 0, place) + 1
        why.append(reason("line_of_body", line=line, octets=octets))
        shown = shown or printable(body[place : place + 200], 200)
    if why:
        yield break_rule("line_too_long", *why[:_MAX_FOUND], found=shown)


def _measure_field(name: bytes, value: bytes) -> int:
    """Return the length of a field's longest line if it is too long, else 0."""
    if len(name) + len(value) <= MAX_LINE:
        return 0
    longest = max(map(len, (name + b":" + value).split(b"\r\n")))
    return longest if longest > MAX_LINE else 0


def find_long_line(body: bytes) -> int | None:
    """Return where the first line begins that is too long, in linear time."""
    place = 0
    while len(body) - place > MAX_LINE:
        last = body.rfind(b"\n", place, place + MAX_LINE + 2)
        if last < 0:
            return place
        place = last + 1
    return None


def check_characters(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that there are NUL bytes, or line ends that are half ones."""
    data = judged.message.data
    if b"\0" in data:
        yield break_rule("characters_forbidden", reason("nul_byte"))
    elif _LONE_CR.search(data):
        yield break_rule("characters_forbidden", reason("lone_cr"))
