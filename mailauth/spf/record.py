# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The text of an SPF record, taken apart (RFC 7208 sections 4.5, 4.6, 5, 6 and 12)."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from ..errors import PermError
from ..printable import printable
from .macro import ESCAPES, EXPLANATION_LETTERS, Macro, MacroString, parse_domain_macros

Result = Literal[
    "none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"
]
VERSION = "v=spf1"
QUALIFIERS: dict[str, Result] = {
    "+": "pass",
    "-": "fail",
    "~": "softfail",
    "?": "neutral",
}
LOOKUP_MECHANISMS = frozenset({"a", "mx", "ptr", "exists", "include"})
# Bytes of one record that are read: 64 KB take half a second and 30 MB. Section 3.4
# wants 450 at most.
MAX_RECORD_SIZE = 8192
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_CIDR = r"(?:/(?P<p4>0|[1-9][0-9]?))?(?://(?P<p6>0|[1-9][0-9]{0,2}))?"
_NAME = r"[a-z][a-z0-9_.-]*"
_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL
_MODIFIER = re.compile(rf"(?P<name>{_NAME})=(?P<value>.*)", _FLAGS)
_MECHANISM = re.compile(rf"(?P<qualifier>[-+?~]?)(?P<name>{_NAME})(?P<rest>.*)", _FLAGS)
_ONLY_CIDR = re.compile(_CIDR, re.ASCII)
_CIDR_AT_END = re.compile(_CIDR + r"\Z", re.ASCII)
_TOP_LABEL = re.compile(
    r"\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?\Z", _FLAGS
)
_END = 500  # characters at the end of a domain-spec that may hold its top label
_IP4 = re.compile(r"(?P<ip>[0-9.]+)(?:/(?P<prefix>0|[1-9][0-9]?))?", re.ASCII)
_IP6 = re.compile(
    r"(?P<ip>[0-9a-f:.]+)(?:/(?P<prefix>0|[1-9][0-9]{0,2}))?", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True)
class Directive:
    """A mechanism with its qualifier.

    :param text: as published.
    :param position: where it begins in the record, in characters from 0.
    :param qualifier: "+", "-", "~" or "?".
    :param mechanism: "all", "include", "a", "mx", "ptr", "ip4", "ip6" or "exists".
    :param domain: its domain-spec, None where it stands for the record's own domain.
    :param network: what ip4 or ip6 name, else None.
    :param prefix4: the prefix length for IPv4 addresses (a and mx).
    :param prefix6: the prefix length for IPv6 addresses (a and mx).
    """

    text: str
    position: int
    qualifier: str
    mechanism: str
    domain: MacroString | None = None
    network: Network | None = None
    prefix4: int = 32
    prefix6: int = 128

    @property
    def result(self) -> Result:
        """The result where the mechanism matches."""
        return QUALIFIERS[self.qualifier]

    @property
    def costs_lookup(self) -> bool:
        """Whether it counts against the ten lookups (RFC 7208 section 4.6.4)."""
        return self.mechanism in LOOKUP_MECHANISMS


@dataclass(frozen=True)
class Modifier:
    """A modifier: name=value, the name in lower case."""

    text: str
    position: int
    name: str
    value: MacroString

    @property
    def costs_lookup(self) -> bool:
        """Whether it counts against the ten lookups (RFC 7208 section 4.6.4)."""
        return self.name == "redirect"


@dataclass(frozen=True)
class BadTerm:
    """What can't be read.

    :param text: as published, made printable.
    :param position: where it begins in the record, in characters from 0.
    :param code: ``unknown_mechanism``, ``bad_domain``, ``bad_prefix``, ``bad_network``,
        ``bad_argument``, ``macro_syntax``, ``duplicate_modifier``, ``not_ascii`` or
        ``too_long`` (the record, from here on).
    """

    text: str
    position: int
    code: str


Term = Directive | Modifier | BadTerm


@dataclass(frozen=True)
class SpfRecord:
    """One record: its terms in the order in which they were published."""

    text: str
    terms: tuple[Term, ...]

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """All valid mechanisms."""
        return tuple(t for t in self.terms if isinstance(t, Directive))

    @cached_property
    def errors(self) -> tuple[BadTerm, ...]:
        """All terms that can't be read; one makes the record a permerror."""
        return tuple(t for t in self.terms if isinstance(t, BadTerm))

    @cached_property
    def all_term(self) -> Directive | None:
        """The first ``all``: nothing after it is evaluated (section 5.1)."""
        found = (d for d in self.directives if d.mechanism == "all")
        return next(found, None)

    @cached_property
    def redirect(self) -> Modifier | None:
        """The redirect modifier, ignored where there is an ``all`` (section 6.1)."""
        return self._find_modifier("redirect")

    @cached_property
    def exp(self) -> Modifier | None:
        """The modifier that names the explanation (section 6.2)."""
        return self._find_modifier("exp")

    @cached_property
    def effective(self) -> tuple[Directive | Modifier, ...]:
        """What may be evaluated: mechanisms up to ``all``, then the redirect."""
        terms: list[Directive | Modifier] = []
        for directive in self.directives:
            terms.append(directive)
            if directive.mechanism == "all":
                return tuple(terms)
        return (*terms, self.redirect) if self.redirect else tuple(terms)

    def _find_modifier(self, name: str) -> Modifier | None:
        for term in self.terms:
            if isinstance(term, Modifier) and term.name == name:
                return term
        return None


def is_spf(record: bytes) -> bool:
    """Tell whether a TXT record is an SPF record (RFC 7208 section 4.5)."""
    head = record[:7].lower()
    return head in (b"v=spf1", b"v=spf1 ")


def select_records(records: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return those of a domain's TXT records that are SPF: one is as it should be."""
    return tuple(record for record in records if is_spf(record))


def parse_record(record: bytes | str) -> SpfRecord:
    """Take a record apart; what can't be read becomes a :class:`BadTerm`.

    :raises PermError: ``not_spf``: it doesn't begin with "v=spf1".
    """
    text = record.decode("latin-1") if isinstance(record, bytes) else record
    if not is_spf(text[:7].encode(errors="replace")):
        raise PermError("not_spf", printable(text))
    terms: list[Term] = []
    seen: set[str] = set()
    # The term that reaches beyond the end is not read at all.
    end = text.rfind(" ", 0, MAX_RECORD_SIZE) if len(text) > MAX_RECORD_SIZE else None
    for match in re.finditer(r"[^ ]+", text[len(VERSION) : end]):
        term = _parse_term(match[0], match.start() + len(VERSION))
        terms.append(_check_single(term, seen))
    if end is not None:
        terms.append(BadTerm(printable(text[end + 1 :]), end + 1, "too_long"))
    return SpfRecord(text[:end], tuple(terms))


def _check_single(term: Term, seen: set[str]) -> Term:
    """Refuse a second exp or redirect (RFC 7208 section 6)."""
    if not isinstance(term, Modifier) or term.name not in ("exp", "redirect"):
        return term
    if term.name in seen:
        return BadTerm(printable(term.text), term.position, "duplicate_modifier")
    seen.add(term.name)
    return term


def parse_term(text: str) -> Directive | Modifier:
    """Read one term, such as "include:_spf.example.com".

    :raises PermError: the code of a :class:`BadTerm`.
    """
    term = _parse_term(text, 0)
    if isinstance(term, BadTerm):
        raise PermError(term.code, term.text)
    return term


def _parse_term(text: str, position: int) -> Term:
    try:
        if not text.isascii():
            raise PermError("not_ascii")
        modifier = _MODIFIER.fullmatch(text)
        if modifier:
            return _parse_modifier(text, position, modifier)
        match = _MECHANISM.fullmatch(text)
        reader = _READERS.get(match["name"].lower()) if match else None
        if match is None or reader is None:
            raise PermError("unknown_mechanism")
        name, qualifier = match["name"].lower(), match["qualifier"] or "+"
        return reader(Directive(text, position, qualifier, name), match["rest"])
    except PermError as error:
        return BadTerm(printable(text), position, error.code)


def _parse_modifier(text: str, position: int, match: re.Match) -> Modifier:
    name = match["name"].lower()
    if name in ("exp", "redirect"):
        value = _parse_domain(match["value"])
    else:
        value = parse_domain_macros(match["value"], EXPLANATION_LETTERS)
    return Modifier(text, position, name, value)


def _parse_domain(text: str) -> MacroString:
    """Read a domain-spec: it ends in a macro or in a top label (section 7.1)."""
    string = parse_domain_macros(text)
    # Literal parts hold neither % nor space, so these can only be macros' values.
    ends_in_macro = string.parts and (
        isinstance(string.parts[-1], Macro) or string.parts[-1] in ESCAPES.values()
    )
    if not ends_in_macro and not _TOP_LABEL.search(text[-_END:]):
        raise PermError("bad_domain", text)
    return string


def _read_all(directive: Directive, rest: str) -> Directive:
    if rest:
        raise PermError("bad_argument", rest)
    return directive


def _read_domain(directive: Directive, rest: str) -> Directive:
    """include and exists: a domain-spec is required (sections 5.2, 5.7)."""
    if not rest.startswith(":"):
        raise PermError("bad_argument", rest)
    return replace(directive, domain=_parse_domain(rest[1:]))


def _read_ptr(directive: Directive, rest: str) -> Directive:
    return _read_domain(directive, rest) if rest else directive


def _read_host(directive: Directive, rest: str) -> Directive:
    """a and mx: an optional domain-spec, then optional prefix lengths."""
    cidr: re.Match | None
    if rest.startswith(":"):
        cidr = _search_cidr(rest)
        directive = replace(directive, domain=_parse_domain(rest[1 : cidr.start()]))
    else:
        cidr = _ONLY_CIDR.fullmatch(rest)
        if cidr is None:
            raise PermError("bad_argument", rest)
    prefix4, prefix6 = int(cidr["p4"] or 32), int(cidr["p6"] or 128)
    if prefix4 > 32 or prefix6 > 128:
        raise PermError("bad_prefix", rest)
    return replace(directive, prefix4=prefix4, prefix6=prefix6)


def _search_cidr(rest: str) -> re.Match:
    """Find the prefix lengths at the end; looking further back can't find more."""
    start = max(0, len(rest) - len("/32//128"))
    match = _CIDR_AT_END.search(rest, start)
    assert match is not None  # it matches the empty string at the end
    return match


def _read_ip4(directive: Directive, rest: str) -> Directive:
    return _read_network(directive, rest, _IP4, ipaddress.IPv4Network)


def _read_ip6(directive: Directive, rest: str) -> Directive:
    return _read_network(directive, rest, _IP6, ipaddress.IPv6Network)


def _read_network(directive, rest: str, pattern: re.Pattern, kind: type) -> Directive:
    match = pattern.fullmatch(rest[1:]) if rest.startswith(":") else None
    if match is None:
        raise PermError("bad_network", rest)
    try:
        address = ipaddress.ip_address(match["ip"])
        prefix = int(match["prefix"] or address.max_prefixlen)
        network = kind((match["ip"], prefix), strict=False)
    except ValueError as error:
        raise PermError("bad_network", rest) from error
    return replace(directive, network=network)


_READERS: dict[str, Callable[[Directive, str], Directive]] = {
    "all": _read_all,
    "include": _read_domain,
    "exists": _read_domain,
    "ptr": _read_ptr,
    "a": _read_host,
    "mx": _read_host,
    "ip4": _read_ip4,
    "ip6": _read_ip6,
}
