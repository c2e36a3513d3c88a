# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A message as DKIM hashes it: dkimpy's canonical forms, in linear time.

dkimpy strips the white space at the ends of lines with an expression that is quadratic
in runs of spaces, and joins folded header fields by repeated copying. A sender could
use both against a verifier. Whatever is replaced is so by ``bytes.replace``: an
expression needs a second for some million of them.
"""

import re

import dkim
from dkim.canonicalization import CanonicalizationPolicy, Relaxed, Simple

_MAX_LINES = 100_000  # of a header section; reading each takes a few steps
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")


class LinearRelaxed(Relaxed):
    """The "relaxed" algorithm (RFC 6376 sections 3.4.2 and 3.4.4)."""

    @staticmethod
    def canonicalize_body(body: bytes) -> bytes:
        """Return the body with runs of white space made one, then those at ends cut."""
        body = body.replace(b"\t", b" ")
        while b"  " in body:  # each time, a run gets half as long
            body = body.replace(b"  ", b" ")
        body = body.replace(b" \r\n", b"\r\n")
        body = body[:-1] if body.endswith(b" ") else body
        return _close_body(body)


class LinearSimple(Simple):
    """The "simple" algorithm (RFC 6376 sections 3.4.1 and 3.4.3)."""

    @staticmethod
    def canonicalize_body(body: bytes) -> bytes:
        """Return the body with exactly one line end at its end."""
        return _close_body(body) or b"\r\n"


def _close_body(body: bytes) -> bytes:
    """Return the body without empty lines at its end, b"" where all are empty."""
    end = len(body)
    for count in (65_536, 256, 1):
        lines = b"\r\n" * count
        while end >= len(lines) and body.startswith(lines, end - len(lines)):
            end -= len(lines)
    return body[:end] + b"\r\n" if end else b""


_ALGORITHMS = {"simple": LinearSimple, "relaxed": LinearRelaxed}


def get_policy(value: str) -> CanonicalizationPolicy | None:
    """Return the algorithms that a c= tag names, None for others (section 3.5)."""
    header, _slash, body = value.partition("/")
    try:
        return CanonicalizationPolicy(
            _ALGORITHMS[header], _ALGORITHMS[body or "simple"]
        )
    except KeyError:
        return None


class Message(dkim.DKIM):
    """A message, split into what DKIM hashes.

    ``headers`` is a list of (name, value) with the value's folds and last CRLF kept;
    ``body`` has CRLF line ends.

    :raises dkim.MessageFormatError: a header line that is no field, or too many lines.
    """

    def set_message(self, message: bytes) -> None:  # pylint: disable=missing-return
        """Read a message, with line ends LF or CRLF."""
        super().set_message(None)
        head, body = split_message(message)
        if head.count(b"\r\n") > _MAX_LINES:
            raise dkim.MessageFormatError("a header section of too many lines")
        self.headers = [list(field) for field in split_fields(head)]
        self.body = body


def split_message(message: bytes) -> tuple[bytes, bytes]:
    """Return the header section and the body, both with CRLF line ends."""
    if message.count(b"\n") != message.count(b"\r\n"):
        message = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if message.startswith(b"\r\n"):
        return b"", message[2:]
    head, _empty, body = message.partition(b"\r\n\r\n")
    return head, body


def split_fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Return the fields of a header section, each value with its folds and CRLF.

    :raises dkim.MessageFormatError: a line that is neither a field nor its fold.
    """
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in head.split(b"\r\n") if head else []:
        match = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line)
        elif match:
            fields.append((match[1], [line[match.end() :]]))
        elif not line.startswith(b"From ") and line:
            raise dkim.MessageFormatError("a header line without a field")
    return [(name, b"\r\n".join([*lines, b""])) for name, lines in fields]
