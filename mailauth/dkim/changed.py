# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What became of a message on its way, where the message that was sent is known.

Hashes say that something was changed; a comparison says what. It takes linear time, so
lines that were moved are neither added nor removed.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Literal

from ..errors import PermError
from .canonical import CanonicalForm, Message, field_name
from .leaves import MAX_LINE, MAX_LINES, Leaf, list_leaves, read_text, show_lines
from .sign import SIGNED_HEADERS

MAX_BYTES = 10_000_000  # of each message; more is not compared
_MAX_FIELDS = 50
_MAX_VALUE = 2000  # bytes of a field that are read
_FORM = CanonicalForm("relaxed", "relaxed")
_CONTEXT = 40  # characters shown before the place where two long lines differ
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class FieldChange:
    """A header field that is not what it was.

    :param name: as it is written in the message, printable ASCII.
    :param kind: "changed", "added", "removed" or "encoded" (it says the same).
    :param before: its text as it can be shown, in any alphabet; "" for none.
    :param after: the same afterwards.
    """

    name: str
    kind: Literal["changed", "added", "removed", "encoded"]
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class PartChange:
    """A part of the body that is not what it was.

    :param number: its place among the leaf parts of the message that arrived, from 1;
        of a part that was removed among those that were sent.
    :param content_type: such as "text/plain".
    :param name: its file name, "" for none.
    :param kind: "changed", "added", "removed", "encoded" (another transfer encoding,
        the same content), "spaces" (nothing but white space) or "moved" (the same
        lines in another order).
    :param added: the first lines that are new, as they can be shown; none of what
        stands behind the first million characters of a text.
    :param removed: the first lines that are gone.
    """

    number: int
    content_type: str
    name: str
    kind: Literal["changed", "added", "removed", "encoded", "spaces", "moved"]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class MessageDifference:
    """What is not as it was sent.

    :param fields: of the fields that were compared, in their order.
    :param parts: of the body, in their order.
    :param notes: codes: "structure" (the body differs, all of its parts are the same:
        their headers, boundaries, preamble or epilogue), "too_large" (the bodies were
        not compared) or "unreadable" (a header that can't be read: nothing was).
    """

    fields: tuple[FieldChange, ...] = ()
    parts: tuple[PartChange, ...] = ()
    notes: tuple[str, ...] = ()


def compare_messages(
    sent: bytes, received: bytes, names: Iterable[str] = SIGNED_HEADERS
) -> MessageDifference:
    """Say what was added, removed or changed between two states of a message.

    White space that the relaxed form of DKIM doesn't see is no change of a field.

    :param sent: as it left.
    :param received: as it arrived; hostile.
    :param names: of the header fields to compare, in lower case: those that a signature
        covers (``DkimSignatureResult.signed``).
    """
    try:
        before, after = Message(sent), Message(received)
    except PermError:
        return MessageDifference(notes=("unreadable",))
    fields = tuple(_compare_fields(before, after, names))[:_MAX_FIELDS]
    if max(len(before.body), len(after.body)) > MAX_BYTES:
        return MessageDifference(fields, notes=("too_large",))
    parts = _compare_leaves(_list_leaves(before), _list_leaves(after))
    if parts or _is_same_body(before.body, after.body):
        return MessageDifference(fields, parts)
    return MessageDifference(fields, notes=("structure",))


def _is_same_body(before: bytes, after: bytes) -> bool:
    return _FORM.canonicalize_body(before) == _FORM.canonicalize_body(after)


def _list_leaves(message: Message) -> tuple[Leaf, ...]:
    head = b"".join(
        name + b":" + value
        for name, value in message.headers
        if field_name(name).startswith(b"content-")
    )
    return list_leaves(head, message.body)


def _compare_fields(
    before: Message, after: Message, names: Iterable[str]
) -> Iterable[FieldChange]:
    sent, received = _group_fields(before), _group_fields(after)
    for name in dict.fromkeys(names):
        old, new = sent[name.encode()], received[name.encode()]
        same = Counter(value for _name, value in old) & Counter(v for _n, v in new)
        old, new = _subtract(old, same), _subtract(new, same)
        for index in range(max(len(old), len(new))):
            yield _describe_field(old[index : index + 1], new[index : index + 1])


def _group_fields(message: Message) -> dict[bytes, list[tuple[bytes, bytes]]]:
    """Return (name, value in relaxed form) of the fields by their names."""
    found = defaultdict(list)
    relaxed = _FORM.canonicalize_headers(message.headers)
    for (written, _value), (name, value) in zip(message.headers, relaxed, strict=True):
        found[name].append((written.rstrip(), value))
    return found


def _subtract(
    fields: list[tuple[bytes, bytes]], same: Counter[bytes]
) -> list[tuple[bytes, bytes]]:
    left = Counter(same)
    kept = []
    for name, value in fields:
        if left[value]:
            left[value] -= 1
        else:
            kept.append((name, value))
    return kept


def _describe_field(
    old: Sequence[tuple[bytes, bytes]], new: Sequence[tuple[bytes, bytes]]
) -> FieldChange:
    name = (new or old)[0][0].decode("ascii")[:100]
    before, after = (_read_field(f[0][1]) if f else "" for f in (old, new))
    if not old:
        return FieldChange(name, "added", "", after)
    if not new:
        return FieldChange(name, "removed", before, "")
    is_same = _SPACES.sub("", before) == _SPACES.sub("", after)
    is_cut = max(len(old[0][1]), len(new[0][1])) > _MAX_VALUE
    kind = "encoded" if is_same and not is_cut else "changed"
    return FieldChange(name, kind, before, after)


def _read_field(value: bytes) -> str:
    """Return the text of a field, its encoded words (RFC 2047) decoded."""
    text = read_text(value[:_MAX_VALUE].strip(), "latin-1")
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        pieces = [(text, None)]
    decoded = "".join(
        piece if isinstance(piece, str) else read_text(piece, charset or "latin-1")
        for piece, charset in pieces
    )
    (shown,) = show_lines([decoded.replace("\n", " ")])
    return shown


def _compare_leaves(
    sent: tuple[Leaf, ...], received: tuple[Leaf, ...]
) -> tuple[PartChange, ...]:
    """Match the parts of two messages, first those that are the same.

    What is left over is compared with what is left over of the same type, in order.
    """
    old, new = dict(enumerate(sent, 1)), dict(enumerate(received, 1))
    _drop_same(old, new, _identify)
    encoded = _drop_same(old, new, _identify_content)
    changes = [_note(number, leaf, "encoded") for number, leaf in encoded.items()]
    for number, leaf in new.items():
        match = next((n for n, o in old.items() if o.kind == leaf.kind), None)
        if match is None:
            lines = leaf.read_lines() if leaf.is_text else []
            changes.append(_note(number, leaf, "added", lines))
        else:
            changes.append(_compare_leaf(number, old.pop(match), leaf))
    changes.sort(key=lambda change: change.number)
    for number, leaf in old.items():
        lines = leaf.read_lines() if leaf.is_text else []
        changes.append(_note(number, leaf, "removed", [], lines))
    return tuple(changes)


def _drop_same(
    old: dict[int, Leaf], new: dict[int, Leaf], identify: Callable[[Leaf], tuple]
) -> dict[int, Leaf]:
    """Remove from both what is in both; return those of the new ones."""
    places = defaultdict(list)
    for number, leaf in reversed(old.items()):
        places[identify(leaf)].append(number)
    same = {}
    for number, leaf in new.items():
        if numbers := places[identify(leaf)]:
            del old[numbers.pop()]
            same[number] = leaf
    for number in same:
        del new[number]
    return same


def _identify(leaf: Leaf) -> tuple:
    return leaf.kind, leaf.name, leaf.encoding, leaf.body.rstrip(b"\r\n")


def _identify_content(leaf: Leaf) -> tuple:
    data = leaf.read_text().encode() if leaf.is_text else leaf.decode()
    return leaf.kind, leaf.name, hashlib.sha256(data).digest()


def _compare_leaf(number: int, old: Leaf, new: Leaf) -> PartChange:
    if not new.is_text:
        return _note(number, new, "changed")
    before, after = old.read_lines(), new.read_lines()
    if before == after:  # what differs stands behind the lines that are compared
        return _note(number, new, "changed")
    if _SPACES.sub("", "".join(before)) == _SPACES.sub("", "".join(after)):
        return _note(number, new, "spaces")
    common = Counter(before) & Counter(after)
    added = _list_others(after, common)
    removed = _list_others(before, common)
    kind = "changed" if added or removed else "moved"
    pairs = zip(removed[:MAX_LINES], added[:MAX_LINES], strict=False)
    for index, pair in enumerate(pairs):
        removed[index], added[index] = _focus(*pair)
    return _note(number, new, kind, added, removed)


def _list_others(lines: list[str], common: Counter[str]) -> list[str]:
    left = Counter(common)
    others = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        elif line.strip():
            others.append(line)
    return others


def _focus(old: str, new: str) -> tuple[str, str]:
    """Return two long lines from a little before the place where they differ."""
    if max(len(old), len(new)) <= MAX_LINE:
        return old, new
    low, high = 0, min(len(old), len(new))
    while low < high:  # halved each time, so that all is compared about once
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    start = low - _CONTEXT
    return (f"...{old[start:]}", f"...{new[start:]}") if start > 0 else (old, new)


def _note(
    number: int,
    leaf: Leaf,
    kind: str,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
) -> PartChange:
    shown = (
        show_lines([line for line in lines if line.strip()])
        for lines in (added, removed)
    )
    return PartChange(number, leaf.kind, leaf.name, kind, *shown)
