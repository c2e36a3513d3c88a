# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The servers that own a zone: who they are, and how they are asked."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import TempError
from .addresses import is_worth_asking
from .names import normalize_name
from .resolver import Answer, Nameserver, Resolver

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
        inside = name == self._zone.name or name.endswith("." + self._zone.name)
        if not inside:
            return await self._others.query(name, rdtype)
        answer = await self._owner.query(name, rdtype)
        if answer.status != "found" and answer.cnames:
            # A server that owns the alias need not know its target.
            return await self._others.query(name, rdtype)
        return answer


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
