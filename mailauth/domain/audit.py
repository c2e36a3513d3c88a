# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One check of a domain with all that surrounds it: guesses, the zone, the evidence."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..dkim.lookup import DkimKeyResult, check_dkim_key
from ..dkim.record import read_public_key
from ..dns.addresses import is_public
from ..dns.authority import (
    NO_ZONE,
    SparingResolver,
    Zone,
    find_owner,
    find_zone,
    reach_owner,
)
from ..dns.names import normalize_name
from ..dns.resolver import CheckResolver, Nameserver, Resolver, per_check
from ..errors import PermError, TempError
from ..findings import Finding, reason
from ..spf.networks import list_networks
from ..spf.tree import AuthorizedNetwork, render_tree
from ..spf.walker import MAX_TREE, share_tree
from .check import check_domain
from .context import Fetcher
from .facts import Facts, SigningKey
from .own_keys import pick_shown_key, suppose_active
from .propagation import Comparison, compare, compare_with

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
    :param networks: those that the SPF record lets send, None where DNS has not
        answered everything.
    """

    findings: tuple[Finding, ...]
    zone: Zone
    comparison: Comparison
    spf_tree: str = ""
    shown_key: ShownKey | None = None
    networks: tuple[AuthorizedNetwork, ...] | None = None


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
        work = _Work(normalize_name(name), prepare_facts, hosts, network, activating)
    except PermError as error:
        return _give_up(error)
    async with per_check(resolver) as checked:
        zone_task = asyncio.ensure_future(find_zone(work.domain, checked))
        judged = await _judge(work, checked)
        zone = await zone_task
        left = min(AUTHORITY_SECONDS, checked.time_left())
        comparison = await compare(
            zone, judged.findings, judged.again, checked, network.reachable, left
        )
        return await judged.make_audit(zone, comparison)


async def audit_sparingly(
    name: str,
    prepare_facts: Callable[[Guesses], Facts],
    hosts: Iterable[str],
    resolver: Resolver,
    network: Network,
    *,
    zone: Zone = NO_ZONE,
    activating: bool = False,
) -> Audit:
    """Do the same for somebody who publishes the records meanwhile.

    The zone's own servers are asked first, and the resolver only for what they have: so
    it never remembers that something is missing which is about to be published.

    Where they don't answer it is asked for everything, as :func:`audit_domain` does.

    :param zone: where the records are kept, as far as that is known.
    :return: ``comparison.asked`` tells whether they answered.
    """
    try:
        work = _Work(normalize_name(name), prepare_facts, hosts, network, activating)
    except PermError as error:
        return _give_up(error)
    async with per_check(resolver) as asked:
        # What they don't answer in time, the resolver has to answer in the rest.
        left = min(AUTHORITY_SECONDS, asked.time_left() / 3)
        if zone.holds(work.domain):
            owner = await reach_owner(zone, asked, network.reachable, left)
        else:
            zone, owner = await find_owner(work.domain, asked, network.reachable, left)
        if owner is not None:
            return await _audit_with(owner, zone, work, asked)
        return await audit_domain(
            name, prepare_facts, hosts, asked, network, activating=activating
        )


async def _audit_with(
    owner: Resolver, zone: Zone, work: "_Work", asked: CheckResolver
) -> Audit:
    """Audit with the zone's own servers, which are known to answer."""
    async with (
        per_check(owner, asked.time_left()) as own,
        per_check(SparingResolver(zone, own, asked)) as checked,
    ):
        judged = await _judge(work, checked)
        comparison = await compare_with(
            zone, judged.findings, judged.again, checked, own
        )
        return await judged.make_audit(zone, comparison)


@dataclass(frozen=True)
class _Work:
    """What an audit is about; see :func:`audit_domain`."""

    domain: str
    prepare_facts: Callable[[Guesses], Facts]
    hosts: Iterable[str]
    network: Network
    activating: bool


@dataclass(frozen=True)
class _Judged:
    """What the checks of a domain found, and what they found it with."""

    domain: str
    facts: Facts
    findings: tuple[Finding, ...]
    shown_key: ShownKey | None
    resolver: CheckResolver

    async def again(self, other: Resolver) -> tuple[Finding, ...]:
        """Run the same checks with another resolver; no policy is fetched again."""
        return await check_domain(self.domain, self.facts, other)

    async def make_audit(self, zone: Zone, comparison: Comparison) -> Audit:
        tree = await share_tree(self.domain, self.resolver, MAX_TREE)
        return Audit(
            self.findings,
            zone,
            comparison,
            render_tree(tree),
            self.shown_key,
            list_networks(tree),
        )


async def _judge(work: _Work, checked: CheckResolver) -> _Judged:
    """Run the checks; where a key of ours begins to sign, as it will be then."""
    domain, fetcher = work.domain, work.network.fetcher
    facts = work.prepare_facts(await guess_addresses(work.hosts, checked))
    findings = await check_domain(domain, facts, checked, fetcher)
    shown = None
    if work.activating:
        shown = await _find_shown_key(domain, facts, findings, checked)
    if shown:
        facts = suppose_active(facts, shown.key)
        again = await check_domain(domain, facts, checked, fetcher)
        findings = _take_over(findings, again)
    return _Judged(domain, facts, findings, shown, checked)


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


async def guess_addresses(hosts: Iterable[str], resolver: CheckResolver) -> Guesses:
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
