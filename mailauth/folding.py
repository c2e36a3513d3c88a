# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Header fields as they leave: folded, and encoded only where RFC 2047 allows it.

Python's policies make encoded words of whatever is too long for a line: of the URL in
List-Unsubscribe, of identifiers in References. RFC 2047 section 5 forbids them outside
of free text, phrases and comments, and nobody decodes them there. Besides, Python takes
the quotes off names that it has decoded, so that a comma makes two addresses of one.
"""

import contextlib
import re
from collections.abc import Iterator
from email.header import Header
from email.headerregistry import (
    Address,
    AddressHeader,
    BaseHeader,
    Group,
    UnstructuredHeader,
)
from email.policy import EmailPolicy, Policy
from functools import cache, lru_cache
from urllib.parse import quote

from .dns.names import normalize_name
from .errors import PermError
from .mailbox import format_mailbox, format_phrase, parse_mailbox

_MAX_LINE = 998  # octets (RFC 5322 section 2.1.1)
_ENCODED_LINE = 76  # characters of a line with an encoded word (RFC 2047 section 2)
_ENCODED_WORD = 75
# Fields without free text; others of this kind come as header objects of their own.
_STRUCTURED = frozenset(
    "authentication-results auto-submitted content-id dkim-signature feedback-id"
    " in-reply-to message-id precedence received references resent-message-id"
    " return-path x-auto-response-suppress".split()
)
_STRUCTURED_PREFIXES = ("list-", "arc-", "x-odoo-")

_LINE_END = re.compile(r"\r\n|\r|\n")
_WORD = re.compile(r"[ \t]*[^ \t]+(?:[ \t]+\Z)?")
_BETWEEN = re.compile(r"(?<=[,;])(?=[ \t]+[^ \t])")
_BLANKS = re.compile(r"[ \t]+")
_PARAMETERS = re.compile(r'[^";,]+(?:; [\w*-]+="[^";,\\]*")+')
_LOOKS_ENCODED = re.compile(r"=\?[^?\s]+\?[bq]\?[^?]*\?=", re.IGNORECASE)
_ANGLES = re.compile(r"(<[^<>]*>)")
_PHRASE = re.compile(r'(?P<phrase>[^<>()",]+|"(?:[^"\\]|\\.)*") <(?P<id>[!-;=?-~]+)>')
_ATOMS = re.compile(r"[\w-]+(?: [\w-]+)*", re.ASCII)
_PROSE = re.compile(r'[^\s()",]+(?:\s+[^\s()",]+)*')
_IRI = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<host>[^/?#:@]*)", re.IGNORECASE)
_LONG = re.compile(r"[^\s<>]{900}(?=[^\s<>])")
_URI = "".join(map(chr, range(0x21, 0x7F)))  # stays, "%" included


class FromHeader(str):
    """A From header as :class:`email.message.EmailMessage` keeps it.

    It reads like Python's own one, needs no parser, and leaves as it was encoded.
    """

    name = "From"  # by which policies know a header object

    def __new__(cls, text: str, encoded: str = "") -> "FromHeader":
        header = super().__new__(cls, text)
        header.encoded = encoded or text
        return header

    @classmethod
    def from_encoded(cls, encoded: str) -> "FromHeader":
        """Return the header of a mailbox that :func:`format_mailbox` has made."""
        mailbox = parse_mailbox(encoded)
        shown = Address(mailbox.name, mailbox.local_part, mailbox.domain)
        return cls(str(shown), encoded)

    def fold(self, *, policy: Policy) -> str:
        """Return the header's lines; policies call this."""
        folded = _fold_words(self.name, self.encoded, policy)
        return folded or f"{self.name}: {self.encoded}{policy.linesep}"


@lru_cache(maxsize=64)
def make_faithful(policy: Policy) -> Policy:
    """Return a policy that writes header fields as this module says, else as given.

    :param policy: a message's. One that is not Python's ``EmailPolicy`` keeps header
        fields as text, and comes back as it is.
    """
    if not isinstance(policy, EmailPolicy) or isinstance(policy, _Faithful):
        return policy
    return _make_class(type(policy))(
        **{"header_factory": policy.header_factory, **vars(policy)}
    )


class _Faithful:
    """What is mixed into a class of policies."""

    def fold(self, name, value):
        folded, value = _fold(name, value, self)
        return super().fold(name, value) if folded is None else folded

    def fold_binary(self, name, value):
        folded, value = _fold(name, value, self)
        if folded is None:
            return super().fold_binary(name, value)
        return folded.encode()  # other than ASCII only where the policy allows UTF-8


@cache
def _make_class(base: type) -> type:
    return type(base.__name__, (_Faithful, base), {})


def _fold(name: str, value: str, policy: Policy) -> tuple[str | None, str]:
    """Return a field's lines; None, and the value to use, where Python does it."""
    if type(value) is str:
        return _fold_source(name, value, policy)
    if getattr(type(value), "fold", None) is not BaseHeader.fold:
        return None, value  # somebody's own
    text = str(value)
    if isinstance(value, AddressHeader) and (not policy.utf8 or text.isascii()):
        encoded = _encode_addresses(name, value, policy)
    elif _is_plain(text, policy):
        if hasattr(value, "params") and not _has_short_parameters(name, text, policy):
            return None, value
        encoded = text
    else:
        value = _without_line_ends(name, value, policy)
        encoded = _encode(name, value)
    return _fold_text(name, encoded, policy) if encoded else None, value


def _has_short_parameters(name: str, text: str, policy: Policy) -> bool:
    """Whether parameters need no continuation (RFC 2231 section 3)."""
    longest = _get_longest(text, policy)
    return len(name) + len(text) + 2 <= longest or (
        bool(_PARAMETERS.fullmatch(text))
        and all(len(part) + 2 < longest for part in _BETWEEN.split(text))
    )


def _without_line_ends(name: str, value: BaseHeader, policy: Policy) -> BaseHeader:
    """Return the header without line ends, which an encoded word has brought there."""
    text = str(value)
    if _LINE_END.search(text):
        return policy.header_factory(name, _LINE_END.sub(" ", text))
    return value


def _is_plain(text: str, policy: Policy) -> bool:
    """Whether a text can stand in a header as it is."""
    return (
        (text.isascii() or policy.utf8)
        and "=?" not in text
        and (text.isprintable() or text.replace("\t", "").isprintable())
        and text != ""
    )


def _fold_source(name: str, value: str, policy: Policy) -> tuple[str | None, str]:
    """Fold what was read and never looked at: as it was, where lines can carry it.

    A signature in an attached message depends on it.
    """
    first, *more = _LINE_END.split(value)
    lines = [f"{name}: {first}", *(line for line in more if line.strip())]
    lines[1:] = (line if line[0] in " \t" else f" {line}" for line in lines[1:])
    value = policy.linesep.join(lines)[len(name) + 2 :]
    if not value.isascii():
        return None, value
    if max(map(len, lines)) <= _MAX_LINE:
        return policy.linesep.join([*lines, ""]), value
    return _fold_words(name, "".join(lines)[len(name) + 2 :], policy), value


def _fold_text(name: str, text: str, policy: Policy) -> str | None:
    """Fold; a URL that no line can carry is broken, and blanks are made fewer.

    White space in its brackets has no meaning (RFC 2369 section 2), and a server would
    break it otherwise, after it was signed.
    """
    folded = _fold_words(name, text, policy)
    if folded is None and _is_structured(name):
        text = _BLANKS.sub(" ", text)
        if name.lower().startswith("list-"):
            text = _LONG.sub(r"\g<0> ", text)
        return _fold_words(name, text, policy)
    return folded


def _fold_words(name: str, text: str, policy: Policy) -> str | None:
    """Fold at white space, between list items first (RFC 5322 section 2.2.3).

    :return: None where a word is too long for any line.
    """
    longest = _get_longest(text, policy)
    if len(name) + len(text) + 2 <= longest:
        return f"{name}: {text}{policy.linesep}"
    lines = [f"{name}:"]
    for piece in _split(text, longest, len(lines[0])):
        # A name alone on its line irritates some programs.
        most = _MAX_LINE if lines == [f"{name}:"] else longest
        if len(lines[-1]) + len(piece) <= most:
            lines[-1] += piece
        else:
            lines.append(piece)
    if max(len(line.encode()) for line in lines) > _MAX_LINE:
        return None
    return policy.linesep.join([*lines, ""])


def _get_longest(text: str, policy: Policy) -> int:
    """Return how many characters of a text a line may have."""
    most = _MAX_LINE if text.isascii() else _MAX_LINE // 4
    if "=?" in text:
        most = _ENCODED_LINE
    return min(policy.max_line_length or most, most)


def _split(text: str, longest: int, used: int) -> Iterator[str]:
    """Yield what is not torn apart without need, each with the white space before it.

    :param used: characters of the first line that are taken already.
    """
    for chunk in _BETWEEN.split(f" {text}"):
        if len(chunk) + used <= longest or not chunk.strip(" \t"):
            yield chunk  # white space alone holds no word
        else:
            yield from _WORD.findall(chunk)
        used = 0


# ------------------------------------------------------------
# What can't stand there as it is
# ------------------------------------------------------------


def _encode(name: str, header: BaseHeader) -> str | None:
    """Return the value in words that may be folded; None: as Python does it."""
    text, lower = str(header), name.lower()
    if _is_structured(name):
        if text.isascii():
            return text
        return None if "\ufffd" in text else _encode_structured(lower, text)
    if _LOOKS_ENCODED.search(text) and isinstance(header, UnstructuredHeader):
        return _encode_words(text, name)
    return text if text.isascii() and not hasattr(header, "params") else None


def _is_structured(name: str) -> bool:
    lower = name.lower()
    return lower in _STRUCTURED or lower.startswith(_STRUCTURED_PREFIXES)


def _encode_words(text: str, name: str) -> str:
    words = Header(text, "utf-8", maxlinelen=_ENCODED_WORD, header_name=name)
    return " ".join(words.encode(linesep="\n").split())


def _encode_structured(name: str, text: str) -> str:
    """Encode a phrase and comments (RFC 2047 section 5), and never what is ASCII.

    :param name: of the field, in lower case.
    """
    if match := _PHRASE.fullmatch(text):
        phrase = parse_mailbox(f"{match['phrase']} <x@x.example>").name
        return f"{format_phrase(phrase, name)} <{match['id']}>"
    if name == "return-path":
        text = _to_ascii_address(text)
    parts = _ANGLES.split(text)
    if name.startswith("list-"):
        parts[1::2] = (f"<{_to_uri(part[1:-1])}>" for part in parts[1::2])
    return "".join(
        part if part.isascii() else _PROSE.sub(_encode_prose, part) for part in parts
    )


def _encode_prose(match: re.Match) -> str:
    text = match[0]
    return text if text.isascii() else _encode_words(text, "x" * 20)


def _to_uri(iri: str) -> str:
    """Return an IRI as a URI (RFC 3987 section 3.1), its host in A-labels."""
    match = _IRI.match(iri)
    if match and not match["host"].isascii():
        with contextlib.suppress(PermError):
            host = normalize_name(match["host"])
            iri = f"{match['scheme']}{host}{iri[match.end() :]}"
    return quote(iri, safe=_URI)


def _to_ascii_address(text: str) -> str:
    mailbox = parse_mailbox(text)
    return text.replace(text.strip(" <>"), mailbox.address or text.strip(" <>"))


def _encode_addresses(name: str, header: AddressHeader, policy: Policy) -> str | None:
    """Return mailboxes and groups in ASCII, names in quotes or encoded."""
    text, groups = str(header), header.groups
    if any(isinstance(one, str) for group in groups for one in group.addresses):
        # Odoo sets lists of texts, which nobody has decoded.
        if _is_plain(text, policy) or _is_encoded_well(name, text):
            return text
        groups = policy.header_factory(name, text).groups
    try:
        texts = [_encode_group(name, group) for group in groups]
    except UnicodeEncodeError:  # encoded words that are none of what they claim
        return text if text.isascii() else None
    return None if None in texts else ", ".join(texts)


def _is_encoded_well(name: str, text: str) -> bool:
    words = text.split()
    words[0] = f"{name}: {words[0]}" if words else ""
    return text.isascii() and max(map(len, words)) <= _ENCODED_WORD


def _encode_group(name: str, group: Group) -> str | None:
    texts = [_encode_address(name, address) for address in group.addresses]
    if None in texts:
        return None
    if group.display_name is None:
        return "".join(texts)
    phrase = group.display_name
    if not _ATOMS.fullmatch(phrase):
        phrase = format_phrase(phrase, name)
    return f"{phrase}: {', '.join(texts)};" if texts else f"{phrase}:;"


def _encode_address(name: str, address: Address) -> str | None:
    domain = address.domain
    if not domain.isascii():
        with contextlib.suppress(PermError):
            domain = normalize_name(domain)
    if not address.username or not domain:
        return None
    local_part = address.username
    if not local_part.isascii():
        # Nothing but RFC 6531 carries it: as Python does, so that it can be read.
        spec = f"{_encode_words(local_part, name)}@{domain}"
    else:
        spec = Address("", local_part, domain).addr_spec
    return format_mailbox(address.display_name, spec, name)
