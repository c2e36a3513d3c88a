# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A message in a form that survives a relay: what is signed is what arrives.

A relay without 8BITMIME (RFC 6152) re-encodes 8-bit parts, one that keeps mailboxes
writes ">From", others break long lines; each breaks a signature. So leaf parts travel
as 7bit with short lines, quoted-printable or base64 (RFC 6376 section 5.3).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from email.message import Message
from email.policy import compat32

_LINE_END = re.compile(rb"\r\n|\r|\n")
# RFC 5322 section 2.1.1: all programs keep lines of 78, SMTP can carry 998.
_GOOD_LINE = 78
_MAX_LINE = 998
_FRAGILE_QP_LINE = re.compile(rb"^(?:From |\.)[^\r\n]*", re.MULTILINE)
_FIELD = rb"^%s[ \t]*:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*"
_FLAGS = re.MULTILINE | re.IGNORECASE
_CONTENT = re.compile(_FIELD % b"content-[a-z-]+", _FLAGS)
_ENCODING = re.compile(_FIELD % b"content-transfer-encoding", _FLAGS)
_TYPE = re.compile(_FIELD % b"content-type", _FLAGS)
_VERSION = re.compile(_FIELD % b"mime-version", _FLAGS)
_SIGNATURE = re.compile(rb"^(?:dkim-signature|arc-seal)[ \t]*:", _FLAGS)
_DELIMITER_END = re.compile(rb"(--)?[ \t]*(?=\r\n|\Z)")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_RUN = re.compile(rb"[ \t]+")
_QP_BYTES = 76  # RFC 2045 section 6.7 (5)
_QP_LITERAL = bytes([*range(32, 127), *b"\t\r\n"])
_MOST_ODD = 32  # kinds of bytes, up to which one after the other is faster
_FOLD_BYTES = 900
_MAX_DEPTH = 50
_SEALED = ("multipart/signed", "multipart/encrypted")  # RFC 1847: not to be altered


def make_robust(message: bytes) -> bytes:
    """Return a message that no relay has a reason to change.

    All line ends become CRLF; overlong header lines are folded at their spaces; leaf
    parts become 7bit, quoted-printable or base64. RFC 2046 section 5.2.1 forbids to
    encode an attached message as what it is: where a line of it would be taken for the
    beginning of another one, the parts inside are encoded; with 8-bit content, or where
    it is signed, it becomes base64 application/octet-stream. The content of
    multipart/signed is not altered, line ends aside.
    """
    head, body = _split(_close_lines(message))
    if _longest_line(head) > _MAX_LINE:
        head = b"".join(_fold_line(line) for line in head.splitlines(True))
    if _is_labelled_right(head + body) and _is_robust(body):
        return head + b"\r\n" + body
    return _encode_entity(head, body, 0)


def _close_lines(data: bytes) -> bytes:
    """Return the data with CRLF for each line end, lone CR and LF included."""
    if data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        return data
    return _LINE_END.sub(b"\r\n", data)


def _split(entity: bytes) -> tuple[bytes, bytes]:
    """Return the header lines, each with its CRLF, and what follows the empty line."""
    if entity.startswith(b"\r\n"):
        return b"", entity[2:]
    head, _empty, body = entity.partition(b"\r\n\r\n")
    return head.removesuffix(b"\r\n") + b"\r\n", body


def _fold_line(line: bytes) -> bytes:
    """Fold at spaces, which changes no meaning (RFC 5322 section 2.2.3)."""
    if len(line) <= _MAX_LINE + 2:
        return line
    line = _RUN.sub(b" ", line.rstrip())
    pieces, start = [], 0
    value = line.find(b":") + 2  # a name alone on its line irritates some programs
    while len(line) - start > _FOLD_BYTES:
        cut = line.rfind(b" ", max(start + 1, value), start + _FOLD_BYTES)
        if cut < 0:
            cut = line.find(b" ", start + _FOLD_BYTES)
        if cut < 0:
            break
        pieces.append(line[start:cut])
        start = cut
    return b"\r\n".join([*pieces, line[start:], b""])


def _longest_line(data: bytes) -> int:
    return max(map(len, data.split(b"\r\n")))


def _is_robust(body: bytes) -> bool:
    return (
        body.isascii()
        and b"\0" not in body
        and not _has_separator(body)
        and _longest_line(body) <= _GOOD_LINE
    )


def _has_separator(data: bytes) -> bool:
    """Whether mailbox files would take a line for the beginning of a message."""
    return data.startswith(b"From ") or b"\nFrom " in data


def _is_labelled_right(entity: bytes) -> bool:
    """Whether no part of what is 7bit can claim to be more."""
    lower = entity.lower()
    return b"8bit" not in lower and b"binary" not in lower


def _encode_entity(head: bytes, body: bytes, depth: int) -> bytes:
    headers = _parse_headers(head)
    kind = headers.get_content_type()
    if kind in _SEALED or depth > _MAX_DEPTH:
        return head + b"\r\n" + body
    if kind.startswith("multipart/"):
        return _encode_multipart(head, headers, body, depth)
    if kind.startswith("message/"):
        return _encode_attached_message(head, headers, body, depth)
    return _encode_leaf(head, headers, body)


def _parse_headers(head: bytes) -> Message:
    """Return a message with the fields that say what its content is."""
    headers = Message()
    for match in _CONTENT.finditer(head):
        lines = match[0].decode("ascii", "surrogateescape").splitlines(keepends=True)
        headers.set_raw(*compat32.header_source_parse(lines))
    return headers


def _encode_multipart(head: bytes, headers: Message, body: bytes, depth: int) -> bytes:
    """Encode the parts; delimiters stay as they are (RFC 2046 section 5.1.1)."""
    boundary = (headers.get_boundary() or "").encode("ascii", "replace")
    pieces, end, inside = [], 0, False
    for start, after, inside_next in _find_delimiters(body, boundary):
        text = body[end:start]
        pieces += [_encode_piece(text, inside, depth), body[start:after]]
        end, inside = after, inside_next
    pieces.append(_encode_piece(body[end:], inside, depth))
    if _get_encoding(headers) in ("8bit", "binary"):
        head = _ENCODING.sub(b"", head)
    return head + b"\r\n" + b"".join(pieces)


def _find_delimiters(body: bytes, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where each delimiter begins, line end before it included, and ends.

    The third value is whether a part follows: none behind the last one. An expression
    would have to be compiled for each message.
    """
    line = b"\r\n--" + boundary
    start = 0 if body.startswith(line[2:]) else body.find(line)
    while boundary and start >= 0:
        begin = start + len(line) - 2 * (start == 0 and not body.startswith(line))
        match = _DELIMITER_END.match(body, begin)
        if match:
            yield start, match.end(), not match[1]
            if match[1]:
                return
        start = body.find(line, begin)


def _encode_piece(text: bytes, inside: bool, depth: int) -> bytes:
    """Encode what stands between two delimiters, preamble and epilogue included."""
    if not inside:  # nobody reads it, so it is dropped rather than encoded
        return text if _is_robust(text) else b"\r\n"
    if _is_labelled_right(text) and _is_robust(text):
        return text
    part = text.removeprefix(b"\r\n")
    return b"\r\n" + _encode_entity(*_split(part), depth + 1)


def _encode_attached_message(
    head: bytes, headers: Message, body: bytes, depth: int
) -> bytes:
    encoding = _get_encoding(headers)
    is_open = encoding in ("7bit", "8bit", "binary")
    if not is_open and _is_robust(body):
        return head + b"\r\n" + body
    if body.isascii() and b"\0" not in body and _longest_line(body) <= _MAX_LINE:
        fragile = is_open and _has_separator(body)
        inside = _encode_inside(body, depth) if fragile else body
        if not _has_separator(inside):
            return _set_encoding(head, encoding, "7bit") + b"\r\n" + inside
    head = _TYPE.sub(b"", head) + b"Content-Type: application/octet-stream\r\n"
    return _set_encoding(head, encoding, "base64") + b"\r\n" + _to_base64(body)


def _encode_inside(message: bytes, depth: int) -> bytes:
    """Encode the parts of an attached message, where no signature covers them."""
    head, body = _split(message)
    if _SIGNATURE.search(head):
        return message
    if not _VERSION.search(head):  # without it no encoding counts (RFC 2045 section 4)
        head += b"MIME-Version: 1.0\r\n"
    return _encode_entity(head, body, depth + 1)


def _encode_leaf(head: bytes, headers: Message, body: bytes) -> bytes:
    encoding = _get_encoding(headers)
    if encoding in ("7bit", "8bit", "binary"):
        data, fitting = body, "7bit"
    elif encoding in ("quoted-printable", "base64"):
        data, fitting = _decode(body, encoding), encoding
    else:  # a private encoding: nobody but the receiver can read it
        return head + b"\r\n" + body
    if _is_robust(body):
        return _set_encoding(head, encoding, fitting) + b"\r\n" + body
    # Quoted-printable makes three bytes of one, base64 four of three: base64 is shorter
    # as soon as one byte in six has to be encoded.
    wide = len(data.translate(None, bytes(range(128))))
    if headers.get_content_maintype() == "text" and wide * 6 < len(data) + 6:
        return (
            _set_encoding(head, encoding, "quoted-printable")
            + b"\r\n"
            + _to_quoted_printable(data if data is body else _close_lines(data))
        )
    return _set_encoding(head, encoding, "base64") + b"\r\n" + _to_base64(data)


def _get_encoding(headers: Message) -> str:
    value = str(headers.get("Content-Transfer-Encoding") or "7bit")
    return value.strip(" \t\r\n\"';").lower()


def _set_encoding(head: bytes, old: str, new: str) -> bytes:
    if old == new:
        return head
    return _ENCODING.sub(b"", head) + f"Content-Transfer-Encoding: {new}\r\n".encode()


def _decode(body: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    try:
        return base64.b64decode(body)
    except binascii.Error:  # cut off: what there is of it
        data = _NO_BASE64.sub(b"", body)
        whole = len(data) - (len(data) % 4 == 1)  # one character alone is no byte
        return base64.b64decode(data[:whole] + b"==")


def _to_base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _to_quoted_printable(data: bytes) -> bytes:
    """Encode a text whose line ends are CRLF."""
    odd = set(data.translate(None, _QP_LITERAL))
    if len(odd) > _MOST_ODD:
        # It breaks lines as the data does, and with LF where that has no line end.
        encoded = _close_lines(binascii.b2a_qp(data, istext=True))
    else:
        encoded = _encode_odd(data, odd)
    if encoded.startswith(b".") or b"\n." in encoded or _has_separator(encoded):
        encoded = _FRAGILE_QP_LINE.sub(_protect_line, encoded)
    return encoded


def _encode_odd(data: bytes, odd: set[int]) -> bytes:
    """Encode as binascii does, which needs ten times as long, byte after byte.

    :param odd: what has to be encoded anywhere, besides "=".
    """
    encoded = data.replace(b"=", b"=3D")
    for byte in odd:
        encoded = encoded.replace(bytes((byte,)), b"=%02X" % byte)
    # One by one, as what else is fragile, they would take a second for some hundred
    # thousand lines.
    encoded = (b"\n" + encoded).replace(b"\n.", b"\n=2E")[1:]
    # RFC 2045 section 6.7 (3): white space at the end of a line.
    encoded = encoded.replace(b" \r\n", b"=20\r\n").replace(b"\t\r\n", b"=09\r\n")
    if encoded.endswith((b" ", b"\t")):
        encoded = encoded[:-1] + b"=%02X" % encoded[-1]
    if _longest_line(encoded) > _QP_BYTES:
        encoded = b"\r\n".join(map(_break_line, encoded.split(b"\r\n")))
    return encoded


def _break_line(line: bytes) -> bytes:
    """Break a line of quoted-printable softly, between what stands for one byte."""
    if len(line) <= _QP_BYTES:
        return line
    pieces, start = [], 0
    while len(line) - start > _QP_BYTES:
        end = start + _QP_BYTES - 1
        escape = line.rfind(b"=", end - 2, end)
        end = end if escape < 0 else escape
        pieces.append(line[start:end])
        start = end
    return b"=\r\n".join([*pieces, line[start:]])


def _protect_line(match: re.Match) -> bytes:
    """Encode the first character of a line that a mail program could change."""
    line = b"=%02X" % match[0][0] + match[0][1:]
    line, soft, rest = _break_line(line).partition(b"=\r\n")
    if rest.startswith(b"."):
        rest = b"=2E" + rest[1:]
    return line + soft + rest
