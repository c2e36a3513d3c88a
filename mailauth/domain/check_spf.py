# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the SPF record that receivers see authorizes what we send by."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from ..dns.addresses import is_public
from ..errors import PermError, TempError
from ..findings import Finding, Judged, Reason, decide, explain_error, reason
from ..printable import printable
from ..spf.check_host import SpfResult, check_host
from ..spf.lint import SpfLint, lint_record
from ..spf.reach import Stop, Way, find_way, reach_term
from ..spf.record import parse_term
from .context import Context
from .facts import Address, Facts, Server

Verdict = Literal["pass", "fail", "unknown", "temperror", "provider"]


@dataclass(frozen=True)
class SpfState:
    """Whether what leaves by a server passes SPF.

    :param server: the server.
    :param domain: the envelope domain that receivers see, "" where it isn't known.
    :param verdict: "pass", "fail", "unknown" (nothing proves it), "temperror", or
        "provider" (the envelope is the provider's own).
    :param finding: the finding of ``spf_authorizes``.
    """

    server: Server
    domain: str
    verdict: Verdict
    finding: Finding


def list_spf_states(context: Context):
    """Return the state of every server, judged once for all checks."""
    return context.share("spf", lambda: _list_spf_states(context))


async def _list_spf_states(context: Context) -> list[SpfState]:
    servers = context.facts.servers
    return list(await asyncio.gather(*(_judge_server(context, s) for s in servers)))


async def check_spf_authorizes(context: Context) -> list[Finding]:
    """What leaves by each server must pass for the envelope that receivers see."""
    states = await list_spf_states(context)
    if not states:
        why = reason("spf_no_server")
        return [Finding("spf_authorizes", "info", why=(why,))]
    return [state.finding for state in states]


def get_envelope(facts: Facts, server: Server, domain: str) -> str:
    """Return the envelope domain of a server, "" where it is not known."""
    if server.envelope == "ours":
        return facts.envelope_domain or domain
    return server.envelope_domain if server.envelope == "subdomain" else ""


def lint_envelope(context: Context, domain: str):
    """Return what :func:`lint_record` says of a domain, asked once for all checks."""
    return context.share(
        ("lint", domain), lambda: lint_record(domain, context.resolver)
    )


def list_envelopes(context: Context) -> tuple[tuple[str, ...], bool]:
    """Return the envelope domains whose SPF record is judged.

    :return: the domains; and whether receivers ever see them: where all providers put
        their own, our record does nothing.
    """
    facts, domain = context.facts, context.domain
    seen = [get_envelope(facts, server, domain) for server in facts.servers]
    names = tuple(dict.fromkeys(name for name in seen if name))
    if names:
        return names, True
    return (facts.envelope_domain or domain,), not facts.servers


async def _judge_server(context: Context, server: Server) -> SpfState:
    domain = get_envelope(context.facts, server, context.domain)
    if server.envelope == "provider":
        why = reason("spf_provider_domain", server=server.name)
        return _make_state(server, "", "provider", [("info", why)])
    if not domain:
        why = reason("spf_subdomain_unknown", server=server.name)
        return _make_state(server, "", "unknown", [("info", why)])
    if server.spf_term:
        judged = await judge_term(context, domain, server.spf_term)
    else:
        judged = await _judge_addresses(context, domain, server)
    return _make_state(server, domain, _sum_up(judged), judged)


def _sum_up(judged: Judged) -> Verdict:
    """Return the worst of what is known; what is only guessed proves nothing."""
    statuses = {"pass" if status == "warning" else status for status, _why in judged}
    verdicts: tuple[Verdict, ...] = ("fail", "temperror", "pass")
    return next((v for v in verdicts if v in statuses), "unknown")


def _make_state(
    server: Server, domain: str, verdict: Verdict, judged: Judged
) -> SpfState:
    finding = decide(
        "spf_authorizes",
        judged,
        subject=server.name,
        name=domain,
        rdtype="TXT" if domain else "",
        rfc="RFC 7208 section 4",
    )
    return SpfState(server, domain, verdict, finding)


async def _judge_addresses(context: Context, domain: str, server: Server) -> Judged:
    """Judge the addresses that receivers see; without one, what is true of all."""
    seen = [address for address in server.addresses if is_public(address.ip)]
    judged = [
        pair
        for one in await asyncio.gather(
            *(_judge_address(context, domain, address) for address in seen)
        )
        for pair in one
    ]
    judged += [
        ("info", reason("spf_private", address=address.ip, server=server.name))
        for address in server.addresses
        if address not in seen
    ]
    if not any(address.known for address in seen):
        if not server.addresses:
            judged.append(("info", reason("spf_no_address", server=server.name)))
        judged += await _judge_everybody(context, domain)
    return judged


async def _judge_address(context: Context, domain: str, address: Address) -> Judged:
    result = await check_address(context, domain, address.ip)
    params = {"address": address.ip, "domain": domain, "result": result.result}
    if not address.known:
        code = "spf_guess_ok" if result.result == "pass" else "spf_guess_bad"
        return [("info", reason(code, **params))]
    if result.result == "pass":
        return [("pass", reason("spf_ok", **params))]
    if isinstance(result.cause, TempError):
        cause = TempError(result.cause.code, result.cause.detail or domain)
        return [("temperror", explain_error(cause))]
    judged: Judged = [("fail", reason("spf_refused", **params))]
    if result.result == "none":
        judged.append(("fail", reason("spf_record_none", domain=domain)))
    elif result.cause:
        stop = Stop(result.cause.code, printable(result.cause.detail))
        judged.append(("fail", _explain_stop(domain, stop)))
    return judged


async def _judge_everybody(context: Context, domain: str) -> Judged:
    """Return why no sender at all can pass, whatever its address is; [] where one can.

    What fails whatever is not known is a failure.
    """
    try:
        lint = await lint_envelope(context, domain)
    except TempError:
        return []  # nothing is known, and other checks say so
    if len(lint.records) != 1:
        why = _explain_number(lint)
    elif way := find_closed_way(lint):
        why = (
            _explain_stop(domain, way.stop)
            if way.stop
            else reason("spf_lets_nobody", domain=domain)
        )
    else:
        return []
    return [("fail", reason("spf_nobody_passes", domain=domain)), ("fail", why)]


def find_closed_way(lint: SpfLint) -> Way | None:
    """Return the way into the only record where there is certainly none."""
    way = find_way(lint.tree) if lint.tree else None
    closed = way and not way.open and not (way.stop and way.stop.is_temporary)
    return way if closed else None


def lets_nobody(context: Context, lint: SpfLint) -> bool:
    """Tell whether our mails leave with an envelope for which nobody may send."""
    way = find_closed_way(lint)
    if way is None or way.stop:
        return False
    return any(
        get_envelope(context.facts, server, context.domain) == lint.domain
        for server in context.facts.servers
    )


def _explain_number(lint: SpfLint) -> Reason:
    count = len(lint.records)
    code = "spf_record_several" if count else "spf_record_none"
    return reason(code, domain=lint.domain, detail=count)


def _explain_stop(domain: str, stop: Stop) -> Reason:
    """Put what ends an evaluation into words: each kind of it is a reason."""
    return reason(f"spf_stops_{stop.kind}", domain=domain, detail=stop.detail)


async def check_address(context: Context, domain: str, ip: str) -> SpfResult:
    """Run check_host for a mail of ours, once for each domain and address."""
    return await context.share(
        ("check_host", domain, ip),
        lambda: check_host(
            ip, domain, f"postmaster@{domain}", domain, context.resolver
        ),
    )


# --- A provider's term


async def judge_term(context: Context, domain: str, term: str) -> Judged:
    """Tell whether a provider's term counts for all its senders (RFC 7208 4.6.4)."""
    try:
        wanted = parse_term(term)
    except PermError:
        return [("fail", reason("spf_term_invalid", term=printable(term)))]
    params = {"domain": domain, "term": printable(term)}
    try:
        lint = await lint_envelope(context, domain)
    except TempError as error:
        return [("temperror", explain_error(error))]
    if lint.tree is None:
        code = "spf_term_broken" if lint.records else "spf_term_missing"
        return [("fail", reason(code, **params)), ("fail", _explain_number(lint))]
    reached = reach_term(lint.tree, wanted)
    if reached.outcome == "found":
        judged: Judged = [("pass", reason("spf_term_ok", **params))]
        partly: Judged = [("warning", reason("spf_term_partly", **params))]
        return partly if reached.partly else judged
    stop = reached.stop
    if stop is None:
        return [("fail", reason("spf_term_missing", **params))]
    if stop.is_temporary:
        return [("temperror", explain_error(TempError(stop.code, stop.detail)))]
    why = _explain_stop(domain, stop)
    return [("fail", reason("spf_term_broken", **params)), ("fail", why)]
