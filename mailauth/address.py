# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Addresses, domains and filters as people type them, brought to one spelling."""

import ipaddress
import re
from email.utils import getaddresses

from .dns.names import normalize_name
from .errors import PermError

MAX_LOCAL_PART = 64  # RFC 5321 section 4.5.3.1.1
_SHOWN = 100  # characters of a faulty part that an error repeats
MAX_MAILBOX = 4096  # characters of a sender, its name included
MAX_WORD = 998  # characters without a break: of a whole line (RFC 5322 section 2.1.1)
_MAX_NESTING = 50  # of comments and groups; nobody writes one in another
# A name and an address in brackets, of which every parser sees the same: in quotes
# nothing begins a comment, a group or a list (RFC 5322 section 3.2.4).
_MAILBOX = re.compile(
    r"""(?:\s*"(?:[^"\\]|\\.)*"\s*)?"""
    r"""(?P<rest>[^<>()\[\]:;@",\\]*<[^\s<>()\[\]:;",\\]*>\s*(?:,|\Z))""",
    re.DOTALL,
)
_BARE = re.compile(r"""[^\s<>()\[\]:;",\\]+""")
# str.strip() leaves these, and copying from a web page brings them along.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_SPACES = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())
_AROUND = _SPACES + _INVISIBLE
# A dot-atom (RFC 5322 section 3.2.3): what Odoo can route, so no quoted string.
_LOCAL_PART = re.compile(
    r"[a-z0-9!#$%&'*+\-/=?^_`{|}~]+(\.[a-z0-9!#$%&'*+\-/=?^_`{|}~]+)*\Z"
)
# Letters, digits and inner hyphens (RFC 5321 section 4.1.2); the last label of a
# name is never a number (RFC 3696 section 2), so no IP address passes.
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)*(?![0-9]+\Z){_LABEL}\Z")
# The one name without a dot that mails are sent to (RFC 6761 section 6.3).
_LOCALHOST = "localhost"
# What people copy along with a domain: how a browser shows it.
_SCHEME = re.compile(r"\A(?:[a-z][a-z0-9+.-]{0,20}://|mailto:)", re.IGNORECASE)
_BEHIND_HOST = re.compile(r"[/?#:]")


def normalize_domain(text: str, underscores: bool = False) -> str:
    """Return the one spelling of a mail domain.

    Spaces around it, a leading ``@``, a trailing dot and upper case go away, and
    other alphabets become A-labels (RFC 5890).

    :param text: a domain as typed.
    :param underscores: whether they may stand in it, as in many a name that DNS holds
        though no host may have it (RFC 5321 section 4.1.2).
    :raises PermError: "domain_missing", "domain_is_address", "domain_is_ip",
        "domain_wildcard", "domain_without_dot" or "domain_invalid", with the part.
    """
    domain = clean(text).removeprefix("@").strip()
    if not domain.strip("."):
        raise _refuse("domain_missing", text)
    if "@" in domain:
        raise _refuse("domain_is_address", text)
    try:
        name = normalize_name(domain)
    except PermError as error:
        raise _refuse("domain_invalid", text) from error
    if not _DOMAIN.match(name.replace("_", "x") if underscores else name):
        raise _refuse(_find_fault(name), text)
    if "." not in name and name != _LOCALHOST:
        raise _refuse("domain_without_dot", text)
    return name


def _find_fault(name: str) -> str:
    """Return the code of what a name is that can't be a mail domain."""
    if name.startswith("*."):
        return "domain_wildcard"
    try:
        ipaddress.ip_address(name.strip("[]").removeprefix("ipv6:"))
    except ValueError:
        return "domain_invalid"
    return "domain_is_ip"


def normalize_local_part(text: str) -> str:
    """Return the one spelling of what stands before the ``@`` of an address.

    :param text: a local part as typed; spaces around it, upper case, a trailing dot
        and a leading ``@`` go away.
    :raises PermError: "local_part_is_address", "local_part_is_domain" or
        "local_part_invalid", with the part.
    """
    name = clean(text).lower()
    if name.startswith("@") and "." in name:
        raise _refuse("local_part_is_domain", text)
    name = name.removeprefix("@").strip().removesuffix(".")
    if "@" in name:
        raise _refuse("local_part_is_address", text)
    if not _is_local_part(name):
        raise _refuse("local_part_invalid", text)
    return name


def normalize_address(text: str, underscores: bool = False) -> str:
    """Return the one spelling of a bare e-mail address, without a display name.

    :param text: an address as typed.
    :param underscores: whether they may stand in its domain.
    :raises PermError: "address_missing_at", "address_local_part_invalid", or what
        :func:`normalize_domain` refuses, with the whole text as the part.
    """
    address = clean(text)
    if "@" not in address:
        raise _refuse("address_missing_at", text)
    local_part, domain = split_address(address)
    local_part = local_part.lower()
    if not _is_local_part(local_part):
        raise _refuse("address_local_part_invalid", text)
    try:
        return f"{local_part}@{normalize_domain(domain, underscores)}"
    except PermError as error:
        raise _refuse(error.code, text) from error


def split_address(address: str) -> tuple[str, str]:
    """Return the local part and the domain of a bare address.

    A local part in quotes may hold an ``@`` (RFC 5321 section 4.1.2), a domain never.

    :param address: also a domain alone, as filters name one: it has no local part.
    """
    local_part, _at, domain = address.rpartition("@")
    return local_part, domain


def normalize_sender(text: str) -> str:
    """Return the one spelling of a default sender: a local part or a full address.

    :param text: as typed.
    :raises PermError: as :func:`normalize_local_part` and :func:`normalize_address`.
    """
    if "@" in clean(text)[1:]:
        return normalize_address(text)
    return normalize_local_part(text)


def normalize_filter(text: str) -> str:
    """Return the one spelling of a from_filter: domains and addresses with commas.

    A filter is only compared, so it may name domains with underscores.

    :param text: a list as typed; empty parts and repetitions go away.
    :raises PermError: as :func:`normalize_domain` and :func:`normalize_address`, or
        "filter_wildcard", with the part that is wrong.
    """
    parts = [part for part in text.split(",") if clean(part)]
    return ",".join(dict.fromkeys(_normalize_filter_part(part) for part in parts))


def suggest_domain(text: str) -> str:
    """Return the domain that somebody meant with what is refused, "" for none.

    :param text: as typed: an address, a web address, ``*@`` before a domain.
    """
    return _take_apart(text)[1]


def suggest_sender(text: str) -> str:
    """Return the address that somebody meant with what is refused, "" for none."""
    local_part, domain = _take_apart(text)
    return f"{local_part}@{domain}" if local_part and domain else ""


def suggest_filter(text: str) -> str:
    """Return the filter that somebody meant with what is refused, "" for none.

    :param text: one part of it, or several with other marks between them than commas.
    """
    marks = ";" if "<" in text else r";\s"
    parts = [part for part in re.split(f"[,{marks}]", text) if clean(part)]
    suggested = [suggest_sender(part) or suggest_domain(part) for part in parts]
    return ",".join(dict.fromkeys(suggested)) if all(suggested) else ""


def _take_apart(text: str) -> tuple[str, str]:
    """Return local part and domain of what is almost an address or a domain.

    The local part is "" where there is none, both are where nothing is sure.
    """
    text = clean(text)[:_SHOWN]
    if text.endswith(">"):
        text = text.rpartition("<")[2].removesuffix(">")
    text = _SCHEME.sub("", clean(text), count=1)
    local_part, domain = split_address(_BEHIND_HOST.split(text)[0])
    local_part = local_part.replace("*", "").lower()
    if local_part and not _is_local_part(local_part):
        return "", ""
    try:
        # The name of a web server is none of mails.
        return local_part, normalize_domain(domain.lower().removeprefix("www."))
    except PermError:
        return "", ""


def nests_deeply(text: str) -> bool:
    """Tell whether comments or groups of addresses stand so deep in one another that
    reading them takes a call of a function for each level (RFC 5322 section 3.2.2).

    No level is overlooked; colons that end no group's name count as if they did.

    :param text: one mailbox as in a header, or a few.
    """
    text = _without_quoted_names(text)
    return text.count(":") > _MAX_NESTING or _nested_comments(text) > _MAX_NESTING


def _without_quoted_names(text: str) -> str:
    """Leave out the names in quotes, as far as the text is a list of plain mailboxes.

    Behind anything else a quote may stand in a comment, where it quotes nothing.
    """
    kept, position = [], 0
    while match := _MAILBOX.match(text, position):
        kept.append(match["rest"])
        position = match.end()
    return "".join(kept) + text[position:]


def _nested_comments(text: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"\\[()\\]|[()]", text):
        if mark == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif mark == ")":
            depth = max(depth - 1, 0)
    return deepest


def is_readable(text: str) -> bool:
    """Tell whether a list of addresses is one that mail programs can take apart.

    Python's parsers, which Odoo uses for each mail, need time with the square of a
    word's length, and end in a RecursionError where comments or groups nest.

    :param text: addresses with commas, any number of them.
    """
    bare = _without_quoted_names(text)
    words = re.split(r"[\s,<>]+", bare)
    if max(map(len, words)) > MAX_WORD or _nested_comments(bare) > _MAX_NESTING:
        return False
    if bare.count(":") <= _MAX_NESTING:
        return True
    # Names may have colons that begin no group: only the parser itself can tell.
    try:
        getaddresses([text])
    except RecursionError:
        return False
    return True


def is_readable_mailbox(text: str) -> bool:
    """As :func:`is_readable`, for one address with its name, or a few."""
    return len(text) <= MAX_MAILBOX and not nests_deeply(text) and is_readable(text)


def split_list(text: str) -> list[str]:
    """Return what stands between the commas of a list, those in quotes left alone."""
    parts, start, quoted = [], 0, False
    for mark in re.finditer(r'\\.|[",]', text, re.DOTALL):
        if mark[0] == '"':
            quoted = not quoted
        elif mark[0] == "," and not quoted:
            parts.append(text[start : mark.start()])
            start = mark.end()
    return [*parts, text[start:]]


def is_plain_mailbox(text: str) -> bool:
    """Tell whether a text is one address, with or without a name, and no more."""
    matches = _MAILBOX.fullmatch(text) or _BARE.fullmatch(text.strip())
    return bool(matches) and not text.rstrip().endswith(",") and is_readable(text)


def clean(text: str) -> str:
    """Return ``text`` without the spaces and invisible characters around it."""
    return text.strip(_AROUND)


def _is_local_part(text: str) -> bool:
    return len(text) <= MAX_LOCAL_PART and bool(_LOCAL_PART.match(text))


def _normalize_filter_part(text: str) -> str:
    # Odoo compares whole addresses and whole domains.
    if "*" in split_address(text)[0]:
        raise _refuse("filter_wildcard", text)
    if "@" in clean(text)[1:]:
        return normalize_address(text, underscores=True)
    return normalize_domain(text, underscores=True)


def _refuse(code: str, part: str) -> PermError:
    return PermError(code, clean(part)[:_SHOWN])
