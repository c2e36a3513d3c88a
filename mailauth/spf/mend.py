# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One word of an SPF record, read as its owner meant it.

Only what is certain is mended; a misspelt domain, for instance, is never guessed. Every
result is a term that :func:`.record.parse_term` reads.
"""

import difflib
import ipaddress
import re
from collections.abc import Iterator

from ..dns.names import normalize_name
from ..errors import PermError
from .record import Modifier, parse_term

# What stands around a term or its argument by mistake.
_AROUND = "\"'`\\<>()[]&|,;"
_AFTER = _AROUND + ".:=/+?~-"
_FLAGS = re.IGNORECASE | re.ASCII
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
# No top-level domain ends like that: an "all" has grown into it.
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?(?<!-all)", _FLAGS)
_CIDR = r"(?P<cidr>(?:/[0-9]{1,2})?(?://[0-9]{1,3})?)"
_HOST_CIDR = re.compile(rf"(?P<host>[^/]*){_CIDR}", _FLAGS)
_MACRO = re.compile(r"%(?:\{[^{}]*\}|[%_-])")
_URL = re.compile(r"(?:(?:https?:)?//)+", _FLAGS)
_NAMES = r"include|exists|ptr|mx|a|ip(?:v?[46])?"
_TERM = re.compile(
    rf"(?P<name>{_NAMES}|redirect|exp)[:=](?P<value>.*)", _FLAGS | re.DOTALL
)
# "include.spf.example", "ip4.192.0.2.1": the dot is where the colon should be.
_DOTTED = re.compile(
    r"(?P<name>include|ip(?:v?[46])?)\.(?P<value>.*)", _FLAGS | re.DOTALL
)
_MISSPELT = re.compile(
    r"(?P<qualifier>[-+~?]?)(?P<name>[a-z]{5,10})[:=](?P<value>.*)", _FLAGS
)
_SPELLINGS = ("include", "redirect")
_MAX_HOST = 300  # characters that are looked at; a name has at most 253
_IP_NAMES = ("ip", "ip4", "ipv4", "ip6", "ipv6")
# Mechanisms that may hold an address by mistake: it is clear what that was meant for.
_HOLDS_ADDRESS = ("include", "a", "mx", "ptr")
_MECHANISM_NAMES = frozenset({*_IP_NAMES, "include", "exists", "a", "mx", "ptr"})
# Where a term begins inside a word, so that a blank is missing before it: first the
# unmistakable ones, then those that may be part of a name.
_STARTS = re.compile(
    r"[-+~?]?(?:include|exists|ip(?:v?[46])?)[:=]|(?:redirect|exp)="
    r"|[-+~?]all(?=[^a-z0-9_.-]|$|[a-z0-9_-]{1,60}[:=])",
    _FLAGS,
)
_WEAK_STARTS = re.compile(r"[-+~?]?(?:a|mx|ptr)[:=]", _FLAGS)
_IP4_THEN = re.compile(
    r"(?P<ip>[-+~?]?ip4:[0-9./]{7,18})(?P<next>[-+~?]?(?:a|mx|ptr|all))", _FLAGS
)
_ALL_THEN = re.compile(r"(?P<all>[-+~?]all)(?P<rest>[^-+~?].*[:=].*)", _FLAGS)
_INCOMPLETE = re.compile(
    r"[-+~?]?(?:(?:include|exists|ip(?:v?[46])?|redirect|exp)[:=]*|(?:a|mx|ptr)[:=]+)",
    _FLAGS,
)
_NETWORK = re.compile(r"[-+~?]?(?:ip(?:v?[46])?[:=].*|a|mx|(?:a|mx):[^/]*)", _FLAGS)
_BEGINS = re.compile(rf"[-+~?]|(?:{_NAMES}|redirect|exp)[:=]", _FLAGS)
_SHORT = re.compile(
    r"(?P<address>(?:[0-9]{1,3}\.){0,2}[0-9]{1,3})/(?P<prefix>[1-9][0-9]?)", re.ASCII
)
_LONE_PREFIX = re.compile(r"/[0-9]{1,3}[,;.]?", re.ASCII)


def is_plain(word: str) -> bool:
    """Tell whether a word is a term that nobody could have meant otherwise.

    "include=spf.example" is a valid modifier that no receiver knows (RFC 7208 section
    6), and "include:https://spf.example" names a domain that can't exist.
    """
    try:
        term = parse_term(word)
    except PermError:
        return False
    if isinstance(term, Modifier):
        if term.name not in ("redirect", "exp"):
            return not is_lost(term)
        return _is_host(term.value.text)
    return term.domain is None or _is_host(term.domain.text)


def is_lost(modifier: Modifier) -> bool:
    """Tell whether an unknown modifier was meant to be a mechanism or a redirect."""
    name = modifier.name
    if name in ("redirect", "exp"):
        return False
    return name in _MECHANISM_NAMES or bool(_guess_name(name))


def _guess_name(name: str) -> str:
    """Return the long name that another one is a slip of, "" for none."""
    if not 5 <= len(name) <= 10:
        return ""
    return "".join(difflib.get_close_matches(name.lower(), _SPELLINGS, 1, 0.85))


def is_bare(part: str) -> bool:
    """Tell whether a part of a word is an address without a mechanism."""
    return bool(_read_network(_strip(part)))


def begins_term(part: str) -> bool:
    """Tell whether a part of a word is certainly not the rest of the one before."""
    return bool(_BEGINS.match(part))


def _is_host(text: str) -> bool:
    return bool(_HOST.fullmatch(_MACRO.sub("x", text)))


def mend_word(word: str) -> tuple[list[str], list[str]]:
    """Return the terms that a word was meant to hold, and what can't be told.

    :param word: without blanks and without characters that can't be seen.
    """
    if not _strip(word):
        return [], []
    if term := _mend_term(word):
        return [term], []
    if rest := _ALL_THEN.fullmatch(_strip(word)):
        return [rest["all"]], [rest["rest"]]
    terms: list[str] = []
    unclear: list[str] = []
    for piece in _split_at(word, _STARTS):
        found = _mend_piece(piece)
        terms += found
        unclear += [] if found else [piece]
    return terms, unclear


def _mend_piece(piece: str) -> list[str]:
    """Return the terms of what begins like a term, none if that isn't certain."""
    if term := _mend_term(piece):
        return [term]
    # Splitting further is right only where every part can be read.
    joined = _IP4_THEN.fullmatch(piece)
    parts = [*joined.groups()] if joined else _split_at(piece, _WEAK_STARTS)
    terms = [_mend_term(part) for part in parts]
    if len(parts) > 1 and all(terms):
        return terms
    term = _mend_name(_strip(piece))
    return [term] if term else []


def _mend_name(word: str) -> str:
    """Return a term whose name is misspelt, "" where it is another word."""
    match = _MISSPELT.fullmatch(word)
    if match is None:
        return ""
    name = _guess_name(match["name"])
    if not name:
        return ""
    term = match["qualifier"] + _read(name, match["value"])
    return term if is_plain(term) else ""


def _split_at(word: str, starts: re.Pattern) -> list[str]:
    places = [match.start() for match in starts.finditer(word)]
    cuts = [0, *(place for place in places if place), len(word)]
    return [word[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]


def _strip(word: str) -> str:
    word = word.lstrip(_AROUND + ".:=/")
    return word if word in ("-", "~") else word.rstrip(_AFTER)


def _mend_term(word: str) -> str:
    """Return the one term that a word was meant to be, "" where that isn't certain."""
    if _is_incomplete(word):
        return ""
    # An IPv6 network may end in colons, so less is taken off first.
    for text in dict.fromkeys((word, word.strip(_AROUND), _strip(word))):
        signs = re.match(r"[-+~?]*", text)
        assert signs is not None
        qualifiers = set(signs[0])
        if len(qualifiers) < 2:
            qualifier, rest = "".join(qualifiers), text[signs.end() :]
            readings = (qualifier + term for term in _list_readings(rest) if term)
            for term in readings:
                if is_plain(term):
                    return term
    return ""


def _list_readings(text: str) -> Iterator[str]:
    """Yield what a word without its qualifier may be, the likeliest first."""
    yield text
    match = _TERM.fullmatch(text) or _DOTTED.fullmatch(text)
    # "a::192.0.2.1" is an IPv6 address as well, of a range that nobody has.
    yield _read(match["name"].lower(), match["value"]) if match else _read_network(text)


def _read(name: str, value: str) -> str:
    bare = value.lstrip(":=" + _AROUND)
    network = _read_network(value) or _read_network(_fill_up(bare))
    if name in _IP_NAMES or (network and name in _HOLDS_ADDRESS):
        return network
    if "%" not in bare:
        bare = _read_host(bare, name in ("a", "mx"))
    sign = "=" if name in ("redirect", "exp") else ":"
    return f"{name}{sign}{bare}" if bare else ""


def _read_host(text: str, with_cidr: bool) -> str:
    """Return the host name that a text was meant to be, "" if that isn't certain."""
    text = _URL.sub("", text, count=1).strip(_AROUND + "/:")
    match = _HOST_CIDR.fullmatch(text)
    if match is None or len(text) > _MAX_HOST or (match["cidr"] and not with_cidr):
        return ""
    host = re.sub(r"\.{2,}", ".", match["host"]).lstrip(".")
    if not host.isascii():
        try:
            host = normalize_name(host)
        except PermError:
            return ""
    if "." not in host.rstrip(".") or not _HOST.fullmatch(host):
        return ""
    return host + match["cidr"]


def _read_network(text: str) -> str:
    """Return the ip4 or ip6 term of an address or a network, "" if it is none.

    How the address is written stays; a netmask becomes a prefix length.
    """
    address, slash, prefix = text.strip(_AROUND).partition("/")
    try:
        ip = ipaddress.ip_address(address.rstrip("]"))
        network = ipaddress.ip_network(f"{ip}/{prefix or ip.max_prefixlen}", False)
    except ValueError:
        return ""
    if "%" in address or (slash and not prefix):
        return ""
    if not prefix and ip.version == 6 and ip.ipv4_mapped:
        return f"ip4:{ip.ipv4_mapped}"
    length = f"/{network.prefixlen}" if slash else ""
    return f"ip{ip.version}:{address.rstrip(']')}{length}"


def _fill_up(text: str) -> str:
    """Write out "192.0.2/24", where the prefix needs no more than is there."""
    match = _SHORT.fullmatch(text)
    count = text.count(".") + 1
    if match is None or int(match["prefix"]) > 8 * count:
        return text
    return f"{match['address']}{'.0' * (4 - count)}/{match['prefix']}"


def _is_incomplete(word: str) -> bool:
    """Tell whether a word ends where its argument should begin."""
    return bool(_INCOMPLETE.fullmatch(word))


def join_words(left: str, right: str) -> str:
    """Return the one term that two words are into which a blank has come.

    :return: "" where they are two.
    """
    if not _belong_together(left, right):
        return ""
    missing = left[-1:].isalnum() and _is_incomplete(left) and right[:1] not in ":="
    return f"{left}:{right}" if missing else left + right


def _belong_together(left: str, right: str) -> bool:
    if left[-1:] in ("-", "~", "?", "+"):
        return bool(re.fullmatch(r"all[.,;]?", right, _FLAGS))
    if _is_incomplete(left):
        value = right.lstrip(":=")
        if right != value and not value:
            return True
        name = re.sub(r"[^a-z0-9]", "", left.lower())
        if _TERM.match(value) or is_plain(value):
            return False
        if name in _IP_NAMES:
            return bool(re.match(r"[0-9a-f:]*[.:][0-9a-f]", value, _FLAGS))
        return "." in value[1:]
    if "/" in left:
        return False
    return bool(_LONE_PREFIX.fullmatch(right) and _NETWORK.fullmatch(left))
