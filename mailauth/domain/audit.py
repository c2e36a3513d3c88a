"""One check of a domain with all that surrounds it: guesses, the zone, the evidence."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..dns.addresses import is_public
from ..dns.authority import Zone, find_zone
from ..dns.names import normalize_name
from ..dns.resolver import CheckResolver, Nameserver, Resolver, per_check
from ..errors import PermError, TempError
from ..findings import Finding, Reason
from ..spf.tree import render_tree
from ..spf.walker import MAX_TREE, share_tree
from .check import check_domain
from .context import Fetcher
from .facts import Facts
from .propagation import Comparison, compare

AUTHORITY_SECONDS = 2.0  # for the zone's own servers, when something is wrong

Guesses = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Audit:
    """What DNS said about a domain.

    :param findings: of each check.
    :param zone: where its records are kept.
    :param comparison: what the zone's own servers know already.
    :param spf_tree: the SPF record with all that it leads to.
    """

    findings: tuple[Finding, ...]
    zone: Zone
    comparison: Comparison
    spf_tree: str = ""


@dataclass(frozen=True)
class Network:
    """What a check may reach besides the resolver.

    :param reachable: picks the addresses of a zone's servers that may be asked.
    :param fetcher: gets the policy of MTA-STS.
    """

    reachable: Callable[[tuple[str, ...]], tuple[Nameserver, ...]]
    fetcher: Fetcher | None


async def audit_domain(
    name: str,
    prepare_facts: Callable[[Guesses], Facts],
    hosts: Iterable[str],
    resolver: Resolver,
    network: Network,
) -> Audit:
    """Ask DNS everything about a domain, each question once, before one deadline.

    :param name: the domain; one that is no name becomes a finding.
    :param prepare_facts: makes the facts of what the hosts' addresses are.
    :param hosts: the hosts whose addresses are the best guess there is.
    """
    try:
        normalize_name(name)
    except PermError as error:
        return _give_up(error)
    async with per_check(resolver) as checked:
        zone_task = asyncio.ensure_future(find_zone(name, checked))
        facts = prepare_facts(await _guess_addresses(hosts, checked))
        findings = await check_domain(name, facts, checked, network.fetcher)
        zone = await zone_task
        tree = await share_tree(normalize_name(name), checked, MAX_TREE)

        def judge(other):
            return check_domain(name, facts, other)

        left = min(AUTHORITY_SECONDS, checked.time_left())
        comparison = await compare(
            zone, findings, judge, checked, network.reachable, left
        )
    return Audit(findings, zone, comparison, render_tree(tree))


def _give_up(error: PermError) -> Audit:
    """Return what there is to say of a name that DNS can't be asked about."""
    why = Reason(error.code, (("detail", error.detail),))
    finding = Finding("domain_exists", "fail", why=(why,))
    return Audit((finding,), Zone(), Comparison(asked=False))


async def _guess_addresses(hosts: Iterable[str], resolver: CheckResolver) -> Guesses:
    """Return {host: addresses} of servers whose egress nobody told us.

    What a host has inside a network is not what receivers see.
    """
    questions = [(host, kind) for host in hosts for kind in ("A", "AAAA")]
    answers = await asyncio.gather(
        *(resolver.query(*question) for question in questions), return_exceptions=True
    )
    guesses: dict[str, list[str]] = {}
    for (host, _kind), answer in zip(questions, answers, strict=True):
        if isinstance(answer, BaseException):
            if not isinstance(answer, TempError | PermError):
                raise answer
            continue
        guesses.setdefault(host, []).extend(filter(is_public, answer.records))
    return guesses
