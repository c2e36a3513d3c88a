# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The leaf parts of a message for a comparison, bounded in depth, number and size."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Headers
from email.parser import BytesHeaderParser
from email.policy import compat32

from ..printable import drop_hidden, printable, shorten

MAX_LEAVES = 200
MAX_TEXT = 1_000_000  # characters of a text that are taken apart into lines
MAX_LINES = 20  # shown of a text
MAX_LINE = 200  # characters shown of a line
_MAX_DEPTH = 10
_MAX_HEAD = 16_384
_MAX_NAME = 100
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# Those that mails come in. Others of Python's codecs take quadratic time (punycode).
_CHARSET = re.compile(
    r"(?:iso-?8859-|iso-2022-|windows-|cp|koi8-|gb|big5|shift|euc-|us-ascii)", re.I
)


@dataclass(frozen=True)
class Leaf:
    """A part that has no parts.

    :param kind: its content type in lower case.
    :param name: its file name, printable ASCII, "" where it has none.
    :param charset: as it says.
    :param encoding: its Content-Transfer-Encoding in lower case.
    :param body: as it stands in the message.
    """

    kind: str
    name: str
    charset: str
    encoding: str
    body: bytes

    @property
    def is_text(self) -> bool:
        return self.kind.startswith("text/")

    def decode(self) -> bytes:
        """Return its content; of text with LF line ends, and none at its end."""
        data = _decode(self.body, self.encoding)
        if self.is_text:
            data = data.replace(b"\r\n", b"\n").rstrip(b"\n")
        return data

    def read_text(self) -> str:
        """Return a text in any alphabet."""
        return read_text(self.decode(), self.charset)

    def read_lines(self) -> list[str]:
        """Return its lines, as far as they begin in the first :data:`MAX_TEXT`."""
        return self.read_text()[:MAX_TEXT].split("\n")


def list_leaves(head: bytes, body: bytes) -> tuple[Leaf, ...]:
    """Return the leaf parts in their order, the first two hundred.

    What lies deeper than ten multiparts is one leaf; preambles and epilogues are none.

    :param head: the header section with CRLF line ends.
    """
    leaves = []
    for leaf in _walk(head, body, 0):
        leaves.append(leaf)
        if len(leaves) == MAX_LEAVES:
            break
    return tuple(leaves)


def get_boundary(headers: Headers) -> bytes:
    """Return the boundary of a multipart, b"" where there is none."""
    if headers.get_content_maintype() != "multipart":
        return b""
    return (headers.get_boundary() or "").encode("ascii", "replace")


def parse_head(head: bytes) -> Headers:
    """Return the fields of a part; one that is too long has none."""
    data = head if len(head) <= _MAX_HEAD else _find_content(head)
    return BytesHeaderParser(policy=compat32).parsebytes(data + b"\r\n\r\n")


def read_text(data: bytes, charset: str) -> str:
    """Return a text, in UTF-8 where it can be that, whatever it says."""
    named = charset if _CHARSET.match(charset) else "latin-1"
    for codec, errors in (("utf-8", "strict"), (named, "replace")):
        try:
            return data.decode(codec, errors)
        except (LookupError, UnicodeError):
            continue
    return data.decode("latin-1")


def show_lines(lines: list[str]) -> tuple[str, ...]:
    """Return lines as they can be shown: bounded, without what hides in them."""
    shown = tuple(_show(line) for line in lines[:MAX_LINES])
    return (*shown, "...") if len(lines) > MAX_LINES else shown


def _show(line: str) -> str:
    return shorten(drop_hidden(line[: MAX_LINE + 1]), MAX_LINE)


def _find_content(head: bytes) -> bytes:
    """Return the Content- fields of a long header section, as far as they are short."""
    fields = re.split(rb"\r\n(?![ \t])", head)
    kept = [f for f in fields if f[:8].lower() == b"content-"]
    return b"\r\n".join(kept)[:_MAX_HEAD]


def _walk(head: bytes, body: bytes, depth: int) -> Iterator[Leaf]:
    headers = parse_head(head)
    boundary = get_boundary(headers)
    if not boundary or depth >= _MAX_DEPTH:
        yield _make_leaf(headers, body)
        return
    for part in _split_parts(body, boundary):
        text = part.removeprefix(b"\r\n")
        if text.startswith(b"\r\n"):
            yield from _walk(b"", text[2:], depth + 1)
        else:
            inner, _empty, rest = text.partition(b"\r\n\r\n")
            yield from _walk(inner, rest, depth + 1)


def _split_parts(body: bytes, boundary: bytes) -> Iterator[bytes]:
    delimiter = re.compile(
        rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)"
    )
    start = None
    for match in delimiter.finditer(body):
        if start is not None:
            yield body[start : match.start()]
        start = match.end()
        if match[1]:
            return
    if start is not None:  # the last delimiter is missing
        yield body[start:]


def _make_leaf(headers: Headers, body: bytes) -> Leaf:
    encoding = str(headers.get("Content-Transfer-Encoding") or "7bit")
    return Leaf(
        printable(headers.get_content_type(), _MAX_NAME),
        printable(str(headers.get_filename() or ""), _MAX_NAME),
        str(headers.get_content_charset() or ""),
        encoding.strip().lower(),
        body,
    )


def _decode(body: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding == "base64":
        data = _NO_BASE64.sub(b"", body)
        whole = len(data) - (len(data) % 4 == 1)  # one character alone is no byte
        return base64.b64decode(data[:whole] + b"==")
    return body
