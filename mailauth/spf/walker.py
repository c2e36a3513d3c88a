# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fetch the tree of an SPF record, its questions side by side.

A serial evaluation waits for one answer after the other; here everything that may be
needed is asked at once, in the order of evaluation and within a budget of lookups.
"""

import asyncio
import contextlib
import heapq
import ipaddress
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass

from ..dns.names import normalize_name
from ..dns.resolver import Answer, CheckResolver
from ..errors import MailauthError, PermError, TempError
from ..printable import printable
from .lookups import MAX_HOSTS, MAX_LOOKUPS
from .macro import expand_domain
from .record import (
    Directive,
    Modifier,
    Network,
    SpfRecord,
    parse_record,
    select_records,
)
from .tree import EVERYTHING, RecordNode, TermNode

MAX_TREE = 60  # lookups that are followed, to tell how far beyond ten a record is
# Terms and addresses of one tree. A company with ten providers has a hundred terms and
# fifty addresses; only who wants to keep others busy has more than these.
MAX_TERMS = 2000
MAX_NETWORKS = 10000


def share_tree(
    domain: str, resolver: CheckResolver, budget: int = MAX_LOOKUPS
) -> Awaitable[RecordNode]:
    """Return the tree of a domain's published record, walked once in one check.

    :param budget: how many terms may be looked up; a tree that reaches further and is
        there already will do.
    """
    if resolver.is_shared(("spf_tree", domain, MAX_TREE)):
        budget = MAX_TREE
    return resolver.share(
        ("spf_tree", domain, budget),
        lambda: TreeWalker(resolver, budget).fetch(domain),
    )


def share_record(domain: str, resolver: CheckResolver) -> Awaitable[SpfRecord]:
    """Return a domain's only SPF record, looked up and read once in one check.

    RFC 7208 sections 4.4 and 4.5.

    :raises TempError: DNS gave no answer.
    :raises PermError: ``record_none`` or ``record_several``.
    """
    key = ("spf_record", domain)
    return resolver.share(key, lambda: _fetch_record(domain, resolver))


async def _fetch_record(domain: str, resolver: CheckResolver) -> SpfRecord:
    try:
        domain = normalize_name(domain)
    except PermError as error:
        raise PermError("record_none", printable(domain)) from error
    answer = await resolver.query(domain, "TXT")
    check_time_left(resolver, domain)
    records = select_records(answer.records)
    if not records:
        raise PermError("record_none", printable(domain))
    if len(records) > 1:
        raise PermError("record_several", printable(domain))
    return parse_record(records[0])


def check_time_left(resolver: CheckResolver, name: str) -> None:
    """Don't begin what takes time for a hostile zone when there is none left.

    :raises TempError: ``dns_deadline``.
    """
    if not resolver.time_left():
        raise TempError("dns_deadline", printable(name))


class LookupGate:
    """Who may look up next: in the order of evaluation, never beyond the budget.

    An include whose record is not known yet may need lookups that come before those of
    its later siblings; one is kept free for each.
    """

    def __init__(self, budget: int):
        self.budget = budget
        self._started = 0
        self._unknown = 0
        self._waiting: list[tuple[tuple[int, ...], bool, asyncio.Future]] = []

    def request(self, path: tuple[int, ...], opens: bool) -> asyncio.Future:
        """Queue a lookup; the future tells, after :meth:`admit`, whether it may run.

        :param path: its place in the order of evaluation, unique.
        :param opens: whether it leads to another record.
        """
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (path, opens, future))
        return future

    def opened(self) -> None:
        """Note that an include's record, or that there is none, is known."""
        self._unknown -= 1

    def admit(self) -> None:
        """Let everybody in for whom there is room."""
        while self._waiting:
            full = self._started >= self.budget
            if not full and self._started + self._unknown >= self.budget:
                return
            _path, opens, future = heapq.heappop(self._waiting)
            if not full:
                self._started += 1
                self._unknown += opens
            if not future.done():
                future.set_result(not full)


@dataclass(frozen=True)
class _Found:
    """What the questions of one term have found; see :class:`.tree.TermNode`."""

    networks: tuple[Network, ...] = ()
    void: frozenset[int] = frozenset()
    empty: bool = False


_NOTHING = _Found(void=frozenset(EVERYTHING), empty=True)


class TreeWalker:
    """Fetches a tree of records.

    Terms with macros other than "d" are left out: there is no message yet.

    :param resolver: that of the check.
    :param budget: how many terms may be looked up.
    """

    def __init__(self, resolver: CheckResolver, budget: int = MAX_LOOKUPS):
        self._resolver = resolver
        self._gate = LookupGate(budget)
        self._terms = 0
        self._networks = 0

    async def fetch(self, domain: str) -> RecordNode:
        """Return the tree of a domain's record. Failures are part of it."""
        return await self._fetch_record(domain, (), ())

    async def expand(
        self, domain: str, terms: Sequence[Directive | Modifier]
    ) -> tuple[TermNode, ...]:
        """Return what terms lead to that need not be published at the domain."""
        return await self._expand(domain, terms, (), ())

    async def _fetch_record(self, domain, path, above) -> RecordNode:
        try:
            record = await share_record(domain, self._resolver)
            self._terms += len(record.effective)
            if self._terms > MAX_TERMS:
                raise TempError("dns_too_much", printable(domain))
        except MailauthError as error:
            if path:
                self._gate.opened()
                self._gate.admit()
            return RecordNode(domain, problem=error.code)
        terms = await self._expand(domain, record.effective, path, above)
        problem = "syntax" if record.errors else ""
        return RecordNode(domain, record, terms, problem)

    async def _expand(self, domain, terms, path, above) -> tuple[TermNode, ...]:
        gates = self._request(terms, path)
        if path:
            self._gate.opened()
        self._gate.admit()
        nodes = await asyncio.gather(
            *(
                self._fetch_term(term, domain, (*path, index), above, gates[index])
                for index, term in enumerate(terms)
                if index in gates
            )
        )
        found = iter(nodes)
        return tuple(
            next(found) if index in gates else self._read_term(term)
            for index, term in enumerate(terms)
        )

    def _request(self, terms, path) -> dict[int, asyncio.Future]:
        """Queue the lookups of one record, no more than the budget could ever admit."""
        gates: dict[int, asyncio.Future] = {}
        for index, term in enumerate(terms):
            if term.costs_lookup and len(gates) < self._gate.budget:
                gates[index] = self._gate.request((*path, index), leads_on(term))
        return gates

    def _read_term(self, term: Directive | Modifier) -> TermNode:
        if term.costs_lookup:
            return TermNode(term, problem="beyond_budget")
        if isinstance(term, Directive) and term.mechanism == "all":
            return TermNode(term, networks=tuple(EVERYTHING.values()))
        network = term.network if isinstance(term, Directive) else None
        return TermNode(term, networks=(network,) if network else ())

    async def _fetch_term(self, term, domain, path, above, gate) -> TermNode:
        if not await gate:
            return TermNode(term, problem="beyond_budget")
        target = self._find_target(term, domain)
        if leads_on(term):
            return await self._fetch_child(term, target, path, (*above, domain))
        if target is None:
            return TermNode(term, problem="depends_on_message")
        try:
            found = await self._fetch_networks(term, target)
        except MailauthError as error:
            return TermNode(term, target, problem=error.code)
        return TermNode(
            term, target, found.networks, void=found.void, empty=found.empty
        )

    def _find_target(self, term: Directive | Modifier, domain: str) -> str | None:
        string = term.value if isinstance(term, Modifier) else term.domain
        if string is None:
            return domain
        if not string.letters <= {"d"}:
            return None
        try:
            return normalize_name(expand_domain(string, {"d": domain}))
        except PermError:
            return ""

    async def _fetch_child(self, term, target, path, above) -> TermNode:
        if not target or target in above:
            self._gate.opened()
            self._gate.admit()
            problem = "include_loop" if target else "record_none"
            problem = "depends_on_message" if target is None else problem
            return TermNode(term, target or "", problem=problem)
        record = await self._fetch_record(target, path, above)
        return TermNode(term, target, record=record, problem=record.problem)

    async def _fetch_networks(self, term, target: str) -> _Found:
        """Return what an a, mx, exists or ptr stands for."""
        if not target:
            return _Found()
        if term.mechanism == "a":
            return await self._fetch_addresses(term, target)
        if term.mechanism == "mx":
            return await self._fetch_mx(term, target)
        if term.mechanism == "exists":
            answer = await self._resolver.query(target, "A")
            # Without macros it matches every sender or none.
            if not answer.records:
                return _NOTHING
            every = () if term.domain.letters else tuple(EVERYTHING.values())
            return _Found(every)
        return _Found()

    async def _fetch_mx(self, term, target: str) -> _Found:
        answer = await query_exchanges(target, self._resolver)
        if not answer.records:
            return _NOTHING
        hosts = valid_names(mx.exchange for mx in answer.records)
        found = await asyncio.gather(*(self._fetch_addresses(term, h) for h in hosts))
        return _Found(
            tuple(network for one in found for network in one.networks),
            frozenset().union(*(one.void for one in found)),
            any(one.empty for one in found),
        )

    async def _fetch_addresses(self, term, host: str) -> _Found:
        four, six = await asyncio.gather(
            self._resolver.query(host, "A"), self._resolver.query(host, "AAAA")
        )
        addresses = (*four.records, *six.records)
        self._networks += len(addresses)
        if self._networks > MAX_NETWORKS:
            raise TempError("dns_too_much", printable(host))
        check_time_left(self._resolver, host)
        answers = {4: four, 6: six}
        void = frozenset(v for v, answer in answers.items() if not answer.records)
        networks = tuple(make_network(ip, term) for ip in addresses)
        return _Found(networks, void, not networks)


async def query_exchanges(target: str, resolver: CheckResolver) -> Answer:
    """Ask for MX records; more than ten end every evaluation (section 4.6.4).

    :raises PermError: ``too_many_mx``.
    """
    try:
        answer = await resolver.query(target, "MX")
    except TempError as error:
        if error.code != "dns_too_large":
            raise
        raise PermError("too_many_mx", printable(target)) from error
    if len(answer.records) > MAX_HOSTS:
        detail = f"{printable(target)}: {len(answer.records)}"
        raise PermError("too_many_mx", detail)
    return answer


def valid_names(names: Iterable[str]) -> list[str]:
    """Leave out what DNS can't be asked about, such as the host of a null MX."""
    valid = []
    for name in names:
        with contextlib.suppress(PermError):
            valid.append(normalize_name(name))
    return valid


def make_network(ip: str, term: Directive) -> Network:
    """Return the network of a host's address, as wide as a term's prefix lengths."""
    address = ipaddress.ip_address(ip)
    prefix = term.prefix4 if address.version == 4 else term.prefix6
    return ipaddress.ip_network((ip, prefix), strict=False)


def leads_on(term: Directive | Modifier) -> bool:
    """Tell whether a term that costs a lookup leads to another record."""
    return isinstance(term, Modifier) or term.mechanism == "include"
