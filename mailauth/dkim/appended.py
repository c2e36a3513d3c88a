# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What was put at the end of a body after it was signed, proved by its hash alone.

bh= is the hash of the body that was signed. Where the beginning of the body that has
arrived has this hash, what follows was added: by a mailing list, a scanner, a
disclaimer. The message that was sent need not be known.
"""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..errors import PermError
from .canonical import CanonicalForm, Message, field_name, get_form
from .leaves import Leaf, get_boundary, list_leaves, parse_head, show_lines
from .verify import DkimSignatureResult

MAX_LINE_ENDS = 20_000  # looked at from the end; a footer is a few lines
_MAX_SHOWN = 16_384  # bytes of what was added that are read to be shown
_CONTENT = (b"content-type", b"content-transfer-encoding")


@dataclass(frozen=True)
class Appended:
    """What stands in a body behind what was signed.

    :param kind: "text" (behind the text), "part" (another part of a multipart) or
        "epilogue" (behind the last part, where no mail program shows it).
    :param lines: the beginning of it, as it can be shown, in any alphabet.
    :param size: octets, in canonical form.
    :param signed_size: octets of the body that was signed, in canonical form.
    """

    kind: Literal["text", "part", "epilogue"]
    lines: tuple[str, ...]
    size: int
    signed_size: int


def find_appended(message: bytes, signature: DkimSignatureResult) -> Appended | None:
    """Return what was added at the end of a signed body, None where nothing was.

    None as well where that can't be proved: something else was changed, or more than
    20,000 lines were added. Takes linear time.

    :param message: as :func:`~.verify.verify_dkim` has it.
    :param signature: its result, of which body_hash, canonical and length are used.
    """
    form = get_form(signature.canonical)
    if form is None or not signature.body_hash:
        return None
    try:
        parsed = Message(message)
    except PermError:
        return None
    body = form.canonicalize_body(parsed.body)
    head = _join_content_fields(parsed)
    boundary = get_boundary(parse_head(head))
    if signature.length is not None:
        end = _measure_part(body, signature.length, signature.body_hash)
        is_part = False
    else:
        end, is_part = _find_end(body, form, boundary, signature.body_hash)
    if end is None or end >= len(body):
        return None
    last = form.canonicalize_body(b"--" + boundary + b"--")
    is_behind = boundary and body.endswith(last, 0, end)
    kind = "part" if is_part else "epilogue" if is_behind else "text"
    lines = _show(_read_behind(parsed.body, body[end:]), kind, head)
    return Appended(kind, lines, len(body) - end, end)


def _join_content_fields(message: Message) -> bytes:
    fields = [f for f in message.headers if field_name(f[0]) in _CONTENT]
    return b"".join(name + b":" + value for name, value in fields)


def _measure_part(body: bytes, length: int, body_hash: bytes) -> int | None:
    digest = hashlib.sha256(memoryview(body)[: min(length, len(body))]).digest()
    return length if digest == body_hash and length <= len(body) else None


def _find_end(
    body: bytes, form: CanonicalForm, boundary: bytes, body_hash: bytes
) -> tuple[int | None, bool]:
    """Return where the signed body ends, and whether a part was put behind it there.

    A list adds its part before the last delimiter ("--x--"), where the delimiter of
    that part ("--x") now stands instead.
    """
    if hashlib.sha256(form.canonicalize_body(b"")).digest() == body_hash:
        return 0, False
    opening, closing = (
        form.canonicalize_body(b"--" + boundary + end) for end in (b"", b"--")
    )
    hasher = hashlib.sha256()
    for start, end in _walk_lines(body):
        line = memoryview(body)[start:end]
        if boundary and line == opening:
            closed = hasher.copy()
            closed.update(closing)
            if closed.digest() == body_hash:
                return start, True
        hasher.update(line)
        if line != b"\r\n" and hasher.copy().digest() == body_hash:
            return end, False
    return None, False


def _walk_lines(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of the last lines, before them all others as one."""
    ends, end = [len(body)], len(body)
    while len(ends) < MAX_LINE_ENDS and end > 2:
        end = body.rfind(b"\r\n", 0, end - 2) + 2
        if end < 2:  # not found
            break
        ends.append(end)
    yield from itertools.pairwise([0, *reversed(ends)])


def _read_behind(body: bytes, added: bytes) -> bytes:
    """Return what was added as it stands in the message, white space included."""
    count = added.count(b"\r\n")
    if count > MAX_LINE_ENDS:
        return added[:_MAX_SHOWN]
    text = body.rstrip(b" \t\r\n")
    start = len(text)
    for _line in range(count):
        start = text.rfind(b"\r\n", 0, max(start, 0))
    start = start + 2 if start >= 0 else 0
    return text[start : start + _MAX_SHOWN] + b"\r\n"


def _show(added: bytes, kind: str, head: bytes) -> tuple[str, ...]:
    leaves = list_leaves(head, added)
    if kind != "part" and (not leaves or leaves[0].encoding == "base64"):
        leaves = (Leaf("text/plain", "", "", "7bit", added),)
    lines = [line for leaf in leaves if leaf.is_text for line in leaf.read_lines()]
    return show_lines([line for line in lines if line.strip()])
