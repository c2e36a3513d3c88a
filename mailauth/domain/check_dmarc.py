# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the published DMARC policy means for the mails that we send."""

import asyncio
from typing import Literal

from ..dmarc.alignment import Verdict, align_domain, combine_verdicts
from ..dmarc.destination import ReportDestination, check_destination
from ..dmarc.policy import DmarcResult, discover_dmarc
from ..dmarc.record import DmarcNote, DmarcRecord, DmarcUri
from ..dns.resolver import Resolver
from ..findings import Finding, Judged, Reason, Status, decide, reason
from .check_spf import list_spf_states
from .context import Context
from .dmarc_advice import ask_permission
from .facts import Server
from .keys import KeyState, describe_signing, list_keys

# What is said of the addresses of reports: by the check of the reports.
REPORT_NOTES = ("uri_invalid", "uri_size", "uri_not_mailto", "uri_too_many")
_NOTE_STATUS: dict[str, Status] = {
    "tag_removed": "info",
    "tag_case": "info",
    "tag_empty": "info",
    "fo_both": "info",
    "uri_size": "info",
    "tag_unknown": "info",
    "policy_not_second": "info",
    "fo_without_ruf": "info",
    "policy_missing": "fail",
    "policy_invalid": "fail",
}


def get_from_domains(context: Context) -> tuple[str, ...]:
    """Return the domains that mails have in From."""
    return context.facts.from_domains or (context.domain,)


def rate_note(note: DmarcNote, record: DmarcRecord) -> Status:
    """Return what a note alone would make of the finding it stands in."""
    # Without p= a record that asks for reports counts as p=none (section 4.10.1).
    if note.code == "policy_missing" and record.rua:
        return "warning"
    return _NOTE_STATUS.get(note.code, "warning")


def explain_temperror(dmarc: DmarcResult) -> Reason:
    """Explain why nothing is known of a policy."""
    return reason("dns_failed", cause=dmarc.cause, detail=dmarc.detail)


def explain_note(note: DmarcNote, record: DmarcRecord) -> Reason:
    """Explain a note of a record that receivers read."""
    code = note.code
    if code == "tag_removed" and note.text.startswith("pct=") and record.pct < 100:
        code = "pct" if record.pct else "pct_testing" if record.testing else "pct_zero"
    return reason(f"dmarc_{code}", text=note.text)


async def check_dmarc_policy(context: Context) -> list[Finding]:
    """What receivers are asked to do with mails that fail (section 4.10.1)."""
    findings = []
    for domain in get_from_domains(context):
        dmarc = await context.discover(domain)
        subject = domain if domain != context.domain else ""
        rfc = "RFC 9989 section 4.10.1"
        found = f"{dmarc.policy_tag}={dmarc.policy}" if dmarc.policy else ""
        findings.append(
            decide(
                "dmarc_policy",
                _judge_policy(dmarc),
                found=found,
                rfc=rfc,
                subject=subject,
            )
        )
    return findings


def _judge_policy(dmarc: DmarcResult) -> Judged:
    if dmarc.problem == "temperror":
        return [("temperror", explain_temperror(dmarc))]
    if dmarc.policy is None or dmarc.record is None:
        return [("info", reason("policy_unknown", domain=dmarc.domain))]
    if dmarc.policy == "none":
        return [("info", reason("policy_none", domain=dmarc.domain))]
    judged = _judge_testing(dmarc.policy, dmarc.record)
    if not judged:
        judged.append(("pass", reason("policy_enforced", policy=dmarc.policy)))
    if dmarc.policy_tag != "p":
        return judged
    if dmarc.record.select_policy("sp") == "none":
        judged.append(("info", reason("policy_weak_below", policy=dmarc.policy)))
    elif dmarc.record.np == "none":
        judged.append(("info", reason("policy_weak_missing", policy=dmarc.policy)))
    return judged


def _judge_testing(policy: str, record: DmarcRecord) -> Judged:
    """Tell for whom the policy is not in force yet.

    Receivers of RFC 9989 read t and ignore pct, those of RFC 7489 the other way round.
    """
    params = {"policy": policy, "pct": record.pct}
    if record.testing:
        code = "policy_testing" if record.pct == 0 else "policy_testing_new"
        if (code, policy) == ("policy_testing", "reject"):
            code = "policy_testing_reject"
        return [("info", reason(code, **params))]
    if record.pct < 100:
        code = "policy_partly" if record.pct else "policy_testing_old"
        return [("info", reason(code, **params))]
    return []


async def check_dmarc_alignment(context: Context) -> list[Finding]:
    """Whether our own mails satisfy DMARC, for each server that they leave by."""
    servers = context.facts.servers
    if not servers:
        why = reason("alignment_no_server")
        return [Finding("dmarc_alignment", "info", why=(why,))]
    domains = get_from_domains(context)
    checks = [_check_alignment(context, s, d) for d in domains for s in servers]
    return list(await asyncio.gather(*checks))


async def judge_servers(
    context: Context, resolver: Resolver, place: str
) -> dict[str, str]:
    """Tell of each server whether its mails satisfy DMARC, as another resolver has it.

    :param resolver: knows of a record that is not published yet.
    :param place: the domain that it is for; what other records decide is left out.
    :return: {subject: "pass", "fail", "unknown" or "temperror"}.
    """
    verdicts = {}
    for domain in get_from_domains(context):
        dmarc = await discover_dmarc(domain, resolver)
        if dmarc.policy_domain != place:
            continue
        for server in context.facts.servers:
            spf, dkim = await _align(context, dmarc, server, resolver)
            subject = _name_subject(context, server, domain)
            verdicts[subject] = combine_verdicts((spf[0], dkim[0]))
    return verdicts


def _name_subject(context: Context, server: Server, domain: str) -> str:
    return server.name if domain == context.domain else f"{server.name} ({domain})"


async def _align(
    context: Context, dmarc: DmarcResult, server: Server, resolver: Resolver
) -> tuple[tuple[Verdict, Reason], tuple[Verdict, Reason]]:
    """Return what SPF and what DKIM do for mails by a server."""
    return await asyncio.gather(
        _align_spf(context, dmarc, server, resolver),
        _align_dkim(context, dmarc, server, resolver),
    )


async def _check_alignment(context: Context, server: Server, domain: str) -> Finding:
    dmarc = await context.discover(domain)
    spf, dkim = await _align(context, dmarc, server, context.resolver)
    return Finding(
        "dmarc_alignment",
        _judge_alignment(dmarc, spf[0], dkim[0]),
        found=f"SPF: {spf[0]}, DKIM: {dkim[0]}, policy: {dmarc.policy or '-'}",
        why=(_sum_up(dmarc, spf[0], dkim[0]), spf[1], dkim[1]),
        rfc="RFC 9989 section 4.4",
        subject=_name_subject(context, server, domain),
    )


def _judge_alignment(dmarc: DmarcResult, spf: Verdict, dkim: Verdict) -> Status:
    result = combine_verdicts((spf, dkim))
    if result == "pass":
        return "pass"
    if "temperror" in (dmarc.problem, result):
        return "temperror"
    if result == "unknown":
        return "info"
    enforced = dmarc.policy in ("quarantine", "reject")
    return "fail" if enforced and not _is_tested(dmarc) else "warning"


def _is_tested(dmarc: DmarcResult) -> bool:
    """Tell whether nobody is asked to act yet: all make none of the policy.

    By t=y those of RFC 9989 (section 4.7), by pct=0 those of RFC 7489 (section 6.6.4);
    both make quarantine of reject.
    """
    return _is_eased(dmarc) and dmarc.policy != "reject"


def _is_eased(dmarc: DmarcResult) -> bool:
    return dmarc.testing and dmarc.record is not None and dmarc.record.pct == 0


def _sum_up(dmarc: DmarcResult, spf: Verdict, dkim: Verdict) -> Reason:
    if spf == dkim == "yes":
        return reason("aligned_both")
    if dkim == "yes":
        return reason("aligned_dkim")
    if spf == "yes":
        return reason("aligned_spf")
    if dmarc.problem == "temperror":
        return explain_temperror(dmarc)
    if "temperror" in (spf, dkim):
        return reason("aligned_temperror")
    if "unknown" in (spf, dkim):
        return reason("aligned_unproven")
    if dmarc.policy in ("quarantine", "reject"):
        code = f"unaligned_{dmarc.policy}"
        if _is_eased(dmarc):
            tested = _is_tested(dmarc)
            code = "unaligned_testing" if tested else "unaligned_reject_testing"
        return reason(code, domain=dmarc.domain)
    code = "unaligned_none" if dmarc.policy else "unaligned_no_policy"
    return reason(code, domain=dmarc.domain)


async def _align_spf(
    context: Context, dmarc: DmarcResult, server: Server, resolver: Resolver
) -> tuple[Verdict, Reason]:
    states = await list_spf_states(context)
    state = next(state for state in states if state.server is server)
    if state.verdict == "provider":
        return "no", reason("spf_provider_domain", server=state.server.name)
    domain = state.domain
    if state.verdict == "fail":
        return "no", reason("spf_no_pass", domain=domain)
    aligned = await _compare(dmarc, domain, "aspf", resolver)
    if aligned == "no":
        return "no", reason("spf_unaligned", domain=domain, author=dmarc.domain)
    if state.verdict == "temperror" or aligned == "temperror":
        return "temperror", reason("spf_temperror", domain=domain)
    if state.verdict == "unknown":
        return "unknown", reason("spf_unknown", domain=domain)
    return "yes", reason("spf_aligned", domain=domain)


async def _align_dkim(
    context: Context, dmarc: DmarcResult, server: Server, resolver: Resolver
) -> tuple[Verdict, Reason]:
    keys = await list_keys(context)
    signing = describe_signing(server, keys)
    live = (*signing.good, *signing.unproven)
    verdicts = [await _compare(dmarc, key.domain, "adkim", resolver) for key in live]
    pairs = list(zip(live, verdicts, strict=True))
    aligned = [key for key, verdict in pairs if verdict == "yes"]
    for key in aligned:
        if key in signing.good:
            return "yes", reason("dkim_aligned", selector=key.selector)
    if aligned:
        return "unknown", _explain_unproven(server, aligned[0])
    if signing.missing:
        missing = signing.missing
        return await _align_unlisted(context, dmarc, server, missing, resolver)
    unsure = [*signing.unsure, *(key for key, one in pairs if one == "temperror")]
    if unsure:
        return "temperror", reason("dkim_temperror", selector=unsure[0].selector)
    if live:
        domain, author = live[0].domain, dmarc.domain
        return "no", reason("dkim_unaligned", domain=domain, author=author)
    code = "dkim_no_signature" if not keys else "dkim_no_key"
    return "no", reason(code, server=server.name)


def _explain_unproven(server: Server, key: KeyState) -> Reason:
    code = "dkim_unseen" if key.is_live else "dkim_some_verifiers"
    if key.is_tested:
        code = "dkim_tested"
    return reason(code, selector=key.selector, server=server.name)


async def _align_unlisted(
    context: Context,
    dmarc: DmarcResult,
    server: Server,
    missing: str,
    resolver: Resolver,
) -> tuple[Verdict, Reason]:
    """Judge who signs with a key that nobody told us: a mail may have shown it."""
    domain = server.signing_domain or context.domain
    aligned = server.signing_seen and await _compare(dmarc, domain, "adkim", resolver)
    if aligned == "yes":
        return "yes", reason("dkim_seen", server=server.name)
    return "unknown", reason(f"dkim_{missing}", server=server.name)


async def _compare(
    dmarc: DmarcResult, domain: str, tag: Literal["adkim", "aspf"], resolver: Resolver
) -> Verdict:
    mode = getattr(dmarc.record, tag) if dmarc.record else "r"
    alignment = await align_domain(dmarc, domain, mode, resolver)
    return alignment.verdict


async def check_dmarc_reports(context: Context) -> list[Finding]:
    """Where reports go, and whether they may (RFC 9990 section 4)."""
    dmarc = await context.discover(context.domain)
    if dmarc.problem == "temperror":
        why = explain_temperror(dmarc)
        return [Finding("dmarc_reports", "temperror", why=(why,))]
    if dmarc.record is None:
        none: Judged = [("info", reason("reports_no_record"))]
        return [decide("dmarc_reports", none + await _judge_inbox(context, dmarc))]
    uris = [uri for uri in (*dmarc.record.rua, *dmarc.record.ruf) if uri.address]
    judged: Judged = [
        (rate_note(note, dmarc.record), explain_note(note, dmarc.record))
        for note in dmarc.record.notes
        if note.code in REPORT_NOTES
    ]
    judged += await _judge_destinations(context, dmarc, uris)
    judged += await _judge_inbox(context, dmarc)
    if not dmarc.record.rua:
        judged.append(("info", reason("reports_absent")))
    elif not judged:
        judged.append(("pass", reason("reports_ok")))
    found = "\n".join(uri.uri for uri in (*dmarc.record.rua, *dmarc.record.ruf))
    rfc = "RFC 9990 section 4"
    return [decide("dmarc_reports", judged, found=found, rfc=rfc)]


async def _judge_destinations(
    context: Context, dmarc: DmarcResult, uris: list[DmarcUri]
) -> Judged:
    addresses = {uri.domain: uri.address for uri in uris}
    results = await asyncio.gather(
        *(
            check_destination(dmarc, address, context.resolver)
            for address in addresses.values()
        )
    )
    judged = [_judge_destination(dmarc, result) for result in results]
    return [pair for pair in judged if pair[0] != "pass"]


async def _judge_inbox(context: Context, dmarc: DmarcResult) -> Judged:
    """Tell what is missing before reports may go to the address that is to be added."""
    result = await ask_permission(context, dmarc)
    if result is None or result.status != "unauthorized":
        return []
    params = {"address": result.address, "name": result.name}
    return [("info", reason("reports_permission", **params))]


def _judge_destination(
    dmarc: DmarcResult, result: ReportDestination
) -> tuple[Status, Reason]:
    if result.status == "temperror":
        why = reason("dns_failed", cause=result.detail, detail=result.name)
        return "temperror", why
    if result.status == "unauthorized":
        why = reason("reports_refused", address=result.address, name=result.name)
        return "warning", why
    return "pass", reason("reports_ok")
