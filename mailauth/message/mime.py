# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The parts of a message (RFC 2045, 2046), read from its bytes in one pass.

Python's parser calls itself for each level, and copies what is inside once for each.
Here each line that may be a delimiter is looked at once, whatever is inside of what.
"""

import binascii
import codecs
import quopri
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..mailbox import decode_words
from .raw_message import RawMessage

MAX_DEPTH = 100
MAX_PARTS = 500
MESSAGE_TYPES = ("message/rfc822", "message/global")  # a whole one (RFC 2046, 6532)
_MAX_LINES = 50_000  # that begin with "--"
_MAX_BOUNDARY = 200  # characters; RFC 2046 section 5.1.1 allows 70
_MAX_LINE = _MAX_BOUNDARY + 20  # of a delimiter, with white space at its end
_MAX_PART_HEADER = 16 * 1024  # bytes
_MAX_VALUE = 2000  # bytes of a field that are read
_PIECE = 1024 * 1024  # bytes that are looked at at once
_MAX_NAME = 300  # characters of a file's name
_PLAIN = ("", "7bit", "8bit", "binary")
_ENCODINGS = (*_PLAIN, "quoted-printable", "base64")
_TOKEN = r"[^\s()<>@,;:\\\"/\[\]?=]{1,100}"
_TYPE = re.compile(rf"\s*({_TOKEN})\s*/\s*({_TOKEN})\s*(?:;|\Z|\s)")
_PARAMETER = re.compile(
    r"""[;\s]([\w!#$&+.^`|~-]{1,60}(?:\*[0-9]{0,3}\*?)?)\s?=\s?"""
    r"""(?:"((?:[^"\\]|\\.)*)(?:"|\Z)|([^\s;"]*))"""
)
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,100})[ \t]{0,20}:")
_END_OF_HEADER = b"\r\n\r\n"
_BASE64 = (string.ascii_letters + string.digits + "+/").encode()
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_WHITE = b" \t\r\n"
# Code pages that Python knows by another name, and names with a direction of writing.
_CODE_PAGE = re.compile(r"\A(?:windows|x-cp|ibm|cp)-?([0-9]{3,5})\Z")
_DIRECTION = re.compile(r"(?<=\A(?:iso-8859-[68]))-[ie]\Z")
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")

# Codecs of Python that are no charset of a mail; some need quadratic time, some raise
# what no text raises.
NO_CHARSET = frozenset(
    ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")
)


@dataclass(frozen=True)
class Part:
    """A part of a message that has no parts itself, or an empty multipart.

    :param content_type: "text/html" and so on, in lower case.
    :param charset: as it is named, "" where it is not.
    :param encoding: the Content-Transfer-Encoding in lower case, "" for none.
    :param disposition: "inline", "attachment" or "".
    :param filename: decoded, "" for none.
    :param body: that of the whole message: a copy of each part would be too much.
    :param begin: where the part's content begins in it.
    :param end: where it ends.
    :param depth: 0 for the message itself.
    """

    content_type: str = "text/plain"
    charset: str = ""
    encoding: str = ""
    disposition: str = ""
    filename: str = ""
    body: bytes = field(default=b"", repr=False)
    begin: int = 0
    end: int = 0
    depth: int = 0

    @property
    def data(self) -> bytes:
        """The content as it was sent, encoded."""
        return self.body[self.begin : self.end]

    @property
    def size(self) -> int:
        """How many bytes that are."""
        return self.end - self.begin

    def _take(self, most: int) -> bytes:
        return self.body[self.begin : min(self.end, self.begin + most)]

    def decode(self, most: int) -> bytes:
        """Return the first bytes of the content; what can't be decoded is left out.

        :param most: bytes at most.
        """
        if self.encoding == "base64":
            return _decode_base64(self._take(most * 2))[:most]
        if self.encoding == "quoted-printable":
            return quopri.decodestring(self._take(most * 3))[:most]
        return self._take(most)

    def read_text(self, most: int) -> str:
        """Return the beginning of a text; an unknown charset is read as Latin-1.

        :param most: bytes at most.
        """
        data = self.decode(most)
        return data.decode(find_codec(self.charset or "utf-8") or "latin-1", "replace")


@dataclass(frozen=True)
class Structure:
    """What a message is made of.

    :param parts: in order, without the multiparts that hold them.
    :param faults: codes of what a receiver may refuse, each with what it is about.
    :param oddities: codes of what is wrong and yet can be read, in the same way.
    :param types: the types of all multiparts.
    """

    parts: tuple[Part, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    oddities: tuple[tuple[str, str], ...] = ()
    types: frozenset[str] = frozenset()


@dataclass
class _Open:
    """A multipart that has not come to its end yet."""

    boundary: bytes
    content_type: str
    found: bool = False


@dataclass
class _Reader:
    """One pass through a body."""

    body: bytes
    parts: list[Part] = field(default_factory=list)
    faults: dict[tuple[str, str], None] = field(default_factory=dict)
    oddities: dict[tuple[str, str], None] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    open: list[_Open] = field(default_factory=list)
    levels: dict[bytes, int] = field(default_factory=dict)
    part: Part | None = None  # begun, and where its content begins
    begin: int = 0

    def read_body(self, head: Part, boundary: bytes | None) -> Structure:
        self._enter(head, boundary, 0)
        if self.open:
            self._read_lines()
        else:
            self._close_part(len(self.body))
        notes = tuple(self.faults), tuple(self.oddities)
        return Structure(tuple(self.parts), *notes, frozenset(self.types))

    def _read_lines(self) -> None:
        start = 0 if self.body.startswith(b"--") else _find_line(self.body, 0)
        for _time in range(_MAX_LINES):
            if start < 0:
                self._end()
                return
            end = self.body.find(b"\r\n", start, start + _MAX_LINE)
            if end < 0 and len(self.body) - start < _MAX_LINE:
                end = len(self.body)
            if end >= 0 and not self._take_line(start, end):
                return
            start = _find_line(self.body, start)
        self.oddities["mime_many_parts", str(_MAX_LINES)] = None

    def _enter(self, part: Part, boundary: bytes | None, begin: int) -> None:
        """Begin a part whose content begins at a place."""
        self.part, self.begin = part, begin
        if not part.content_type.startswith("multipart/"):
            return
        self.types.add(part.content_type)
        if part.encoding not in _PLAIN:
            self.oddities["mime_encoded_multipart", part.encoding] = None
        if not boundary:
            self.faults["mime_no_boundary", part.content_type] = None
        elif len(self.open) >= MAX_DEPTH:
            self.faults["mime_deep", str(MAX_DEPTH)] = None
        else:
            self.part = None
            self.levels.setdefault(boundary, len(self.open))
            self.open.append(_Open(boundary, part.content_type))

    def _take_line(self, start: int, end: int) -> bool:
        """Take a line that begins with "--"; False where it is enough."""
        line = self.body[start + 2 : end].rstrip(b" \t")
        level = self.levels.get(line)
        closing = level is None and line.endswith(b"--")
        if closing:
            level = self.levels.get(line[:-2])
        if level is None:
            return True
        self._close_part(max(start - 2, self.begin))
        self._close_above(level)
        self.open[level].found = True
        if closing:
            self._leave()
            return bool(self.open)
        if len(self.parts) >= MAX_PARTS:
            self.oddities["mime_many_parts", str(MAX_PARTS)] = None
            return False
        self._begin_part(end)
        return True

    def _begin_part(self, end: int) -> None:
        """Read the header of the part behind a delimiter whose line ends here."""
        first = end + 2
        if self.body.startswith(b"\r\n", first):
            header, begin = b"", first + 2
        else:
            most = first + _MAX_PART_HEADER
            stop = self.body.find(_END_OF_HEADER, first, most)
            begin = stop + 4 if stop >= 0 else min(most, len(self.body))
            # A part may have no content: then the next delimiter ends its header.
            header = self.body[first : max(stop, first)].partition(b"\r\n--")[0]
        digest = self.open[-1].content_type == "multipart/digest"
        part, boundary = _read_head(
            _list_fields(header),
            len(self.open),
            "message/rfc822" if digest else "text/plain",
        )
        self._enter(part, boundary, begin)

    def _close_part(self, end: int) -> None:
        part, self.part = self.part, None
        if part:
            whole = replace(part, body=self.body, begin=self.begin, end=end)
            self.parts.append(whole)

    def _close_above(self, level: int) -> None:
        """Leave multiparts that end without a word, since one around them goes on."""
        while len(self.open) > level + 1:
            self._note_unclosed(self.oddities)
            self._leave()

    def _leave(self) -> None:
        last = self.open.pop()
        if self.levels.get(last.boundary) == len(self.open):
            del self.levels[last.boundary]

    def _note_unclosed(self, notes: dict) -> None:
        last = self.open[-1]
        code = "mime_not_closed" if last.found else "mime_boundary_unused"
        notes[code, last.boundary.decode("latin-1")] = None

    def _end(self) -> None:
        """Come to the end of a body in which something is still open."""
        self._close_part(len(self.body))
        if self.open:
            del self.open[1:]
            self._note_unclosed(self.faults)


def read_structure(message: RawMessage) -> Structure:
    """Return the parts of a message, and what is wrong with them.

    At most :data:`MAX_PARTS` parts, :data:`MAX_DEPTH` deep; never raises.

    :param message: as it was received.
    """
    wanted = {
        name.lower(): value[:_MAX_VALUE]
        for name, value in reversed(message.fields)
        if name.lower().startswith(b"content-")
    }
    head, boundary = _read_head(wanted, 0, "text/plain")
    reader = _Reader(message.body)
    structure = reader.read_body(head, boundary)
    oddities = dict.fromkeys((*structure.oddities, *_check_parts(structure.parts)))
    cut = {"too_large", "body_missing"}.intersection(message.problems)
    faults = () if cut else structure.faults
    return replace(structure, faults=faults, oddities=tuple(oddities))


def _check_parts(parts: tuple[Part, ...]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if part.encoding not in _ENCODINGS:
            yield "mime_encoding_unknown", part.encoding
        elif part.encoding == "base64" and _is_broken_base64(part):
            yield "mime_base64_broken", part.filename or part.content_type
        elif part.encoding in ("", "7bit") and _EIGHT_BIT.search(
            part.body, part.begin, part.end
        ):
            yield "mime_eight_bit", part.filename or part.content_type
        if part.content_type.startswith("text/") and not _is_known(part.charset):
            yield "mime_charset_unknown", part.charset


def _is_known(charset: str) -> bool:
    """Tell whether a charset can be read, or says itself that it is not known."""
    known = ("", "unknown-8bit", "x-unknown", "x-user-defined")
    return charset.lower() in known or bool(find_codec(charset))


def _is_broken_base64(part: Part) -> bool:
    """Tell whether something is lost, or was added by somebody who can't read it."""
    count, at_end = 0, False
    for begin in range(part.begin, part.end, _PIECE):
        piece = part.body[begin : min(begin + _PIECE, part.end)]
        padded = piece.translate(None, _WHITE)
        signs = padded.rstrip(b"=")
        if signs and (at_end or signs.translate(None, _BASE64)):
            return True
        at_end = at_end or len(signs) < len(padded)
        count += len(signs)
    return count % 4 == 1


def find_codec(charset: str) -> str:
    """Return what Python calls a charset, "" for one that it does not know."""
    name = _CODE_PAGE.sub(r"cp\1", _DIRECTION.sub("", charset.lower()))
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return ""
    return "" if codecs.lookup(name).name in NO_CHARSET else name


def _decode_base64(data: bytes) -> bytes:
    signs = data.translate(None, _NOT_BASE64)
    try:
        return binascii.a2b_base64(signs + b"=" * (-len(signs) % 4))
    except binascii.Error:
        return b""


def _find_line(body: bytes, place: int) -> int:
    """Return where the next line begins that begins with "--", -1 for none."""
    return body.find(b"\n--", place) + 1 or -1


def _list_fields(header: bytes) -> dict[bytes, bytes]:
    """Return the fields of a part by their names in lower case, the first of each."""
    fields: dict[bytes, bytes] = {}
    for line in re.split(rb"\r\n(?![ \t])", header):
        if match := _FIELD.match(line):
            fields.setdefault(match[1].lower(), line[match.end() :][:_MAX_VALUE])
    return fields


def _read_head(
    fields: dict[bytes, bytes], depth: int, default: str
) -> tuple[Part, bytes | None]:
    """Return what a header says of a part, and the boundary of a multipart."""
    value = _unfold(fields.get(b"content-type", b""))
    match = _TYPE.match(value)
    content_type = f"{match[1]}/{match[2]}".lower() if match else default
    typed = read_parameters(value)
    placed_value = _unfold(fields.get(b"content-disposition", b""))
    placed = read_parameters(placed_value)
    encoding = _unfold(fields.get(b"content-transfer-encoding", b"")).partition("(")[0]
    part = Part(
        content_type,
        typed.get("charset", "")[:40],
        encoding.strip().strip(";\"'").lower()[:40],
        placed_value.partition(";")[0].strip().lower()[:20],
        _read_name(placed.get("filename") or typed.get("name", "")),
        depth=depth,
    )
    boundary = typed.get("boundary", "").rstrip()[:_MAX_BOUNDARY]
    return part, boundary.encode("latin-1", "replace") or None


def _read_name(text: str) -> str:
    """Return a file's name; RFC 2047 section 5 forbids encoded words, many use them."""
    return decode_words(text[:_MAX_NAME])


def _unfold(value: bytes) -> str:
    return " ".join(value.decode("latin-1").split())


def read_parameters(value: str) -> dict[str, str]:
    """Return the parameters of a field, those in pieces joined (RFC 2231).

    :param value: the field's value without folds.
    :return: by names in lower case, without the signs of RFC 2231.
    """
    pieces: dict[str, list[str]] = {}
    for name, quoted, plain in _PARAMETER.findall(value[:_MAX_VALUE]):
        base, star, rest = name.lower().partition("*")
        text = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        if star and (rest.endswith("*") or not rest):
            text = _decode_extended(text)
        if star or base not in pieces:
            pieces.setdefault(base, []).append(text)
    return {name: "".join(texts) for name, texts in pieces.items()}


def _decode_extended(text: str) -> str:
    """Decode ``utf-8'en'%e2%82%ac``, or a later piece of one (RFC 2231 section 4)."""
    charset, _quote, rest = text.partition("'")
    _language, quote, data = rest.partition("'")
    raw = re.sub(
        rb"%([0-9A-Fa-f]{2})",
        lambda match: bytes([int(match[1], 16)]),
        (data if quote else text).encode("latin-1", "replace"),
    )
    try:
        return raw.decode(charset if quote else "utf-8", "replace")
    except (LookupError, ValueError):
        return raw.decode("latin-1")
