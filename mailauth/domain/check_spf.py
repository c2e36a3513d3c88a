# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the SPF record that receivers see stands, and authorizes what we send by."""

import asyncio
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ..dns.addresses import is_public
from ..errors import PermError, TempError
from ..findings import (
    STATUSES,
    Finding,
    Judged,
    Reason,
    Status,
    decide,
    explain_error,
    give_up,
    reason,
)
from ..printable import printable, show_records
from ..spf.check_host import SpfResult, check_host
from ..spf.lint import SpfIssue, SpfLint, lint_record
from ..spf.meant import Mend
from ..spf.reach import Stop, Way, find_way, reach_term
from ..spf.record import Directive, Network, parse_term
from ..spf.suggest import Refusal, SpfSuggestion, suggest_for_domain
from ..spf.tree import RecordNode, TermNode
from .context import Context
from .facts import Address, Facts, Server
from .spf_effect import (
    begins_to_mark,
    is_in_force,
    is_listed,
    refuses,
    soften_end,
)

Verdict = Literal["pass", "fail", "unknown", "temperror", "provider"]

# What can end the evaluation although each term of the record is right.
_LOOKUP_ISSUES = (
    "too_many_lookups",
    "void_lookups",
    "void_ipv4",
    "void_ipv6",
    "include_none",
    "redirect_none",
    "include_several",
    "include_loop",
    "too_many_mx",
)
_SHOWN_UNREAD = 3  # records that are named though they do not count
_SHOWN_RECORD = 200  # characters of each
_SECTIONS = {
    "spf_record": "4.5",
    "spf_single": "3.2",
    "spf_syntax": "4.6",
    "spf_lookups": "4.6.4",
}


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


async def _judge_server(context: Context, server: Server) -> SpfState:
    domain = get_envelope(context.facts, server, context.domain)
    if server.envelope == "provider":
        why = reason("spf_provider_domain", server=server.name)
        return _make_state(server, "", "provider", [("info", why)])
    if not domain:
        why = reason("spf_subdomain_unknown", server=server.name)
        return _make_state(server, "", "unknown", [("info", why)])
    if server.spf_term:
        judged = await _judge_term(context, domain, server.spf_term)
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
    elif way := _find_closed_way(lint):
        why = (
            _explain_stop(domain, way.stop)
            if way.stop
            else reason("spf_lets_nobody", domain=domain)
        )
    else:
        return []
    return [("fail", reason("spf_nobody_passes", domain=domain)), ("fail", why)]


def _find_closed_way(lint: SpfLint) -> Way | None:
    """Return the way into the only record where there is certainly none."""
    way = find_way(lint.tree) if lint.tree else None
    closed = way and not way.open and not (way.stop and way.stop.is_temporary)
    return way if closed else None


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


async def _judge_term(context: Context, domain: str, term: str) -> Judged:
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


# --- The record


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


async def check_spf_record(context: Context) -> list[Finding]:
    """Whether there is a record, what it should not hold, and what to publish."""
    findings = await _judge_all(context, "spf_record", "spf_record_ok")
    return list(await asyncio.gather(*(_repair(context, f) for f in findings)))


async def _repair(context: Context, finding: Finding) -> Finding:
    """Add the record that should be published, and what it changes."""
    suggestion = await _suggest(context, finding.name)
    repaired = _add_suggestion(finding, suggestion)
    if suggestion is None or not repaired.expected:
        return repaired
    why = [_explain_mend(note) for note in suggestion.notes]
    meant = (await lint_envelope(context, finding.name)).meant
    if meant.type99 and not meant.shown:
        why.append(reason("mended_spf_type99"))
    why += await _explain_effect(context, finding.name, suggestion)
    return replace(repaired, why=(*repaired.why, *why))


async def check_spf_single(context: Context) -> list[Finding]:
    """There is one record, never two (RFC 7208 section 3.2)."""
    return await _judge_all(context, "spf_single", "spf_single_ok")


async def check_spf_syntax(context: Context) -> list[Finding]:
    """One term that can't be read makes the whole record a permerror (section 4.6)."""
    return await _judge_all(context, "spf_syntax", "spf_syntax_ok")


async def check_spf_lookups(context: Context) -> list[Finding]:
    """Ten lookups and two void ones are allowed (section 4.6.4)."""
    return await _judge_all(context, "spf_lookups", "spf_lookups_ok")


def _get_check(code: str) -> str:
    """Return the check that an issue of the record belongs to."""
    if code == "record_several":
        return "spf_single"
    if code.startswith("syntax_") or code == "include_syntax":
        return "spf_syntax"
    return (
        "spf_lookups"
        if code in _LOOKUP_ISSUES or code.startswith("dns_")
        else ("spf_record")
    )


async def _judge_all(context: Context, code: str, good: str) -> list[Finding]:
    domains, needed = list_envelopes(context)
    findings = await asyncio.gather(
        *(_judge_one(context, code, good, domain) for domain in domains)
    )
    return list(findings) if needed else [_soften(f) for f in findings]


def _soften(finding: Finding) -> Finding:
    if finding.status == "pass":
        return finding
    why = (reason("spf_unused"), *finding.why)
    return replace(finding, status="info", why=why)


async def _judge_one(context: Context, code: str, good: str, domain: str) -> Finding:
    fields = {"name": domain, "rdtype": "TXT"}
    fields["subject"] = domain if domain != context.domain else ""
    try:
        lint = await lint_envelope(context, domain)
    except TempError as error:
        return give_up(code, error, rfc="RFC 7208 section 4.4", **fields)
    fields["found"] = show_records(lint.meant.shown)
    issues = [issue for issue in lint.issues if _get_check(issue.code) == code]
    judged = [(issue.status, _explain(issue)) for issue in issues]
    if not judged:
        judged = [_find_good(lint, good)]
    if code == "spf_record":
        judged += _list_unread(lint)
        if _lets_nobody(context, lint):
            nobody: Judged = [("fail", reason("spf_lets_nobody", domain=domain))]
            judged = nobody + [pair for pair in judged if pair[0] != "pass"]
    ranked = sorted(issues, key=lambda issue: -STATUSES.index(issue.status))
    section = ranked[0].section if ranked else _SECTIONS[code]
    return decide(code, judged, rfc=f"RFC 7208 section {section}", **fields)


def _find_good(lint: SpfLint, good: str) -> tuple[Status, Reason]:
    if lint.tree is None and good != "spf_record_ok":
        return "info", reason("spf_nothing_to_judge", domain=lint.domain)
    counts = {"lookups": lint.cost.lookups, "void": lint.cost.void_lookups}
    return "pass", reason(good, domain=lint.domain, **counts)


def _list_unread(lint: SpfLint) -> Judged:
    """Name what looks like an SPF record, and is neither read nor to be mended."""
    beside = lint.meant.near if lint.records else ()
    unread = {"omitted_spf_beside": beside, "omitted_spf_other": lint.meant.other}
    return [
        ("info", reason(code, text=printable(record, _SHOWN_RECORD)))
        for code, records in unread.items()
        for record in sorted(records)[:_SHOWN_UNREAD]
    ]


def _explain(issue: SpfIssue) -> Reason:
    if issue.code.startswith("dns_"):
        detail = issue.detail or issue.term
        return reason("dns_failed", cause=issue.code, detail=detail)
    params = {"domain": issue.domain, "term": issue.term, "detail": issue.detail}
    if issue.position >= 0:
        params["position"] = str(issue.position)
    return reason(f"spf_{issue.code}", **params)


# --- What to publish instead


def list_needed(context: Context, domain: str) -> tuple[str, ...]:
    """Return the mechanisms that a record of the domain must have.

    Providers' terms, and the known addresses of hosts without one; never a guess, nor
    an address that no receiver can see.
    """
    terms: list[str] = []
    for server in context.facts.servers:
        if get_envelope(context.facts, server, context.domain) != domain:
            continue
        terms += _list_terms(server)
    return tuple(dict.fromkeys(terms))


def _list_terms(server: Server) -> list[str]:
    if server.spf_term:
        return [server.spf_term]
    known = [address.ip for address in server.addresses if address.known]
    return [_make_term(ip) for ip in known if is_public(ip)]


def _make_term(ip: str) -> str:
    return f"ip6:{ip}" if ":" in ip else f"ip4:{ip}"


async def _suggest(context: Context, domain: str) -> SpfSuggestion | None:
    """Return what to publish, None where the record does what it should."""
    try:
        lint = await lint_envelope(context, domain)
        states = {
            term: await _is_authorized(context, domain, term)
            for term in list_needed(context, domain)
        }
        bad = any(i.status in ("warning", "fail") for i in lint.issues)
        bad = bad or _lets_nobody(context, lint)
        if False not in states.values() and (not bad or not _is_used(context)):
            return None
        needed = [term for term, authorized in states.items() if not authorized]
        if lint.alias:
            return SpfSuggestion("", (Refusal("alias", printable(lint.alias)),))
        records = sorted(lint.meant.counting)  # servers send them in any order
        return await suggest_for_domain(domain, needed, context.resolver, records)
    except (TempError, PermError):
        return None


def _lets_nobody(context: Context, lint: SpfLint) -> bool:
    """Tell whether our mails leave with an envelope for which nobody may send."""
    way = _find_closed_way(lint)
    if way is None or way.stop:
        return False
    return any(
        get_envelope(context.facts, server, context.domain) == lint.domain
        for server in context.facts.servers
    )


def _is_used(context: Context) -> bool:
    return list_envelopes(context)[1]


async def _is_authorized(context: Context, domain: str, term: str) -> bool | None:
    """Tell whether a suggestion without this term would still pass for it.

    :return: None where DNS did not answer what decides: that alone is no reason to
        change the order of a record.
    """
    if not term.startswith(("ip4:", "ip6:")) or "/" in term:
        judged = await _judge_term(context, domain, term)
        return {"pass": True, "temperror": None}.get(judged[0][0], False)
    ip = term.partition(":")[2]
    result = await check_address(context, domain, ip)
    tree = (await lint_envelope(context, domain)).tree
    if result.cause and result.cause.code == "dns_deadline":
        return None  # others may have more time
    if result.result == "temperror":
        # What is not there can only help; what is there may have counted all the time.
        return None if tree and _is_listed(tree, ip) else False
    if result.result != "pass":
        return False
    # The suggestion turns +all into ~all, so what only +all lets pass has to be named.
    return not _passes_all(tree) or _is_listed(tree, ip)


def _passes_all(tree: RecordNode | None) -> bool:
    last = tree.record.all_term if tree and tree.record else None
    return last is not None and last.qualifier == "+"


def _is_listed(tree: RecordNode, ip: str) -> bool:
    """Tell whether something else than the record's own +all lets an address pass."""
    address = ipaddress.ip_address(ip)
    return any(
        address in network
        for node in tree.passing()
        if not (isinstance(node.term, Directive) and node.term.mechanism == "all")
        for network in _list_networks(node)
    )


def _list_networks(node: TermNode) -> Iterator[Network]:
    """Yield the networks that a term stands for, with all below it."""
    yield from node.networks
    for below in node.record.passing() if node.record else ():
        yield from _list_networks(below)


def _add_suggestion(finding: Finding, suggestion: SpfSuggestion | None) -> Finding:
    # A record that is fine as it is needs no other.
    if suggestion is None:
        return finding
    if suggestion.text and suggestion.text == finding.found:
        return finding
    if not suggestion.text:
        refusals = [
            reason(f"repair_{refusal.code}", detail=refusal.detail)
            for refusal in suggestion.refusals
        ]
        # What is needed lacks, and nothing can be proposed: that is not in order.
        status = "warning" if finding.status in ("pass", "info") else finding.status
        return replace(finding, status=status, why=(*refusals, *finding.why))
    finding = replace(finding, expected=suggestion.text)
    if finding.status not in ("pass", "info"):
        return finding
    # Nothing is wrong with the text itself, but it lacks what other checks look for.
    others = [why for why in finding.why if why.code != "spf_record_ok"]
    return replace(finding, status="info", why=(reason("spf_record_change"), *others))


def _explain_mend(note: Mend) -> Reason:
    params = {"text": note.text, "meant": note.meant, "domain": note.domain}
    return reason(note.code, **{name: v for name, v in params.items() if v})


async def _explain_effect(
    context: Context, domain: str, suggestion: SpfSuggestion
) -> list[Reason]:
    """Tell what a proposal makes receivers refuse that they have not refused so far."""
    lint = await lint_envelope(context, domain)
    listed = {
        server.name: is_listed(_list_terms(server), suggestion)
        for server in context.facts.servers
        if get_envelope(context.facts, server, context.domain) == domain
    }
    names = ", ".join(name for name, on_it in listed.items() if not on_it)
    if is_in_force(lint) or not await refuses(suggestion, context.resolver):
        new = names and begins_to_mark(suggestion, lint)
        return [reason("effect_spf_softfail_some", servers=names)] if new else []
    if listed and not names:
        return [reason("effect_spf_fail", servers=", ".join(listed))]
    alternative = soften_end(suggestion.text)
    if not listed:
        return [reason("effect_spf_fail_unseen", alternative=alternative)]
    return [reason("effect_spf_fail_some", servers=names, alternative=alternative)]
