# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The message in what somebody has pasted or picked, or what is there instead.

People save messages in many ways: as an .eml, as Apple Mail's .emlx, by copying the
page that Gmail shows; they take a file of Outlook's own or a forward for the message.
"""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from .raw import list_attached, unwrap

MAX_BYTES = 30_000_000  # a message
MAX_HEADER = 256 * 1024
_MAX_LINE = 2000  # of a field that is read here
_PREAMBLE = 100  # lines before the header that a copied page may have

# How files begin that are no text.
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "outlook_msg"),
    (b"\x78\x9f\x3e\x22", "outlook_tnef"),
    (b"PK\x03\x04", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"%PDF", "picture"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
)
_PAGE = re.compile(
    rb"\s*(<!--|<!doctype html|<html|<head|<body|<\?xml|<meta|<div)", re.I
)
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,10}:")
# What a header has that is one of a message, and not some lines of a text.
_KNOWN = frozenset(
    b"from to date subject message-id received delivered-to return-path mime-version"
    b" content-type dkim-signature x-received".split()
)
# What only a real source has: programs show none of these beside From, To and Date.
_REAL = frozenset(
    b"received message-id mime-version dkim-signature return-path delivered-to"
    b" content-type x-received".split()
)
_TRACE = re.compile(
    rb"(?:Delivered-To|Return-Path|Received|X-Received|Authentication-Results"
    rb"|ARC-Seal|Received-SPF|DKIM-Signature): ?[^\r\n]",
    re.I,
)
# How programs begin what they forward in the text.
_FORWARDED = re.compile(
    rb"(?<!-)-{4,40} ?(?:Forwarded message|Original Message|Weitergeleitete Nachricht"
    rb"|Urspr(?:\xc3\xbc|=C3=BC|\xfc|=FC)ngliche Nachricht|Message transf\S{1,12}"
    rb"|Message d'origine|Mensaje reenviado|Mensaje original|Messaggio inoltrato"
    rb"|Doorgestuurd bericht|Oorspronkelijk bericht) ?-{0,40}"
    rb"|Begin forwarded message:|Anfang der weitergeleiteten Nachricht:"
    rb"|D.{1,6}but du message transf",
    re.I,
)
_FORWARD_SUBJECT = re.compile(
    r"\s{0,10}(?:fwd?|wg|tr|rv|enc|i|vb|vl|vs|pd|doorst|rif)\s{0,3}:", re.I
)
_FROM_LINE = re.compile(rb"From [^\r\n]*\r?\n")
_BODY_HASH = re.compile(rb"\bbh\s*=\s*([A-Za-z0-9+/=\s]{20,120})")
# The hashes of an empty body: SHA-256 and SHA-1, relaxed and simple canonicalization.
_EMPTY_HASHES = frozenset(
    (
        b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        b"frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=",
        b"2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        b"uoq1oCgLlTqpdDX/iUbLy7J1Wic=",
    )
)


@dataclass(frozen=True)
class Source:
    """What was found in something that was given as a message.

    :param raw: the message, b"" where there is none.
    :param problem: why there is none: "too_large", "empty", "outlook_msg",
        "outlook_tnef", "archive", "picture", "web_page", "inline_forward" (the text of
        a forward), "no_header"; "" where there is one.
    :param notes: what is to be known of it: "attached" (it was attached to what was
        given), "several" (more messages were), "header_only", "inline_forward" (it
        looks like a forward of another message), "report" (a delivery report), "cut"
        (what stood before its header was left out).
    """

    raw: bytes = b""
    problem: str = ""
    notes: tuple[str, ...] = ()


def read_source(data: bytes) -> Source:
    """Find the message in what somebody has pasted, or picked as a file.

    A forward with the original attached stands for the original. In linear time.

    :param data: any bytes.
    """
    if len(data) > MAX_BYTES:
        return Source(problem="too_large")
    problem = next((code for magic, code in _MAGIC if data.startswith(magic)), "")
    if problem:
        return Source(problem=problem)
    text = unwrap(data).lstrip(b"\r\n\t ")
    if not text.strip():
        return Source(problem="empty")
    if _PAGE.match(text):
        return Source(problem="web_page")
    raw, cut = _find_header(text)
    if not raw:
        start = text[: _PREAMBLE * 100]
        forwarded = _FORWARDED.search(start)
        return Source(problem="inline_forward" if forwarded else "no_header")
    return _describe(raw, ("cut",) if cut else ())


def _find_header(text: bytes) -> tuple[bytes, bool]:
    """Return the message from its header on, b"" for none; whether any was cut off."""
    if _is_header(text):
        return text, False
    position = 0
    for _line in range(_PREAMBLE):
        end = text.find(b"\n", position)
        if end < 0:
            break
        position = end + 1
        if _TRACE.match(text, position) and _is_header(
            text[position : position + MAX_HEADER]
        ):
            return text[position:], True
    return b"", False


def _is_header(text: bytes) -> bool:
    """Tell whether a text begins as the source of a message does."""
    start = _FROM_LINE.match(text)
    header, _body = _split(text[start.end() if start else 0 :])
    lines = header.split(b"\n", 200)[:200]
    if not _FIELD.match(lines[0]):
        return False
    names = {m[1].lower() for m in map(_FIELD.match, lines) if m}
    # Who copies what a program shows has From, Sent, To and Subject, and no more.
    return bool(names & _KNOWN) and (bool(names & _REAL) or b"sent" not in names)


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Return the header, bounded, and the body; b"" where there is no empty line."""
    limit = MAX_HEADER + 4
    ends = [
        (place, len(sign))
        for sign in (b"\r\n\r\n", b"\n\n")
        if (place := raw.find(sign, 0, limit)) >= 0
    ]
    if not ends:
        return raw[:MAX_HEADER], b""
    place, length = min(ends)
    return raw[:place], raw[place + length :]


def _describe(raw: bytes, notes: tuple[str, ...]) -> Source:
    """Return the message that is meant by one that was given."""
    fields = _Fields(raw)
    if fields.content_type == "multipart/report":
        return Source(raw, notes=(*notes, "report"))
    attached = list_attached(raw)
    if attached:
        several = ("several",) if len(attached) > 1 else ()
        raw = attached[0].lstrip(b"\r\n")
        if _is_header(raw):
            return Source(raw, notes=(*notes, "attached", *several, *_doubt(raw)))
        raw = fields.raw
    forward = ("inline_forward",) if fields.is_forward() else ()
    return Source(raw, notes=(*notes, *forward, *_doubt(raw)))


def _doubt(raw: bytes) -> tuple[str, ...]:
    """Return "header_only" where the body of a message was left out."""
    fields = _Fields(raw)
    if fields.body.strip():
        return ()
    hashes = {b"".join(h.split()) for h in _BODY_HASH.findall(fields.header)}
    hashes = {h for h in hashes if h}
    is_empty = bool(hashes & _EMPTY_HASHES)
    has_body = bool(hashes) or fields.content_type.startswith("multipart/")
    return ("header_only",) if has_body and not is_empty else ()


class _Fields:
    """The few fields of a header that tell what a message or a part is."""

    def __init__(self, raw: bytes):
        self.raw = raw
        self.header, self.body = _split(raw)

    def get(self, name: bytes) -> str:
        """Return the first field of a name, unfolded and bounded; "" for none."""
        found = re.search(
            rb"(?:\A|\n)" + name + rb"[ \t]{0,10}:((?:[^\n]|\n[ \t])*)",
            self.header[:MAX_HEADER],
            re.I,
        )
        value = found[1][:_MAX_LINE] if found else b""
        return " ".join(value.decode("latin-1").split())

    @property
    def content_type(self) -> str:
        """Return the type without its parameters, in lower case."""
        return self.get(b"Content-Type").partition(";")[0].strip().lower()

    def is_forward(self) -> bool:
        """Tell whether the subject says that another message is forwarded here."""
        return bool(_FORWARD_SUBJECT.match(decode_words(self.get(b"Subject")[:500])))


def decode_words(text: str) -> str:
    """Return a field with its encoded words (RFC 2047) decoded, where they can be."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text
