# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the SPF record stands that receivers see, whoever sends."""

import asyncio
from dataclasses import replace

from ..errors import TempError
from ..findings import (
    STATUSES,
    Finding,
    Judged,
    Reason,
    Status,
    decide,
    give_up,
    reason,
)
from ..printable import printable, show_records
from ..spf.lint import SpfIssue, SpfLint
from .check_spf import find_closed_way, lets_nobody, lint_envelope, list_envelopes
from .context import Context
from .spf_proposal import propose_record

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


async def check_spf_record(context: Context) -> list[Finding]:
    """Whether there is a record, what it should not hold, and what to publish."""
    findings = await _judge_all(context, "spf_record", "spf_record_ok")
    return list(await asyncio.gather(*(propose_record(context, f) for f in findings)))


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
        if status := _rate_nobody(context, lint):
            nobody: Judged = [(status, reason("spf_lets_nobody", domain=domain))]
            judged = nobody + [pair for pair in judged if pair[0] != "pass"]
    ranked = sorted(issues, key=lambda issue: -STATUSES.index(issue.status))
    section = ranked[0].section if ranked else _SECTIONS[code]
    return decide(code, judged, rfc=f"RFC 7208 section {section}", **fields)


def _rate_nobody(context: Context, lint: SpfLint) -> Status | None:
    """Return how bad it is that a record lets nobody send; None where it is right.

    Whoever means that says -all, and nobody is known to send: anything milder is the
    rest of a record, or the beginning of one.
    """
    if lets_nobody(context, lint):
        return "fail"
    way = None if context.facts.servers else find_closed_way(lint)
    refuses = b"-all" in lint.records[0].lower().split() if way else True
    return "info" if way and not way.stop and not refuses else None


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
