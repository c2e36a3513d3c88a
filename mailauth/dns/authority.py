# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The servers that own a zone: who they are, and how they are asked."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import PermError, TempError
from .addresses import is_worth_asking
from .names import guess_registrable, is_within, normalize_name
from .resolver import Answer, CheckResolver, DnsResolver, Nameserver, Resolver
from .wire import MAX_TTL

MAX_CUTS = 5
MAX_SERVERS = 4
MAX_ADDRESSES = 8  # a zone must not make us knock at hundreds of doors
ASK_TIMEOUT = 1.5  # seconds for one question to an authoritative server


@dataclass(frozen=True)
class Zone:
    """A zone and its nameservers.

    :param name: where the zone begins, "" where that could not be found out.
    :param nameservers: their names, sorted.
    """

    name: str = ""
    nameservers: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """Tell whether a name is in the zone, or below it.

        :param name: in A-labels.
        """
        return bool(self.name) and is_within(name, self.name)


NO_ZONE = Zone()


async def find_zone(domain: str, resolver: Resolver) -> Zone:
    """Return the zone that holds ``domain``: the nearest name with NS records."""
    name = normalize_name(domain)
    for _cut in range(MAX_CUTS):
        try:
            answer = await resolver.query(name, "NS")
        except TempError:
            return Zone()
        if answer.status == "found" and not answer.cnames:
            return Zone(name, tuple(sorted(set(answer.records))))
        name = name.partition(".")[2]
        if "." not in name:
            break
    return Zone()


class AuthorityResolver:
    """Ask a zone's own servers about its names, and ``others`` about all else.

    :param zone: the zone.
    :param owner: the resolver that asks the zone's servers.
    :param others: who knows the rest.
    :param timeout: seconds for one whole check, see :func:`per_check`.
    """

    def __init__(self, zone: Zone, owner: Resolver, others: Resolver, timeout: float):
        self._zone = zone
        self._owner = owner
        self._others = others
        self.timeout = timeout

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask one question; see :class:`Resolver`."""
        name = normalize_name(name)
        if not self._zone.holds(name):
            return await self._others.query(name, rdtype)
        answer = await self._owner.query(name, rdtype)
        if answer.status != "found" and answer.cnames:
            # A server that owns the alias need not know its target.
            return await self._others.query(name, rdtype)
        return answer


class SparingResolver:
    """Ask ``others`` about a zone only what its own servers have.

    Whoever asks a resolver for a record before it is published makes it remember that
    there is none (RFC 2308 section 5), and sees the record only when it forgets that.

    :param zone: the zone.
    :param owner: the resolver that asks the zone's servers.
    :param others: what receivers see of what is there.
    """

    def __init__(self, zone: Zone, owner: Resolver, others: CheckResolver):
        self._zone = zone
        self._owner = owner
        self._others = others

    @property
    def timeout(self) -> float:
        """Seconds that are left of the check, see :func:`per_check`."""
        return self._others.time_left()

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask one question; see :class:`Resolver`."""
        name = normalize_name(name)
        if self._zone.holds(name):
            own = await self._ask_owner(name, rdtype)
            if own is not None:
                return own
        return await self._others.query(name, rdtype)

    async def _ask_owner(self, name: str, rdtype: str) -> Answer | None:
        """Return that nothing is there, None where others have to be asked."""
        try:
            answer = await self._owner.query(name, rdtype)
        except TempError:
            return None
        if answer.status == "found" or answer.cnames or _is_referral(answer):
            return None
        return answer


async def reach_owner(
    zone: Zone,
    resolver: Resolver,
    reachable: Callable[[tuple[str, ...]], tuple[Nameserver, ...]],
    timeout: float,
) -> DnsResolver | None:
    """Return a resolver that asks a zone's own servers, None where none answers.

    :param resolver: who knows their addresses.
    :param reachable: picks the addresses that may be asked.
    :param timeout: seconds for all of it.
    """
    if not zone.name:
        return None
    try:
        async with asyncio.timeout(timeout):
            servers = reachable(await get_addresses(zone, resolver))
            if not servers:
                return None
            owner = DnsResolver(servers, min(ASK_TIMEOUT, timeout))
            await owner.query(zone.name, "SOA")
            return owner
    except (TempError, PermError, TimeoutError):
        return None


async def find_owner(
    domain: str,
    resolver: Resolver,
    reachable: Callable[[tuple[str, ...]], tuple[Nameserver, ...]],
    timeout: float,
) -> tuple[Zone, DnsResolver | None]:
    """Return a domain's zone, and a resolver that asks its servers, None for nobody.

    The resolver is not asked about a name that may not be there yet: who is told that
    it does not exist need not ask for anything below it either (RFC 8020).

    :param domain: in A-labels.
    :param timeout: seconds for the zone's servers.
    """
    above = guess_registrable(domain)
    zone = await find_zone(above, resolver)
    owner = await reach_owner(zone, resolver, reachable, timeout)
    if owner and above != domain and await _is_elsewhere(domain, owner):
        zone = await find_zone(domain, resolver)
        owner = await reach_owner(zone, resolver, reachable, timeout)
    return zone, owner


async def _is_elsewhere(domain: str, owner: Resolver) -> bool:
    """Tell whether a domain below a zone is one of its own."""
    try:
        answer = await owner.query(domain, "NS")
    except TempError:
        return True
    return answer.status == "found" or _is_referral(answer)


def _is_referral(answer: Answer) -> bool:
    """Tell whether a server says only that others know.

    Without a SOA record nobody has said that there is nothing (RFC 2308 section 2.2).
    """
    return answer.status != "found" and answer.ttl == MAX_TTL


def pick_reachable(
    nameservers: tuple[Nameserver, ...] = (),
) -> Callable[[tuple[str, ...]], tuple[Nameserver, ...]]:
    """Return what picks the addresses of a zone's servers that may be asked.

    Those on the Internet, since a zone must not lead us into our network; and the very
    addresses that are asked anyway, at the port
    that is named for each: so a whole DNS can be tried out on one machine.

    :param nameservers: who was named explicitly as the resolver, () for nobody.
    """
    named = {n.address: n for n in nameservers}

    def pick(addresses: tuple[str, ...]) -> tuple[Nameserver, ...]:
        far = [ip for ip in addresses if is_worth_asking(ip)]
        near = [ip for ip in addresses if ip in named and ip not in far]
        return (*map(Nameserver, far), *(named[ip] for ip in near))

    return pick


async def get_addresses(zone: Zone, resolver: Resolver) -> tuple[str, ...]:
    """Return addresses of the zone's servers: some that can be found out."""
    names = zone.nameservers[:MAX_SERVERS]
    questions = [resolver.query(name, kind) for name in names for kind in ("A", "AAAA")]
    answers = await asyncio.gather(*questions, return_exceptions=True)
    found = [answer.records for answer in answers if isinstance(answer, Answer)]
    # The first address of each server before the second of any: one server with many
    # must not take the place of the others.
    turns = itertools.chain.from_iterable(itertools.zip_longest(*found))
    return tuple(filter(None, turns))[:MAX_ADDRESSES]
