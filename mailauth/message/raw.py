# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A message as it was sent: what a pipe, a mailbox or a clipboard did to it undone.

Each of them does something: POP joins lines with LF, a pipe adds the line "From " and
Return-Path, odoo-mailgate reads text and writes it anew, Windows doubles line ends,
Apple Mail counts bytes before the message, a web page shows a summary above the source.
A signature covers the bytes that were sent, so all of it is undone that leaves a trace.
"""

import codecs
import re
from dataclasses import replace

from .eight_bit import is_damaged
from .lexer import unfold
from .mime import MESSAGE_TYPES, Part, read_structure
from .raw_message import RawMessage

MAX_MESSAGE = 30 * 1024 * 1024  # bytes
MAX_HEADER = 256 * 1024  # bytes; mail servers refuse less
MAX_FIELDS = 2000
PROBLEMS = (
    "too_large",  # the rest was not read
    "header_too_large",  # as before
    "too_many_fields",  # as before
    "header_malformed",  # a line that is no field was left out
    "text_before_header",  # left out: a clipboard brought it along
    "several_messages",  # a mailbox: only the first was read
    "body_missing",  # nothing behind the header, not even an empty line
    "outlook_msg",  # Outlook's own format, which holds no source
    "not_a_message",  # nothing that is a header
)
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] section 2.2
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Apple Mail's .emlx: how many bytes the message has; a property list follows it.
_EMLX = re.compile(rb"\A(\d{1,9}) *\r?\n")
_BEFORE = re.compile(
    rb"\A(?:>?From [^\r\n]*|"
    rb"Return-Path[ \t]*:(?P<path>[^\r\n]*(?:\r\n[ \t][^\r\n]*)*))\r\n",
    re.IGNORECASE,
)
# RFC 4155; the date keeps a sentence of the body from being taken for one.
_NEXT_IN_MBOX = re.compile(
    rb"\r\n\r\nFrom \S{1,320} {1,2}[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d "
    rb"[^\r\n]{4,20}\r\n[\x21-\x39\x3b-\x7e]{1,80}:"
)
# What every message has one of by the time that somebody can copy its source.
_MARK = re.compile(
    rb"^(?:Received|Return-Path|Message-ID|MIME-Version|DKIM-Signature)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_SEARCHED = 64 * 1024  # bytes before a header
_MAX_ATTACHED = 20
_ADDRESS = re.compile(r"<([^<>]*)>")


def read_raw(raw: bytes, most: int = MAX_MESSAGE) -> RawMessage:
    """Return a message in whatever way it came in; never raises.

    :param raw: from a pipe, a mailbox, a file or a text field.
    :param most: bytes that are read.
    """
    if raw.startswith(_OLE):
        return RawMessage(b"", problems=("outlook_msg",))
    problems = ["too_large"] if len(raw) > most else []
    data = _mend_lines(unwrap(bytes(raw[:most])))
    data, path = _strip_before(data, problems)
    head, separator, body = _split(data)
    fields = _split_fields(head, problems)
    if not fields:
        problems[:] = ["not_a_message"]
    elif not separator and "too_large" not in problems:
        problems.append("body_missing")
    message = RawMessage(
        data,
        tuple(fields),
        body,
        _read_path(path, fields),
        problems=tuple(dict.fromkeys(problems)),
        path_before=path is not None,
    )
    return replace(message, eight_bit_damaged=is_damaged(message))


def find_attached(raw: bytes) -> bytes | None:
    """Return the first whole message that is attached to another one, None for none.

    Where there is none but one in Outlook's own format, that is returned:
    :func:`read_raw` says what it is.

    :param raw: the message that it may be attached to.
    """
    outlook = None
    for data in list_attached(raw):
        if data.startswith(_OLE):
            outlook = outlook or data
        elif read_raw(data).fields:
            return data
    return outlook


def list_attached(raw: bytes) -> list[bytes]:
    """Return what is attached to a message as one, by its type or its name.

    It may be another thing all the same.
    """
    parts = read_structure(read_raw(raw)).parts
    found = [part for part in parts if _is_attached_message(part)]
    return [part.decode(MAX_MESSAGE) for part in found[:_MAX_ATTACHED]]


def _is_attached_message(part: Part) -> bool:
    if part.content_type in MESSAGE_TYPES:
        return True
    return part.filename.lower().endswith((".eml", ".msg", ".emlx"))


def unwrap(data: bytes) -> bytes:
    """Undo what a file or a text field puts around the whole message."""
    if data.startswith(_UTF16):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    match = _EMLX.match(data)
    if match and int(match[1]) <= len(data) - match.end():
        data = data[match.end() :][: int(match[1])]
    return data.lstrip(b" \t\r\n") if _is_blank(data) else data


def _is_blank(data: bytes) -> bool:
    """Tell whether the first line is empty, as behind a clipboard."""
    return not data[:1000].partition(b"\n")[0].strip()


def _mend_lines(data: bytes) -> bytes:
    """Return a message with CRLF line ends.

    A CR alone stays: it may be part of a line, and DKIM hashes it. But where there is
    no LF at all it ends the lines.
    """
    ends = data.count(b"\n")
    if not ends:
        return data.replace(b"\r", b"\r\n")
    if ends == data.count(b"\r\r\n"):
        return data.replace(b"\r\r\n", b"\r\n")
    if ends != data.count(b"\r\n"):
        return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return data


def _strip_before(data: bytes, problems: list[str]) -> tuple[bytes, bytes | None]:
    """Return the message without what stands before it, and the Return-Path of that."""
    if data.startswith(b"From ") and (match := _NEXT_IN_MBOX.search(data)):
        data = data[: match.start() + 2]
        problems.append("several_messages")
    path = None
    for _time in range(5):
        if not (match := _BEFORE.match(data)):
            break
        path = match["path"] if path is None else path
        data = data[match.end() :]
    first = data[:_SEARCHED].partition(b"\r\n")[0]
    if first and not _FIELD.match(first) and (start := _find_header(data)):
        problems.append("text_before_header")
        return data[start:], path
    return data, path


def _find_header(data: bytes) -> int:
    """Return where the header begins behind other text, 0 where none is found."""
    place = 0
    for block in data[:_SEARCHED].split(b"\r\n\r\n")[:50]:
        start, position = place, place
        for line in block.split(b"\r\n"):
            position += len(line) + 2
            if not _FIELD.match(line) and line[:1] not in (b" ", b"\t"):
                start = position
        if _MARK.search(data[start : place + len(block)]):
            return start
        place += len(block) + 4
    return 0


def _split(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the header, what separates it from the body, and the body."""
    if data.startswith(b"\r\n"):
        return b"", b"\r\n", data[2:]
    return data.partition(b"\r\n\r\n")


def _split_fields(head: bytes, problems: list[str]) -> list[tuple[bytes, bytes]]:
    """Return the fields of a header, bounded, and note what can't be read."""
    if len(head) > MAX_HEADER:
        problems.append("header_too_large")
        head = head[:MAX_HEADER]
    lines = re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n")) if head else []
    if len(lines) > MAX_FIELDS:
        problems.append("too_many_fields")
    fields: list[tuple[bytes, bytes]] = []
    for line in lines[:MAX_FIELDS]:
        if match := _FIELD.match(line):
            fields.append((match[1], line[match.end() :] + b"\r\n"))
        elif not line.startswith((b"From ", b">From ")):
            problems.append("header_malformed")
    return fields


def _read_path(path: bytes | None, fields: list[tuple[bytes, bytes]]) -> str | None:
    if path is None:
        found = (value for name, value in fields if name.lower() == b"return-path")
        path = next(found, None)
    return None if path is None else read_path(path)


def read_path(value: bytes) -> str | None:
    """Return the address in the value of a Return-Path, "" for the null sender.

    Exchange writes it without brackets, Postfix's pipe the name of its daemon for the
    null sender, getmail "unknown" where there was none.
    """
    text = unfold(value[:1000])
    match = _ADDRESS.search(text)
    path = (match[1] if match else text.partition(" ")[0]).strip()
    if path.lower() == "unknown":
        return None
    return "" if path.partition("@")[0].upper() == "MAILER-DAEMON" else path
