# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the zone's own servers show already while others still have the old answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from ..dns.authority import ASK_TIMEOUT, AuthorityResolver, Zone, reach_owner
from ..dns.resolver import CheckResolver, Nameserver, Resolver
from ..errors import PermError, TempError
from ..findings import STATUSES, Finding
from .reasons import find_kind

Judge = Callable[[Resolver], Awaitable[tuple[Finding, ...]]]


@dataclass(frozen=True)
class Pending:
    """A finding that is better at the zone's own servers.

    :param code: the finding's check.
    :param subject: the finding's subject.
    :param ttl: seconds that resolvers may keep the old answer, at most.
    """

    code: str
    subject: str
    ttl: int


@dataclass(frozen=True)
class Comparison:
    """What the zone's own servers know that the resolver does not yet.

    :param asked: whether they could be asked.
    :param pending: the findings that they make better.
    """

    asked: bool
    pending: tuple[Pending, ...] = ()


async def compare(
    zone: Zone,
    findings: tuple[Finding, ...],
    judge: Judge,
    resolver: Resolver,
    reachable: Callable[[tuple[str, ...]], tuple[Nameserver, ...]],
    timeout: float = 2 * ASK_TIMEOUT,
) -> Comparison:
    """Tell which faults the zone's own servers don't show any more.

    Asks nothing where ``findings`` hold no fault, and no key of ours waits to be seen.

    :param judge: runs the same checks with another resolver.
    :param reachable: picks the addresses that may be asked.
    :param timeout: seconds for all of it.
    """
    if not any(_is_fault(finding) for finding in findings) or not zone.name:
        return Comparison(asked=False)
    try:
        async with asyncio.timeout(timeout):
            owner = await reach_owner(zone, resolver, reachable, timeout)
            if owner is None:
                return Comparison(asked=False)
            theirs = await judge(AuthorityResolver(zone, owner, resolver, timeout))
    except (TempError, PermError, TimeoutError):
        return Comparison(asked=False)
    pending = await _find_pending(findings, theirs, resolver)
    return Comparison(asked=True, pending=pending)


async def compare_with(
    zone: Zone,
    findings: tuple[Finding, ...],
    judge: Judge,
    resolver: CheckResolver,
    owner: Resolver,
) -> Comparison:
    """Tell the same where the zone's own servers are known to answer.

    :param owner: asks them.
    """
    pending: tuple[Pending, ...] = ()
    if any(map(_may_be_pending, findings)):
        left = resolver.time_left()
        theirs = await judge(AuthorityResolver(zone, owner, resolver, left))
        pending = await _find_pending(findings, theirs, resolver)
    return Comparison(asked=True, pending=pending)


def _is_fault(finding: Finding) -> bool:
    waits = any(why.code == "key_not_active" for why in finding.why)
    return waits or finding.status in ("warning", "fail")


def _may_be_pending(finding: Finding) -> bool:
    """Tell whether a finding is about something that may be published."""
    if _is_fault(finding):
        return True
    kind = find_kind(why.code for why in finding.why)
    return finding.status == "info" and kind in ("optional", "open")


async def _find_pending(
    findings: Iterable[Finding], theirs: Iterable[Finding], resolver: Resolver
) -> tuple[Pending, ...]:
    better = {(f.code, f.subject): STATUSES.index(f.status) for f in theirs}
    pending = []
    for finding in filter(_may_be_pending, findings):
        key = (finding.code, finding.subject)
        rank = STATUSES.index(finding.status)
        if better.get(key, rank) < rank:
            ttl = await _get_ttl(finding, resolver)
            pending.append(Pending(finding.code, finding.subject, ttl))
    return tuple(pending)


async def _get_ttl(finding: Finding, resolver: Resolver) -> int:
    if not finding.name:
        return 0
    try:
        answer = await resolver.query(finding.name, finding.rdtype or "TXT")
    except (TempError, PermError):
        return 0
    return answer.ttl
