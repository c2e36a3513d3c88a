# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the domain is there, and takes replies and bounces."""

import asyncio

from ..dns.addresses import is_public
from ..dns.resolver import Answer
from ..dns.wire import Mx
from ..errors import TempError
from ..findings import (
    Finding,
    Judged,
    Reason,
    Status,
    decide,
    explain_error,
    give_up,
    reason,
)
from .context import Context

MAX_HOSTS = 10  # exchanges or names that are looked at
MAX_ABOVE = 3  # domains above one that does not exist


async def check_domain_exists(context: Context) -> list[Finding]:
    """RFC 8020: NXDOMAIN means that nothing is there, and nothing below."""
    code, fields = "domain_exists", {"rfc": "RFC 8020 section 2"}
    answer = await context.ask(context.domain, "TXT")
    if isinstance(answer, TempError):
        return [give_up(code, answer, **fields)]
    if answer.status != "nxdomain":
        why = reason("domain_found", domain=context.domain)
        return [Finding(code, "pass", why=(why,), **fields)]
    above = await _find_domain_above(context)
    why = reason("domain_missing", domain=context.domain)
    if above:
        why = reason("domain_empty", domain=context.domain, above=above)
    return [Finding(code, "fail", why=(why,), **fields)]


async def _find_domain_above(context: Context) -> str:
    """Return the nearest domain above that takes mail or has an address, or "".

    One that is registered, then: of what registries keep (co.uk) none has either.
    """
    labels = context.domain.split(".")
    above = [".".join(labels[n:]) for n in range(1, len(labels) - 1)][:MAX_ABOVE]
    questions = [(name, rdtype) for name in above for rdtype in ("MX", "A")]
    answers = await asyncio.gather(*(context.ask(*one) for one in questions))
    known = (
        name
        for (name, _rdtype), answer in zip(questions, answers, strict=True)
        if isinstance(answer, Answer) and answer.records
    )
    return next(known, "")


async def check_dnssec(context: Context) -> list[Finding]:
    """Informative: whether our resolver validated the answers (RFC 4035)."""
    fields = {"rfc": "RFC 4035 section 3.2.3"}
    answer = await context.ask(context.domain, "TXT")
    if isinstance(answer, TempError):
        return [give_up("dnssec", answer, **fields)]
    if answer.authenticated:
        return [Finding("dnssec", "pass", why=(reason("dnssec_valid"),), **fields)]
    return [Finding("dnssec", "info", why=(reason("dnssec_absent"),), **fields)]


async def check_mx(context: Context) -> list[Finding]:
    """Replies must come back (RFC 5321 section 5.1, RFC 7505)."""
    judged, found = await _judge_mail_route(context, context.domain)
    fields = {"name": context.domain, "rdtype": "MX", "rfc": "RFC 5321 section 5.1"}
    return [decide("mx", judged, found=found, **fields)]


async def check_return_path(context: Context) -> list[Finding]:
    """Bounces must come back to the envelope sender that receivers see."""
    facts = context.facts
    checks = []
    kinds = {server.envelope for server in facts.servers}
    if "ours" in kinds or not kinds:
        ours = facts.envelope_domain or context.domain
        checks.append(_check_bounces(context, ours))
    delegated = [s for s in facts.servers if s.envelope == "subdomain"]
    for name in dict.fromkeys(s.envelope_domain for s in delegated):
        if name:
            checks.append(_check_bounces(context, name))
    findings = list(await asyncio.gather(*checks))
    for server in facts.servers:
        if server.envelope == "provider" or server in _unnamed(delegated):
            why = reason("return_path_provider", server=server.name)
            findings.append(
                Finding("return_path", "info", why=(why,), subject=server.name)
            )
    return findings


def _unnamed(servers: list) -> list:
    return [server for server in servers if not server.envelope_domain]


async def _check_bounces(context: Context, domain: str) -> Finding:
    judged, found = await _judge_mail_route(context, domain)
    return decide(
        "return_path",
        judged,
        found=found,
        subject=domain,
        name=domain,
        rdtype="MX",
        rfc="RFC 5321 section 5.1",
    )


async def _judge_mail_route(context: Context, domain: str) -> tuple[Judged, str]:
    answer = await context.ask(domain, "MX")
    if isinstance(answer, TempError):
        return [("temperror", explain_error(answer))], ""
    found = "\n".join(f"{mx.preference} {mx.exchange}." for mx in _sort(answer)[:20])
    if answer.status == "nxdomain":
        return [("fail", reason("mx_no_domain", domain=domain))], found
    if not answer.records:
        return await _judge_implicit_mx(context, domain), found
    if any(not mx.exchange for mx in answer.records):
        return [("fail", reason("mx_null", domain=domain))], found
    return await _judge_exchanges(context, answer), found


def _sort(answer: Answer) -> list[Mx]:
    return sorted(answer.records, key=lambda mx: (mx.preference, mx.exchange))


async def _judge_implicit_mx(context: Context, domain: str) -> Judged:
    addresses, failure = await list_addresses(context, domain)
    if addresses:
        return [("warning", reason("mx_implicit", domain=domain))]
    if failure:
        return [("temperror", explain_error(failure))]
    return [("fail", reason("mx_absent", domain=domain))]


async def _judge_exchanges(context: Context, answer: Answer) -> Judged:
    hosts = list(dict.fromkeys(mx.exchange for mx in _sort(answer)))
    judged = await asyncio.gather(
        *(_judge_exchange(context, host) for host in hosts[:MAX_HOSTS])
    )
    bad: Judged = [pair for pair in judged if pair[0] != "pass"]
    usable = len(judged) - len([s for s, _ in bad if s in ("fail", "temperror")])
    if usable:
        # The others take the mail: the way back is there, if not as it should be.
        bad = [("warning" if s == "fail" else s, r) for s, r in bad]
        bad = [("info" if s == "temperror" else s, r) for s, r in bad]
    if len(hosts) > MAX_HOSTS:
        bad.append(("warning", reason("mx_many", count=len(hosts), limit=MAX_HOSTS)))
    return bad or [("pass", reason("mx_ok", hosts=", ".join(hosts)))]


async def _judge_exchange(context: Context, host: str) -> tuple[Status, Reason]:
    # Senders take the IPv4 address where there is one; hardly any host has none.
    answer = await context.ask(host, "A")
    if isinstance(answer, TempError) or not answer.records:
        answer = _choose(answer, await context.ask(host, "AAAA"))
    if isinstance(answer, TempError):
        return "temperror", explain_error(answer)
    if not answer.records:
        return "fail", reason("mx_unresolved", host=host)
    if not any(is_public(address) for address in answer.records):
        return "fail", reason("mx_private", host=host, address=answer.records[0])
    if answer.cnames:
        return "warning", reason("mx_cname", host=host, target=answer.cnames[-1])
    return "pass", reason("mx_ok", hosts=host)


def _choose(first: Answer | TempError, second: Answer | TempError):
    """Return the answer with records, else the one that leaves something unknown."""
    if isinstance(second, Answer) and not second.records:
        return first
    return second


async def list_addresses(
    context: Context, host: str
) -> tuple[tuple[str, ...], TempError | None]:
    """Return a host's addresses, IPv4 first, and why there may be more."""
    answers = await asyncio.gather(context.ask(host, "A"), context.ask(host, "AAAA"))
    addresses: tuple[str, ...] = ()
    failure = None
    for answer in answers:
        if isinstance(answer, TempError):
            failure = answer
        else:
            addresses += answer.records
    return addresses, failure
