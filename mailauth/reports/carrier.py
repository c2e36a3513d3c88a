# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which mails carry DMARC reports, told from all others at little cost."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..message.mime import MESSAGE_TYPES, Part, read_structure
from ..message.raw import read_raw
from ..message.raw_message import RawMessage
from .unpack import GZIP, MAX_MAIL, ZIP, is_zlib

# What stands in a mail that has an attachment of such a kind, in lower case.
_MARKS = (b"/gzip", b"/x-gzip", b"/zip", b"/x-zip", b"/xml", b"octet-stream")
_MARKS += (b".xml", b".gz", b".zip")
_TYPES = re.compile(r"(?:application|text)/(?:x-)?(?:gzip|gunzip|zip|xml|octet-stream)")
_ENDINGS = (".xml", ".gz", ".zip")
# RFC 9990 section 3.5.1; RFC 7489 section 7.2.1.1 likewise.
_NAME = re.compile(
    r"[^!\s/]{1,255}![^!\s/]{1,255}!\d{1,20}!\d{1,20}(?:![^!\s/]{0,100})?"
    r"\.(?:xml|zip|gz|xml\.gz|xml\.zip)\Z",
    re.IGNORECASE,
)
_SUBJECT = re.compile(rb"\s{0,20}report[ _]domain:", re.IGNORECASE)
_PASSED_ON = re.compile(rb"\s{0,20}[A-Za-z]{1,4}\s?:\s")  # Fwd:, Re:, WG:
_ROOT = re.compile(rb"<(?:[\w-]{1,40}:)?feedback[\s>/]", re.IGNORECASE)
_PEEK_IN = 64 * 1024  # bytes
_PEEK_OUT = 16 * 1024
_ZIP_HEAD = 30  # bytes before the name of a member
_DEFLATED = 8
_MAX_CHECKED = 20  # parts
# That are attached to one mail: who has a mailbox full passes them on at once.
_MAX_MAILS = 50
_REFERS = ("in-reply-to", "references")


@dataclass(frozen=True)
class Carried:
    """A mail that has a report with it.

    :param raw: the mail that the reporter has sent: another one where it is attached.
    :param is_attached: whether it is attached, as somebody does who passes it on.
    :param is_carrier: whether the mail was made for the report, by its form.
    :param is_read: whether there is a report in it; it only may be one otherwise, by
        its name or its type.
    :param name: of the file.
    """

    raw: bytes
    is_attached: bool = False
    is_carrier: bool = False
    is_read: bool = False
    name: str = ""


def may_carry(raw: bytes) -> bool:
    """Tell whether a mail may have a report with it; of most mails none of the marks.

    :param raw: a mail.
    """
    lower = raw[:MAX_MAIL].lower()
    return any(mark in lower for mark in _MARKS)


def find_carried(raw: bytes) -> tuple[Carried, ...]:
    """Return what a mail carries, () where it has nothing of that kind.

    :param raw: a mail, as it came.
    :return: itself, or the mails with reports that are attached to it.
    """
    message = read_raw(raw, MAX_MAIL)
    parts = read_structure(message).parts
    found = _find_report(parts)
    if found:
        part, is_read = found
        is_carrier = _is_carrier(message, part)
        return (Carried(raw, False, is_carrier, is_read, part.filename),)
    return tuple(_list_attached(parts))


def _list_attached(parts: tuple[Part, ...]) -> Iterator[Carried]:
    mails = [one for one in parts if one.content_type in MESSAGE_TYPES]
    for part in mails[:_MAX_MAILS]:
        inner = part.decode(MAX_MAIL)
        found = _find_report(read_structure(read_raw(inner, MAX_MAIL)).parts)
        if found and found[1]:
            yield Carried(inner, True, False, True, found[0].filename)


def _find_report(parts: tuple[Part, ...]) -> tuple[Part, bool] | None:
    """Return the part that is a report, and whether it is one; else what may be one."""
    maybe = None
    for part in _list_candidates(parts):
        head = _peek(part.decode(_PEEK_IN))
        if _ROOT.search(head.replace(b"\0", b"")):  # UTF-16
            return part, True
        if _NAME.match(part.filename) or (not head and maybe is None):
            maybe = part
    return (maybe, False) if maybe else None


def _list_candidates(parts: tuple[Part, ...]) -> Iterator[Part]:
    left = _MAX_CHECKED
    for part in parts:
        is_kind = _TYPES.match(part.content_type)
        if left and (is_kind or part.filename.lower().endswith(_ENDINGS)):
            left -= 1
            yield part


def _peek(content: bytes) -> bytes:
    """Return the beginning of what is packed, b"" where it can't be unpacked."""
    try:
        if content.startswith(GZIP):
            return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(
                content, _PEEK_OUT
            )
        if content.startswith(ZIP):
            return _peek_zip(content)
        if is_zlib(content):
            return zlib.decompressobj().decompress(content, _PEEK_OUT)
    except zlib.error:
        return b""
    return content[:_PEEK_OUT]


def _peek_zip(content: bytes) -> bytes:
    """Read the first member from its own header (APPNOTE.TXT section 4.3.7)."""
    method = int.from_bytes(content[8:10], "little")
    lengths = content[26:28], content[28:30]
    start = _ZIP_HEAD + sum(int.from_bytes(one, "little") for one in lengths)
    rest = content[start:]
    if method == _DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(rest, _PEEK_OUT)
    return rest[:_PEEK_OUT] if method == 0 else b""


def _is_carrier(message: RawMessage, part: Part) -> bool:
    """Tell whether a mail was made for the report in it: nobody has answered with it.

    What people pass on refers to it, or has another subject.
    """
    if any(message.get_all(name) for name in _REFERS):
        return False
    subject = next(iter(message.get_all("subject")), b"")
    if _SUBJECT.match(subject):
        return True
    return bool(_NAME.match(part.filename)) and not _PASSED_ON.match(subject)
