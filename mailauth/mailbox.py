# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mailboxes: the name and the address that a header such as From holds."""

import contextlib
import email.utils
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.header import Header, decode_header, make_header

from .address import nests_deeply, split_address
from .dns.names import normalize_name
from .errors import PermError
from .printable import drop_hidden

_MAX_TEXT = 8192  # characters of a header's value that are looked at
_ENCODED_WORD = 75  # characters (RFC 2047 section 2)
_MAX_QUOTED = 900  # characters; encoded, any name can be folded
_SPECIAL = re.compile(r'[\\"]')
# Without a comma or a second "<" nothing but one mailbox can be meant, whatever the
# name looks like: 'ceo@acme.example <mallory@evil.example>'.
_ONE_MAILBOX = re.compile(r"(?P<name>[^<>,]*)<(?P<address>[^<>\s]+@[^<>\s@]+)>\s*\Z")
_BARE = re.compile(r'[^\s<>(),;:"\\@\[\]]+@[^\s<>(),;:"\\@\[\]]+\Z')


@dataclass(frozen=True)
class Mailbox:
    """One mailbox (RFC 5322 section 3.4), or what there is of it.

    :param name: the display name, decoded (RFC 2047); "" for none.
    :param local_part: what stands before the last ``@``, "" where there is no address.
    :param domain: in A-labels where it is a domain name, "" where there is no address.
    """

    name: str = ""
    local_part: str = ""
    domain: str = ""

    @property
    def address(self) -> str:
        """The bare address, "" where there is none."""
        if not self.local_part and not self.domain:
            return ""
        return f"{self.local_part}@{self.domain}"


def parse_mailbox(text: str | None) -> Mailbox:
    """Read the first mailbox in a header's value, the first with an address if any."""
    text = (text or "")[:_MAX_TEXT].strip()
    match = _ONE_MAILBOX.match(text)
    if match:
        name, address = match["name"].strip(), match["address"]
        name = _unquote(name)
    else:
        name, address = _first_mailbox(text)
    if "@" not in address.strip("@"):
        return Mailbox(decode_words(name or address))
    local_part, domain = split_address(drop_hidden(address).strip())
    with contextlib.suppress(PermError):
        domain = normalize_name(domain)
    return Mailbox(decode_words(name), local_part, domain)


def is_one_mailbox(text: str) -> bool:
    """Tell whether no mail program finds a second mailbox in a header's value."""
    match = _ONE_MAILBOX.match(text)
    certain = _BARE.match(text) or (match and "@" not in match["name"])
    return bool(certain) or len(_getaddresses(text)) == 1


def names_several(text: str) -> bool:
    """Tell whether a header's value names more than one address, read with good will.

    A name with a comma or an ``@`` in it belongs into quotes (RFC 5322 section 3.2.3).
    Where they are forgotten and there is one address in brackets, that one is meant.
    """
    return not _ONE_MAILBOX.match(text) and len(list_mailboxes(text)) > 1


def list_mailboxes(text: str) -> list[Mailbox]:
    """Return all mailboxes with an address in a header's value, in order."""
    pairs = _getaddresses(text[:_MAX_TEXT])
    with_address = [pair for pair in pairs if "@" in pair[1].strip("@")]
    return [
        Mailbox(decode_words(name), *split_address(address))
        for name, address in with_address
    ]


def _first_mailbox(text: str) -> tuple[str, str]:
    if _BARE.match(text):
        return "", text
    pairs = _getaddresses(text)
    with_address = [pair for pair in pairs if "@" in pair[1].strip("@")]
    return next(iter(with_address or pairs), ("", ""))


def _getaddresses(text: str) -> list[tuple[str, str]]:
    # Python's parser calls itself for each comment in a comment and each group in a
    # group, and ends in a RecursionError where a stranger has nested many.
    if nests_deeply(text):
        return []
    # Newer Pythons refuse by default what has an "@" in an unquoted name.
    if getattr(email.utils, "supports_strict_parsing", False):
        return email.utils.getaddresses([text], strict=False)
    return email.utils.getaddresses([text])


def _unquote(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def decode_words(text: str) -> str:
    """Decode encoded words (RFC 2047); what can't be decoded stays as it is."""
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (MessageError, LookupError, UnicodeError, ValueError):
        return text


def format_mailbox(name: str, address: str, header_name: str = "From") -> str:
    """Return a mailbox as a header's value in printable ASCII (RFC 5322, RFC 2047).

    :param name: the display name, "" for none.
    :param address: a bare address.
    :param header_name: of the field, whose first line has less room.
    """
    if not name:
        return address
    return f"{format_phrase(name, header_name)} <{address}>"


def format_phrase(text: str, header_name: str = "From") -> str:
    """Return a display name in quotes, encoded where it is not ASCII.

    :param header_name: as for :func:`format_mailbox`.
    """
    if text.isascii() and "=?" not in text and len(text) < _MAX_QUOTED:
        escaped = _SPECIAL.sub(r"\\\g<0>", text)
        return f'"{escaped}"'
    header = Header(text, "utf-8", maxlinelen=_ENCODED_WORD, header_name=header_name)
    words = header.encode(linesep="\n")
    return " ".join(words.split())
