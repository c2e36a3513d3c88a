# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The checks of one domain, run side by side."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ..dns.names import normalize_name
from ..dns.resolver import Resolver, per_check
from ..errors import MailauthError, PermError
from ..findings import Finding, give_up, reason
from ..spf.walker import MAX_TREE, share_tree
from .check_dkim import check_dkim_keys
from .check_dmarc import (
    check_dmarc_alignment,
    check_dmarc_policy,
    check_dmarc_reports,
)
from .check_dmarc_record import check_dmarc_record
from .check_hosts import (
    check_dnssec,
    check_domain_exists,
    check_mx,
    check_return_path,
)
from .check_ptr import check_ptr
from .check_sender import check_sender
from .check_spf import check_spf_authorizes, list_envelopes
from .check_spf_record import (
    check_spf_lookups,
    check_spf_record,
    check_spf_single,
    check_spf_syntax,
)
from .check_tls_bimi import check_bimi, check_mta_sts, check_tls_rpt
from .context import Context, Fetcher
from .doubled import find_doubled
from .facts import Facts

# Seconds that the policy of MTA-STS may take when everything else has been answered:
# it comes over HTTPS, and nothing else depends on it.
POLICY_GRACE = 1.0

# SPF has the longest chain of answers that need one another. Its first questions go
# out alone, so that their answers don't queue behind those that nothing waits for.
HEAD_START = 0.006  # seconds
FOLLOWERS_FROM = "dkim_key"

Check = Callable[[Context], Awaitable[list[Finding]]]

# The order of the findings, and so of every list that shows them.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("spf_record", check_spf_record),
    ("spf_single", check_spf_single),
    ("spf_syntax", check_spf_syntax),
    ("spf_lookups", check_spf_lookups),
    ("spf_authorizes", check_spf_authorizes),
    ("sender", check_sender),
    ("dkim_key", check_dkim_keys),
    ("dmarc_record", check_dmarc_record),
    ("dmarc_policy", check_dmarc_policy),
    ("dmarc_alignment", check_dmarc_alignment),
    ("dmarc_reports", check_dmarc_reports),
    ("mx", check_mx),
    ("return_path", check_return_path),
    ("ptr", check_ptr),
    ("mta_sts", check_mta_sts),
    ("tls_rpt", check_tls_rpt),
    ("bimi", check_bimi),
    ("domain_exists", check_domain_exists),
    ("dnssec", check_dnssec),
)
CODES = tuple(code for code, _check in CHECKS)
# Reasons that say that mails are refused for certain.
REJECTED = ("unaligned_reject",)


async def check_domain(
    domain: str,
    facts: Facts,
    resolver: Resolver,
    fetcher: Fetcher | None = None,
) -> tuple[Finding, ...]:
    """Run all checks of a domain.

    Everything is asked side by side, each question once, until the resolver's timeout.

    :param domain: in U-labels or A-labels.
    :param facts: how its mails are sent.
    :param fetcher: gets the policy of MTA-STS (:func:`mailauth.mta_sts.fetch_policy`,
        or one with its signature); without one it is not fetched.
    :return: at least one finding for each of ``CODES``, in that order; a check that
        could not be done is a finding too. But what gets mails rejected for certain
        stands first, and of a domain that does not exist there is nothing else to say.
    :raises PermError: "name_invalid", for the domain or one in the facts.
    """
    domain = normalize_name(domain)
    facts = _normalize_facts(facts)
    async with per_check(resolver) as checked:
        context = Context(domain, facts, checked, fetcher)
        for name in list_envelopes(context)[0]:
            share_tree(name, checked, MAX_TREE)
        try:
            return await _run_checks(context)
        finally:
            await context.close()


async def check_alignment(
    domain: str, facts: Facts, resolver: Resolver
) -> tuple[Finding, ...]:
    """Run only the check whether mails from a domain satisfy DMARC.

    :return: a finding for each server, or one where there is none; see
        :func:`check_domain` for the rest.
    """
    async with per_check(resolver) as checked:
        context = Context(normalize_name(domain), _normalize_facts(facts), checked)
        try:
            return tuple(await check_dmarc_alignment(context))
        finally:
            await context.close()


def _normalize_facts(facts: Facts) -> Facts:
    names = _number_repeated([server.name for server in facts.servers])
    servers = tuple(
        replace(
            server,
            name=name,
            envelope_domain=_normalize(server.envelope_domain),
            signing_domain=_normalize(server.signing_domain),
        )
        for server, name in zip(facts.servers, names, strict=True)
    )
    keys = tuple(replace(key, domain=_normalize(key.domain)) for key in facts.keys)
    return replace(
        facts,
        servers=servers,
        keys=keys,
        envelope_domain=_normalize(facts.envelope_domain),
        from_domains=tuple(normalize_name(name) for name in facts.from_domains),
    )


def _normalize(name: str) -> str:
    return normalize_name(name) if name else ""


async def _run_checks(context: Context) -> tuple[Finding, ...]:
    tasks: dict[str, asyncio.Task] = {}
    try:
        for code, check in CHECKS:
            if code == FOLLOWERS_FROM:
                await asyncio.sleep(HEAD_START)
            tasks[code] = asyncio.create_task(_run_check(context, code, check))
        exists = await tasks["domain_exists"]
        if exists[0].why[0].code == "domain_missing":
            return tuple(exists)
        await asyncio.gather(*(tasks[code] for code in CODES if code != "mta_sts"))
        grace = min(POLICY_GRACE, context.resolver.time_left())
        await asyncio.wait([tasks["mta_sts"]], timeout=grace)
    finally:
        for task in tasks.values():
            task.cancel()
    findings = (
        finding
        for code in CODES
        for finding in _tell_apart(_get_findings(code, tasks[code]))
    )
    return tuple(sorted(findings, key=lambda one: one.why[0].code not in REJECTED))


def _tell_apart(findings: list[Finding]) -> list[Finding]:
    """Give each finding of a check a subject of its own.

    A server may have the name of a selector or domain that the same check is about.
    """
    subjects = _number_repeated([finding.subject for finding in findings])
    return [
        replace(finding, subject=subject)
        for finding, subject in zip(findings, subjects, strict=True)
    ]


def _number_repeated(names: list[str]) -> list[str]:
    """Return the names, in their order, with a number where one was there before."""
    unique: dict[str, None] = {}
    for name in names:
        numbered = (f"{name} ({number})".lstrip() for number in itertools.count(2))
        choices = itertools.chain([name], numbered)
        unique[next(choice for choice in choices if choice not in unique)] = None
    return list(unique)


def _get_findings(code: str, task: asyncio.Task) -> list[Finding]:
    if task.cancelled() or not task.done():
        return [Finding(code, "info", why=(reason("sts_slow"),))]
    return task.result()


async def _run_check(context: Context, code: str, check: Check) -> list[Finding]:
    try:
        return await find_doubled(context, check, await check(context))
    except PermError as error:
        why = reason(error.code, detail=error.detail)
        return [Finding(code, "fail", why=(why,))]
    except MailauthError as error:
        return [give_up(code, error)]
