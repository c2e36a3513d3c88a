# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A message as it was sent: what a pipe, a mailbox or a clipboard did to it undone."""

import re
from dataclasses import dataclass

MAX_MESSAGE = 30 * 1024 * 1024  # bytes
MAX_HEADER = 256 * 1024  # bytes; mail servers refuse less
MAX_FIELDS = 2000
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")


@dataclass(frozen=True)
class RawMessage:
    """A message, taken apart into header fields and body.

    :param data: the whole message with CRLF line ends, without the lines that a pipe or
        a mailbox puts before it; cut off after :data:`MAX_MESSAGE` bytes.
    :param fields: (name, value) in order, each value with its folds and its last CRLF.
    :param body: what stands behind the empty line.
    :param return_path: the address in the first Return-Path, "" for the null sender,
        None where there is none.
    :param eight_bit_damaged: whether bytes above 127 may have been changed on the way
        in, so that a hash that fails proves nothing.
    :param problems: codes of what can't be read as it should be.
    """

    data: bytes
    fields: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    return_path: str | None = None
    eight_bit_damaged: bool = False
    problems: tuple[str, ...] = ()

    def get_all(self, name: str) -> list[bytes]:
        """Return the values of all fields of a name, in order, folds included."""
        wanted = name.lower().encode()
        return [value for found, value in self.fields if found.lower() == wanted]


def read_raw(raw: bytes) -> RawMessage:
    """Return a message in whatever way it came in; never raises.

    :param raw: from a pipe, a mailbox, a file or a text field.
    """
    problems = ["too_large"] if len(raw) > MAX_MESSAGE else []
    data = raw[:MAX_MESSAGE]
    if data.count(b"\n") != data.count(b"\r\n"):
        data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if data.startswith(b"From "):
        data = data.partition(b"\r\n")[2]
    head, _empty, body = data.partition(b"\r\n\r\n")
    fields: list[tuple[bytes, bytes]] = []
    for line in re.split(rb"\r\n(?![ \t])", head[:MAX_HEADER])[:MAX_FIELDS]:
        if match := _FIELD.match(line):
            fields.append((match[1], line[match.end() :] + b"\r\n"))
        else:
            problems.append("header_malformed")
    paths = [value for name, value in fields if name.lower() == b"return-path"]
    path = paths[0].strip().strip(b"<>").decode("ascii", "replace") if paths else None
    codes = tuple(dict.fromkeys(problems))
    return RawMessage(data, tuple(fields), body, path, problems=codes)


def find_attached(raw: bytes) -> bytes | None:
    """Return the first whole message that is attached to another one, None for none.

    :param raw: the message that it may be attached to.
    """
    return None
