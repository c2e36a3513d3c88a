# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One check of a domain with all that surrounds it: guesses, the zone, the evidence."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..dkim.lookup import DkimKeyResult, check_dkim_key
from ..dkim.record import read_public_key
from ..dns.addresses import is_public
from ..dns.authority import Zone, find_zone
from ..dns.names import normalize_name
from ..dns.resolver import CheckResolver, Nameserver, Resolver, per_check
from ..errors import PermError, TempError
from ..findings import Finding, reason
from ..spf.tree import render_tree
from ..spf.walker import MAX_TREE, share_tree
from .check import check_domain
from .context import Fetcher
from .facts import Facts, SigningKey
from .own_keys import pick_shown_key, suppose_active
from .propagation import Comparison, compare

AUTHORITY_SECONDS = 2.0  # for the zone's own servers, when something is wrong

Guesses = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class ShownKey:
    """A key of ours that may sign from now on.

    :param key: it.
    :param result: what DNS shows of it.
    """

    key: SigningKey
    result: DkimKeyResult


@dataclass(frozen=True)
class Audit:
    """What DNS said about a domain.

    :param findings: of each check.
    :param zone: where its records are kept.
    :param comparison: what the zone's own servers know already.
    :param spf_tree: the SPF record with all that it leads to.
    :param shown_key: our first key that DNS shows, where the audit was to find one that
        may sign and none did: the findings are as they will be once it signs.
    """

    findings: tuple[Finding, ...]
    zone: Zone
    comparison: Comparison
    spf_tree: str = ""
    shown_key: ShownKey | None = None


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
    *,
    activating: bool = False,
) -> Audit:
    """Ask DNS everything about a domain, each question once, before one deadline.

    :param name: the domain; one that is no name becomes a finding.
    :param prepare_facts: makes the facts of what the hosts' addresses are.
    :param hosts: the hosts whose addresses are the best guess there is.
    :param activating: whether our first key that DNS shows will sign from now on,
        unless one signs already.
    """
    try:
        domain = normalize_name(name)
    except PermError as error:
        return _give_up(error)
    async with per_check(resolver) as checked:
        zone_task = asyncio.ensure_future(find_zone(name, checked))
        facts = prepare_facts(await _guess_addresses(hosts, checked))
        findings = await check_domain(name, facts, checked, network.fetcher)
        shown = None
        if activating:
            shown = await _find_shown_key(domain, facts, findings, checked)
        if shown:
            facts = suppose_active(facts, shown.key)
            again = await check_domain(name, facts, checked, network.fetcher)
            findings = _take_over(findings, again)
        zone, tree = await zone_task, await share_tree(domain, checked, MAX_TREE)

        def judge(other):
            return check_domain(name, facts, other)

        left = min(AUTHORITY_SECONDS, checked.time_left())
        comparison = await compare(
            zone, findings, judge, checked, network.reachable, left
        )
    return Audit(findings, zone, comparison, render_tree(tree), shown)


async def _find_shown_key(
    domain: str, facts: Facts, findings: tuple[Finding, ...], resolver: CheckResolver
) -> ShownKey | None:
    """Return our key that may begin to sign, with what its check has just found.

    The answer is there already, but time to read it once more may not be left: then
    there is no proof that DNS shows the key, and it must not sign.
    """
    key = pick_shown_key(domain, facts, findings)
    if key is None:
        return None
    public_key = read_public_key(key.public_key, key.algorithm)
    signing_domain = key.domain or domain
    result = await check_dkim_key(key.selector, signing_domain, resolver, public_key)
    return ShownKey(key, result) if result.result == "pass" else None


def _take_over(
    findings: tuple[Finding, ...], again: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return the later findings; where time ran out meanwhile, what is known stays."""
    known = {(f.code, f.subject): f for f in findings if f.status != "temperror"}
    return tuple(
        known.get((later.code, later.subject), later)
        if later.status == "temperror"
        else later
        for later in again
    )


def _give_up(error: PermError) -> Audit:
    """Return what there is to say of a name that DNS can't be asked about."""
    why = reason(error.code, detail=error.detail)
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
