# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A message as DKIM hashes it (RFC 6376 section 3.4), in linear time.

A sender could use what is quadratic, in runs of spaces or in folds, against a verifier.
Whatever is replaced is so by ``bytes.replace``: an expression needs a second for some
million of them.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import PermError

_MAX_LINES = 100_000  # of a header section; reading each takes a few steps
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+[ \t]*):")
_WSP = b" \t"  # RFC 5234: bytes.strip() takes form feeds and others as well

# The name as written, with white space before the colon, and what follows the colon,
# folds and last CRLF included.
HeaderField = Sequence[bytes]


@dataclass(frozen=True)
class CanonicalForm:
    """What c= names (section 3.4).

    :param header: "simple" or "relaxed".
    :param body: the same for the body.
    """

    header: str
    body: str

    def to_c_value(self) -> str:
        return f"{self.header}/{self.body}"

    def canonicalize_headers(
        self, fields: Sequence[HeaderField]
    ) -> list[tuple[bytes, bytes]]:
        """Return (name, value) of each field, the value with its CRLF."""
        if self.header == "simple":
            return [(name, value) for name, value in fields]
        return [
            (field_name(name), _relax_line(value.replace(b"\r\n", b"")) + b"\r\n")
            for name, value in fields
        ]

    def canonicalize_body(self, body: bytes) -> bytes:
        """Return the body as it is hashed.

        :param body: with CRLF line ends.
        """
        if self.body == "simple":
            return _close_body(body) or b"\r\n"
        body = _make_runs_one(body).replace(b" \r\n", b"\r\n")
        return _close_body(body.removesuffix(b" "))


def get_form(value: str) -> CanonicalForm | None:
    """Return what a c= tag names, None for unknown algorithms (section 3.5)."""
    header, _slash, body = value.partition("/")
    form = CanonicalForm(header, body or "simple")
    known = {form.header, form.body} <= {"simple", "relaxed"}
    return form if known else None


def field_name(name: bytes) -> bytes:
    """Return the name of a field as it is compared."""
    return name.rstrip(_WSP).lower()


def _relax_line(line: bytes) -> bytes:
    return _make_runs_one(line).strip(b" ")


def _make_runs_one(data: bytes) -> bytes:
    data = data.replace(b"\t", b" ")
    while b"  " in data:  # each time, a run gets half as long
        data = data.replace(b"  ", b" ")
    return data


def _close_body(body: bytes) -> bytes:
    """Return the body without empty lines at its end, b"" where all are empty."""
    end = len(body)
    for count in (65_536, 256, 1):
        lines = b"\r\n" * count
        while end >= len(lines) and body.startswith(lines, end - len(lines)):
            end -= len(lines)
    if end and body.startswith(b"\r\n", end):
        return body[: end + 2]  # of a whole body no copy, and it may be 30 MB
    return body[:end] + b"\r\n" if end else b""


class Message:
    """A message, split into what DKIM hashes.

    ``headers`` is a list of :data:`HeaderField`; ``body`` has CRLF line ends.

    :param message: with line ends LF or CRLF.
    :param body: what stands behind the empty line, where somebody has cut it off
        already: it may be 30 MB, and is not copied again. The message has CRLF then.
    :raises PermError: "message_headers": a header line that is no field, or too many
        lines.
    """

    def __init__(self, message: bytes, body: bytes = b""):
        if body:
            head, self.body = message[: -len(body)].removesuffix(b"\r\n\r\n"), body
        else:
            head, self.body = split_message(message)
        if head.count(b"\r\n") > _MAX_LINES:
            raise PermError("message_headers", "too many lines")
        self.headers = [list(field) for field in split_fields(head)]
        self._canonical: dict[str, list[tuple[bytes, bytes]]] = {}

    def hash_headers(
        self,
        form: CanonicalForm,
        names: Sequence[bytes],
        own: HeaderField,
        itself: HeaderField | None = None,
    ) -> bytes:
        """Return SHA-256 of the fields that h= names and the signature's own.

        :param names: in lower case; a field is taken from the bottom up for each time
            that its name stands here, none where none is left (section 5.4.2).
        :param own: the signature without the value of b=.
        :param itself: the signature as it stands in ``headers``, never one of those
            that h= names (section 3.5).
        """
        if form.header not in self._canonical:
            self._canonical[form.header] = form.canonicalize_headers(self.headers)
        ((own_name, own_value),) = form.canonicalize_headers([own])
        chosen = [self._canonical[form.header][i] for i in self._choose(names, itself)]
        hasher = hashlib.sha256()
        for name, value in [*chosen, (own_name, own_value.removesuffix(b"\r\n"))]:
            hasher.update(name + b":" + value)
        return hasher.digest()

    def _choose(self, names: Sequence[bytes], itself: HeaderField | None) -> list[int]:
        places: dict[bytes, list[int]] = {name: [] for name in names}
        for index, field in enumerate(self.headers):
            if field is not itself and field_name(field[0]) in places:
                places[field_name(field[0])].append(index)
        return [places[name].pop() for name in names if places[name]]


def split_message(message: bytes) -> tuple[bytes, bytes]:
    """Return the header section and the body, both with CRLF line ends."""
    if message.count(b"\n") != message.count(b"\r\n"):
        message = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if message.startswith(b"\r\n"):
        return b"", message[2:]
    head, _empty, body = message.partition(b"\r\n\r\n")
    return head, body


def split_fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Return the fields of a header section as they are written.

    :return: :data:`HeaderField` of each.
    :raises PermError: "message_headers": a line that is neither a field nor its fold.
    """
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in head.split(b"\r\n") if head else []:
        match = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line)
        elif match:
            fields.append((match[1], [line[match.end() :]]))
        elif not line.startswith(b"From ") and line:
            raise PermError("message_headers", "a line without a field")
    return [(name, b"\r\n".join([*lines, b""])) for name, lines in fields]
