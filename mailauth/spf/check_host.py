# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a receiver says about a sender: check_host of RFC 7208."""

import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from ..address import split_address
from ..dns.names import is_within, normalize_name
from ..dns.resolver import Answer, CheckResolver, Resolver, per_check
from ..errors import MailauthError, PermError, TempError
from ..printable import printable
from .lookups import MAX_HOSTS, MAX_LOOKUPS, LookupCost
from .macro import MacroString, expand, expand_domain, parse_explanation
from .record import MAX_RECORD_SIZE, Directive, Modifier, Result, SpfRecord
from .tree import AuthorizedNetwork
from .walker import (
    MAX_TERMS,
    leads_on,
    query_exchanges,
    share_record,
    share_tree,
    valid_names,
)

MAX_FOUND = 20
MAX_STEPS = 500  # of a trace


@dataclass(frozen=True)
class TraceStep:
    """One record or one term that was evaluated; a tree.

    :param domain: the domain whose record this is about.
    :param term: the term as published, the whole record for a record; printable.
    :param target: the name that was looked up, "" for none.
    :param outcome: a term: ``match``, ``no_match`` or the code of the error that ended
        the evaluation; a record: its result.
    :param found: what the lookup found, printable, at most 20 values.
    :param lookups: lookup terms so far, this one included.
    :param void_lookups: void lookups so far.
    :param children: a record's terms; the record that a term led to. After 500 steps
        in all the rest is left out.
    """

    domain: str
    term: str
    target: str
    outcome: str
    found: tuple[str, ...]
    lookups: int
    void_lookups: int
    children: tuple["TraceStep", ...] = ()


@dataclass(frozen=True)
class SpfResult:
    """The answer of :func:`check_host`.

    :param result: none, neutral, pass, fail, softfail, temperror or permerror.
    :param problem: why there is no better result, "code: detail"; "" for no problem.
    :param explanation: what the domain says to those whom it refuses, "" for nothing;
        printable, but written by a stranger.
    :param trace: how the result came about; None if no record was read.
    :param lookups: terms that cost a lookup, of ten allowed.
    :param void_lookups: terms with an empty answer, of two allowed.
    :param networks: all networks that the record authorizes, as far as ten lookups go,
        or the tree that the same check has walked already; without what depends on the
        message.
    :param cause: the problem with its code and its detail apart, None for no problem.
    """

    result: Result
    problem: str = ""
    explanation: str = ""
    trace: TraceStep | None = None
    lookups: int = 0
    void_lookups: int = 0
    networks: tuple[AuthorizedNetwork, ...] = ()
    cause: MailauthError | None = field(default=None, compare=False)


async def check_host(
    ip: str,
    domain: str,
    sender: str,
    helo: str,
    resolver: Resolver,
    *,
    receiver: str = "unknown",
    now: int = 0,
) -> SpfResult:
    """Tell whether a host may send for a domain (RFC 7208 section 4).

    :param ip: the address of the SMTP client, IPv4 or IPv6.
    :param domain: the domain of MAIL FROM, or of HELO where that is empty.
    :param sender: the address of MAIL FROM, "" for the null sender.
    :param helo: the name that the client gave in HELO or EHLO.
    :param resolver: who is asked; see :func:`.resolver.per_check` for the deadline.
    :param receiver: the value of the macro r, the receiving host.
    :param now: the value of the macro t, in seconds since 1970.
    :raises PermError: ``ip_invalid``; everything else is a result.
    """
    address = _parse_ip(ip)
    try:
        domain = _normalize_domain(domain)
    except PermError as error:
        return SpfResult("none", str(error), cause=error)
    values = _make_values(address, domain, sender, helo)
    values |= {"r": receiver, "t": str(now)}
    async with per_check(resolver) as checked:
        # Most of what the evaluation will ask is asked at once.
        ahead = share_tree(domain, checked)
        result = await _Evaluation(checked, address, values).run(domain)
        # The tree's questions end with the deadline, so this waits no longer than that.
        return replace(result, networks=(await ahead).networks)


def _parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address; IPv4 mapped into IPv6 is IPv4 (RFC 7208 section 5)."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError as error:
        raise PermError("ip_invalid", printable(text)) from error
    return getattr(address, "ipv4_mapped", None) or address


def _normalize_domain(domain: str) -> str:
    """Refuse what can't have a record (RFC 7208 section 4.3)."""
    name = normalize_name(domain)
    if "." not in name or name.startswith("["):
        raise PermError("domain_invalid", printable(domain))
    return name


def _make_values(address, domain: str, sender: str, helo: str) -> dict[str, str]:
    """Return the value of each macro letter but p, r and t (section 7.2)."""
    local_part, sender_domain = split_address(sender or domain)
    try:
        sender_domain = normalize_name(sender_domain)
    except PermError:
        sender_domain = printable(sender_domain)
    local_part = local_part or "postmaster"
    if address.version == 4:
        dotted = str(address)
    else:
        dotted = ".".join(address.exploded.replace(":", "").upper())
    return {
        "s": f"{local_part}@{sender_domain}",
        "l": local_part,
        "o": sender_domain,
        "d": domain,
        "i": dotted,
        "c": str(address),
        "v": "in-addr" if address.version == 4 else "ip6",
        "h": helo,
    }


@dataclass
class _Step:
    """A :class:`TraceStep` in the making."""

    domain: str
    term: str
    target: str = ""
    outcome: str = ""
    found: tuple[str, ...] = ()
    lookups: int = 0
    void_lookups: int = 0
    children: list["_Step"] = field(default_factory=list)
    is_void: bool = False

    def freeze(self) -> TraceStep:
        values = {**self.__dict__}
        del values["is_void"]
        values["children"] = tuple(child.freeze() for child in self.children)
        return TraceStep(**values)


class _Evaluation:
    """One run of check_host: terms in order, counted as the RFC counts them."""

    def __init__(self, resolver: CheckResolver, address, values: dict[str, str]):
        self._resolver = resolver
        self._address = address
        self._family = "A" if address.version == 4 else "AAAA"
        self._values = values
        self._cost = LookupCost()
        self._terms = 0
        self._final: tuple[str, SpfRecord] | None = None

    async def run(self, domain: str) -> SpfResult:
        """Evaluate; the one place where errors become results."""
        root = _Step(domain, "")
        cause: MailauthError | None = None
        result: Result
        try:
            result = await self._check_record(domain, root)
        except TempError as error:
            result, cause = "temperror", error
        except PermError as error:
            none = error.code == "record_none"
            result, cause = "none" if none else "permerror", error
        root.outcome = result
        self._note_cost(root)
        # What the explanation looks up doesn't count (section 6.2).
        explanation = await self._explain() if result == "fail" else ""
        return SpfResult(
            result,
            str(cause or ""),
            explanation,
            root.freeze(),
            root.lookups,
            root.void_lookups,
            cause=cause,
        )

    async def _check_record(self, domain: str, step: _Step, top: bool = True) -> Result:
        record = await share_record(domain, self._resolver)
        step.term = printable(record.text)
        if record.errors:
            bad = record.errors[0]
            raise PermError(f"syntax_{bad.code}", f"{bad.text} at {bad.position}")
        if top:
            self._final = (domain, record)
        self._prefetch(record, domain)
        for directive in record.directives:
            self._count_term(directive)
            child = self._add_step(step, domain, directive)
            if await self._try(self._match(directive, domain, child), child):
                return directive.result
        if record.redirect:
            child = self._add_step(step, domain, record.redirect)
            return await self._try(
                self._redirect(record.redirect, domain, child, top), child
            )
        return "neutral"

    def _prefetch(self, record: SpfRecord, domain: str) -> None:
        """Ask ahead for what depends on the message, so that no tree can hold it."""
        left = MAX_LOOKUPS - self._cost.lookups
        for term in [term for term in record.effective if term.costs_lookup][:left]:
            string = term.value if isinstance(term, Modifier) else term.domain
            if string is None or string.letters <= {"d"} or "p" in string.letters:
                continue
            if not self._can_match(string):
                continue
            rdtypes = {"a": self._family, "mx": "MX", "exists": "A"}
            kind = "TXT" if leads_on(term) else rdtypes.get(term.mechanism)
            with contextlib.suppress(PermError):
                name = expand_domain(string, {**self._values, "d": domain})
                if kind:
                    self._resolver.prefetch(name, kind)

    def _count_term(self, term: Directive) -> None:
        """Stop where there are more terms than a receiver would look at."""
        self._resolver.check_time()
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise TempError("dns_too_much", printable(term.text))

    def _add_step(
        self, parent: _Step, domain: str, term: Directive | Modifier
    ) -> _Step:
        step = _Step(domain, printable(term.text))
        if self._terms <= MAX_STEPS:
            parent.children.append(step)
        return step

    async def _try(self, evaluation: Awaitable, step: _Step):
        """Await a term's outcome and note it, with the counts, in its step."""
        try:
            outcome = await evaluation
            matches = {True: "match", False: "no_match"}
            step.outcome = matches.get(outcome, outcome)
            return outcome
        except MailauthError as error:
            step.outcome = error.code
            raise
        finally:
            self._note_cost(step)

    def _note_cost(self, step: _Step) -> None:
        step.lookups = self._cost.lookups
        step.void_lookups = self._cost.void_lookups

    async def _match(self, directive: Directive, domain: str, step: _Step) -> bool:
        if directive.costs_lookup:
            self._count_lookup(directive)
        if not self._can_match(directive.domain):
            return False
        match = _MECHANISMS[directive.mechanism]
        return await match(self, directive, domain, step)

    def _can_match(self, string: MacroString | None) -> bool:
        """A local part beyond ASCII never matches (RFC 8616 section 4)."""
        if string is None or self._values["l"].isascii():
            return True
        return not string.letters & {"s", "l"}

    def _count_lookup(self, term: Directive | Modifier) -> None:
        self._spend(LookupCost(1), printable(term.text))

    def _count_void(self, answer: Answer, step: _Step) -> None:
        """Note an empty answer; a term counts once, whatever it asks (4.6.4)."""
        if answer.records or step.is_void:
            return
        step.is_void = True
        self._spend(LookupCost(0, 1, 1), f"{answer.name} {answer.rdtype}")

    def _spend(self, cost: LookupCost, what: str) -> None:
        self._cost += cost
        if self._cost.problem:
            raise PermError(self._cost.problem, what)

    async def _target(self, string: MacroString | None, domain: str, step) -> str:
        """Return the name that a term looks up, "" if it can't be one (section 4.8)."""
        if string is None:
            name = domain
        else:
            values = await self._values_for(string, domain, step)
            name = expand_domain(string, values)
        step.target = printable(name)
        try:
            return normalize_name(name)
        except PermError:
            return ""

    async def _values_for(
        self, string: MacroString, domain: str, step: _Step
    ) -> dict[str, str]:
        values = {**self._values, "d": domain}
        if "p" in string.letters:
            values["p"] = await self._find_validated(domain, step)
        return values

    async def _all(self, directive, domain, step) -> bool:
        return True

    async def _ip(self, directive, domain, step) -> bool:
        return self._address in directive.network

    async def _a(self, directive, domain, step) -> bool:
        target = await self._target(directive.domain, domain, step)
        if not target:
            return False
        answer = await self._resolver.query(target, self._family)
        step.found = answer.records[:MAX_FOUND]
        self._count_void(answer, step)
        return self._is_among(answer.records, directive)

    def _is_among(self, addresses, directive: Directive) -> bool:
        four = self._address.version == 4
        prefix = directive.prefix4 if four else directive.prefix6
        return any(self._shares_prefix(ip, prefix) for ip in addresses)

    def _shares_prefix(self, ip: str, prefix: int) -> bool:
        """Compare an address of DNS with the client's; fast, there may be many."""
        family = socket.AF_INET if self._address.version == 4 else socket.AF_INET6
        other = int.from_bytes(socket.inet_pton(family, ip), "big")
        shift = self._address.max_prefixlen - prefix
        return other >> shift == int(self._address) >> shift

    async def _mx(self, directive, domain, step) -> bool:
        target = await self._target(directive.domain, domain, step)
        if not target:
            return False
        answer = await query_exchanges(target, self._resolver)
        self._count_void(answer, step)
        records = sorted(answer.records, key=lambda mx: mx.preference)
        step.found = tuple(printable(mx.exchange) for mx in records)
        addresses: list[str] = []
        for host in self._ask_ahead([mx.exchange for mx in records]):
            answer = await self._resolver.query(host, self._family)
            self._count_void(answer, step)
            addresses += answer.records
        return self._is_among(addresses, directive)

    def _ask_ahead(self, names: list[str]) -> list[str]:
        """Ask for the addresses of all hosts at once; leave out what is no name."""
        hosts = valid_names(names)
        for host in hosts:
            self._resolver.prefetch(host, self._family)
        return hosts

    async def _exists(self, directive, domain, step) -> bool:
        target = await self._target(directive.domain, domain, step)
        if not target:
            return False
        # IPv4 even for a client with IPv6 (section 5.7)
        answer = await self._resolver.query(target, "A")
        step.found = answer.records[:MAX_FOUND]
        self._count_void(answer, step)
        return bool(answer.records)

    async def _ptr(self, directive, domain, step) -> bool:
        target = await self._target(directive.domain, domain, step)
        names = await self._validate_names(step)
        step.found = tuple(printable(name) for name in names)
        return any(is_within(name, target) for name in names)

    async def _validate_names(self, step: _Step) -> list[str]:
        """Return the names of the client that lead back to it (section 5.5)."""
        try:
            pointer = self._address.reverse_pointer
            answer = await self._resolver.query(pointer, "PTR")
        except TempError:
            return []
        self._count_void(answer, step)
        validated = []
        for name in self._ask_ahead(list(answer.records[:MAX_HOSTS])):
            try:
                found = await self._resolver.query(name, self._family)
            except TempError:
                continue
            self._count_void(found, step)
            whole = self._address.max_prefixlen
            if any(self._shares_prefix(ip, whole) for ip in found.records):
                validated.append(name)
        return validated

    async def _find_validated(self, domain: str, step: _Step) -> str:
        """Return the value of the macro p (section 7.3)."""
        names = await self._validate_names(step)
        within = [name for name in names if is_within(name, domain)]
        if domain in names:
            return domain
        return (within or names or ["unknown"])[0]

    async def _include(self, directive, domain, step) -> bool:
        target = await self._target(directive.domain, domain, step)
        return await self._enter(target, "include_none", step, top=False) == "pass"

    async def _redirect(self, modifier: Modifier, domain, step, top: bool) -> Result:
        self._count_lookup(modifier)
        if not self._can_match(modifier.value):
            raise PermError("redirect_none", printable(modifier.text))
        target = await self._target(modifier.value, domain, step)
        return await self._enter(target, "redirect_none", step, top)

    async def _enter(self, target: str, none: str, step: _Step, top: bool) -> Result:
        """Check the record that a term leads to; there must be one (5.2, 6.1)."""
        child = _Step(target, "")
        step.children.append(child)
        try:
            child.outcome = await self._check_record(target, child, top)
        except MailauthError as error:
            child.outcome = error.code
            if error.code == "record_none":
                raise PermError(none, step.term) from error
            raise
        finally:
            self._note_cost(child)
        return child.outcome

    async def _explain(self) -> str:
        """Return what the domain says about a fail (section 6.2); never an error."""
        assert self._final is not None
        domain, record = self._final
        if record.exp is None or not self._can_match(record.exp.value):
            return ""
        try:
            step = _Step(domain, "")
            target = await self._target(record.exp.value, domain, step)
            answer = await self._resolver.query(target, "TXT")
            if len(answer.records) != 1 or len(answer.records[0]) > MAX_RECORD_SIZE:
                return ""
            string = parse_explanation(answer.records[0].decode("ascii"))
            if not self._can_match(string):
                return ""
            return expand(string, await self._values_for(string, domain, step))
        except (MailauthError, UnicodeDecodeError):
            return ""


_MECHANISMS: dict[str, Callable[..., Awaitable[bool]]] = {
    "all": _Evaluation._all,
    "include": _Evaluation._include,
    "a": _Evaluation._a,
    "mx": _Evaluation._mx,
    "ptr": _Evaluation._ptr,
    "ip4": _Evaluation._ip,
    "ip6": _Evaluation._ip,
    "exists": _Evaluation._exists,
}
