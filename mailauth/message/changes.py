# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What was done to a message whose signatures don't fit any more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..dkim.appended import find_appended
from ..dkim.changed import FieldChange, MessageDifference, PartChange, compare_messages
from ..dkim.verify import DkimSignatureResult
from .raw import read_raw

_MAX_TRIES = 2  # different hashes of a body that are looked for
_SHOWN_LINES = 10  # of each part
_TOUCHED = ("signature_body", "signature_data")


@dataclass(frozen=True)
class Changes:
    """What was changed since a message was signed, as far as it can be told.

    :param kind: where text was added: "text" (at the end), "inside" (anywhere), "part",
        "epilogue"; "" where none was.
    :param added: the first lines of it, as they can be shown, in any alphabet.
    :param content: a line for each change of the content; needs the message as it was
        sent.
    :param fields: the same of the header.
    :param unsigned: whether it was signed when it was sent, and is no more.
    """

    kind: str = ""
    added: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    unsigned: bool = False


def find_changes(
    data: bytes, signatures: Sequence[DkimSignatureResult], sent: bytes | None
) -> Changes:
    """Say what was done to a message; nothing where all signatures fit.

    :param data: the message, CRLF.
    :param sent: as it was sent, None where that is not known.
    """
    touched = [one for one in signatures if one.problem in _TOUCHED]
    if not touched:
        return Changes(unsigned=not signatures and _is_signed(sent))
    kind, added = _find_added(data, touched)
    if sent is None:
        return Changes(kind, added)
    names = dict.fromkeys(name for one in touched for name in one.signed)
    difference = compare_messages(sent, data, names)
    if not kind and any(one.problem == "signature_body" for one in touched):
        kind, added = _read_added(difference)
    return Changes(
        kind,
        added,
        tuple(_show_parts(difference)),
        tuple(map(_show_field, difference.fields)),
    )


def _is_signed(sent: bytes | None) -> bool:
    return bool(sent) and bool(read_raw(sent).get_all("dkim-signature"))


def _find_added(
    data: bytes, touched: Iterable[DkimSignatureResult]
) -> tuple[str, tuple[str, ...]]:
    """Return what stands behind the content that was signed, by its hash alone."""
    bodies = {
        (one.canonical, one.body_hash, one.length): one
        for one in touched
        if one.problem == "signature_body"
    }
    for one in list(bodies.values())[:_MAX_TRIES]:
        if appended := find_appended(data, one):
            return appended.kind, appended.lines
    return "", ()


def _read_added(difference: MessageDifference) -> tuple[str, tuple[str, ...]]:
    """Return what was added where nothing else was done, in the middle as well."""
    parts = difference.parts
    if not parts or any(part.removed or not part.added for part in parts):
        return "", ()
    is_part = all(part.kind == "added" for part in parts)
    lines = tuple(line for part in parts for line in part.added)
    return "part" if is_part else "inside", lines


def _show_parts(difference: MessageDifference) -> Iterator[str]:
    for part in difference.parts:
        yield _name_part(part)
        yield from (f"+ {line}" for line in part.added[:_SHOWN_LINES])
        yield from (f"- {line}" for line in part.removed[:_SHOWN_LINES])


def _name_part(part: PartChange) -> str:
    name = f" {part.name}" if part.name else ""
    return f"{part.number}. {part.content_type}{name}: {part.kind}"


def _show_field(change: FieldChange) -> str:
    if change.kind == "added":
        return f"+ {change.name}: {change.after}"
    if change.kind == "removed":
        return f"- {change.name}: {change.before}"
    return f"{change.name}: {change.before} -> {change.after}"
