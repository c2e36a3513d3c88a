# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The SPF record to publish instead of one that does not do what it should."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace

from ..dns.addresses import is_public
from ..errors import PermError, TempError
from ..findings import Finding, Reason, reason
from ..printable import printable
from ..spf.meant import Mend
from ..spf.record import Directive, Network
from ..spf.suggest import Refusal, SpfSuggestion, suggest_for_domain
from ..spf.tree import RecordNode, TermNode
from .check_spf import (
    check_address,
    get_envelope,
    judge_term,
    lets_nobody,
    lint_envelope,
    list_envelopes,
)
from .context import Context
from .facts import Server
from .spf_effect import begins_to_mark, is_in_force, is_listed, refuses, soften_end


async def propose_record(context: Context, finding: Finding) -> Finding:
    """Add the record that should be published to a finding, and what it changes."""
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


async def _suggest(context: Context, domain: str) -> SpfSuggestion | None:
    """Return what to publish, None where the record does what it should."""
    try:
        lint = await lint_envelope(context, domain)
        states = {
            term: await _is_authorized(context, domain, term)
            for term in _list_needed(context, domain)
        }
        bad = any(i.status in ("warning", "fail") for i in lint.issues)
        bad = bad or lets_nobody(context, lint)
        if False not in states.values() and (not bad or not _is_used(context)):
            return None
        needed = [term for term, authorized in states.items() if not authorized]
        if lint.alias:
            return SpfSuggestion("", (Refusal("alias", printable(lint.alias)),))
        records = sorted(lint.meant.counting)  # servers send them in any order
        return await suggest_for_domain(domain, needed, context.resolver, records)
    except (TempError, PermError):
        return None


def _is_used(context: Context) -> bool:
    return list_envelopes(context)[1]


def _list_needed(context: Context, domain: str) -> tuple[str, ...]:
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


async def _is_authorized(context: Context, domain: str, term: str) -> bool | None:
    """Tell whether a suggestion without this term would still pass for it.

    :return: None where DNS did not answer what decides: that alone is no reason to
        change the order of a record.
    """
    if not term.startswith(("ip4:", "ip6:")) or "/" in term:
        judged = await judge_term(context, domain, term)
        return {"pass": True, "temperror": None}.get(judged[0][0], False)
    ip = term.partition(":")[2]
    result = await check_address(context, domain, ip)
    tree = (await lint_envelope(context, domain)).tree
    if result.cause and result.cause.code == "dns_deadline":
        return None  # others may have more time
    if result.result == "temperror":
        # What is not there can only help; what is there may have counted all the time.
        return None if tree and _names_address(tree, ip) else False
    if result.result != "pass":
        return False
    # The suggestion turns +all into ~all, so what only +all lets pass has to be named.
    return not _passes_all(tree) or _names_address(tree, ip)


def _passes_all(tree: RecordNode | None) -> bool:
    last = tree.record.all_term if tree and tree.record else None
    return last is not None and last.qualifier == "+"


def _names_address(tree: RecordNode, ip: str) -> bool:
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
