# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is optional: MTA-STS, TLS reports and BIMI."""

import asyncio
import re

from ..dns.resolver import Answer
from ..errors import MailauthError, PermError, TempError
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
from ..mta_sts import StsPolicy, is_sts_record, parse_sts_policy, parse_sts_record
from ..printable import show_records
from ..tags import scan_tags
from .check_hosts import list_addresses
from .context import Context

_MAX_URIS = 10  # of a record of ours
_STS_RFC = "RFC 8461 section 3.1"
_TLS_URI = re.compile(r"(mailto:[^@/\s]+@[^@/\s]+|https://\S+)\Z", re.IGNORECASE)
_IMAGE_URI = re.compile(r"https://[^\s,;]+\Z", re.IGNORECASE)


# What people type around and inside a record, and no reader of it knows.
_DAMAGE = re.compile(rb"[^a-z0-9=]")
_WORD = re.compile(r"[^\s,;:/\"\\<>=]+")
_HTTPS = re.compile(r"https://[^\s,;\"\\<>]+", re.IGNORECASE)
_STS_ID = re.compile(r"\bid[ \t]*[=:][ \t\"]*([A-Za-z0-9]{1,32})\b", re.IGNORECASE)


def _find_near(answer: Answer, version: bytes) -> list[bytes]:
    """Return what was meant to be a record of a kind: quoted, spaced, in capitals.

    :param version: its name, in lower case.
    """
    starts = (b"v=" + version, version)
    return [
        record
        for record in answer.records
        if _DAMAGE.sub(b"", record[:100].lower()).startswith(starts)
    ]


def _leave_alias(
    code: str, status: Status, why: Reason, answer: Answer, fields: dict[str, str]
) -> Finding:
    """Return a finding about a record that is kept elsewhere.

    Nothing is proposed: nothing may stand beside a CNAME (RFC 1034 section 3.6.2).
    """
    target = answer.cnames[0]
    elsewhere = reason("alias_elsewhere", name=fields["name"], target=target)
    fields = {**fields, "rdtype": "CNAME", "found": f"CNAME {target}."}
    return Finding(code, status, why=(why, elsewhere), **fields)


async def check_tls_rpt(context: Context) -> list[Finding]:
    """Where reports about TLS failures go (RFC 8460 section 3)."""
    name = f"_smtp._tls.{context.domain}"
    fields = {"rfc": "RFC 8460 section 3", "name": name, "rdtype": "TXT"}
    answer = await context.ask(name, "TXT")
    if isinstance(answer, TempError):
        return [give_up("tls_rpt", answer, **fields)]
    records = [r for r in answer.records if re.match(rb"v=TLSRPTv1[ \t]*(;|\Z)", r)]
    near = [] if records else _find_near(answer, b"tlsrptv1")
    found = show_records(records or near)
    status, why = _judge_tls_rpt(records, near)
    if status != "pass" and answer.cnames:
        return [_leave_alias("tls_rpt", status, why, answer, fields)]
    if status != "pass":
        fields["expected"] = _suggest_tls_rpt(context, found)
    return [Finding("tls_rpt", status, found=found, why=(why,), **fields)]


def _suggest_tls_rpt(context: Context, found: str) -> str:
    """Return a record to whoever the old one names, else to our report address."""
    words = (word.partition("!")[0] for word in _WORD.findall(found))
    named = [f"mailto:{word}" for word in words if _is_address(word)]
    named += _HTTPS.findall(found)
    ours = context.facts.report_address
    uris = list(dict.fromkeys(named)) or ([f"mailto:{ours}"] if ours else [])
    return f"v=TLSRPTv1; rua={','.join(uris[:_MAX_URIS])}" if uris else ""


def _is_address(word: str) -> bool:
    local, _at, domain = word.partition("@")
    return bool(local and domain) and "@" not in domain


def _judge_tls_rpt(records: list[bytes], near: list[bytes]) -> tuple[Status, Reason]:
    if near:
        return "warning", reason("tls_rpt_nearly")
    if not records:
        return "info", reason("tls_rpt_absent")
    if len(records) > 1:
        return "warning", reason("tls_rpt_several", count=len(records))
    uris = (scan_tags(records[0][:4000]).get("rua") or "").split(",")
    if not any(_TLS_URI.match(uri.strip()) for uri in uris):
        return "warning", reason("tls_rpt_no_address")
    return "pass", reason("tls_rpt_ok")


async def check_bimi(context: Context) -> list[Finding]:
    """The logo beside the mail; needs an enforced policy (BIMI draft, section 4)."""
    name = f"default._bimi.{context.domain}"
    fields = {"rfc": "draft-brand-indicators-for-message-identification section 4.2"}
    fields |= {"name": name, "rdtype": "TXT"}
    answer = await context.ask(name, "TXT")
    if isinstance(answer, TempError):
        return [give_up("bimi", answer, **fields)]
    records = [r for r in answer.records if re.match(rb"v=BIMI1[ \t]*(;|\Z)", r)]
    near = [] if records else _find_near(answer, b"bimi1")
    found = show_records(records or near)
    judged = [("warning", reason("bimi_nearly"))] if near else [_judge_bimi(records)]
    if records:
        judged += _judge_bimi_policy((await context.discover(context.domain)).policy)
    return [decide("bimi", judged, found=found, **fields)]


def _judge_bimi(records: list[bytes]) -> tuple[Status, Reason]:
    if not records:
        return "info", reason("bimi_absent")
    if len(records) > 1:
        return "warning", reason("bimi_several", count=len(records))
    location = scan_tags(records[0][:4000]).get("l")
    if location == "":
        return "info", reason("bimi_declined")
    if not _IMAGE_URI.match(location or ""):
        return "warning", reason("bimi_location")
    return "pass", reason("bimi_ok")


def _judge_bimi_policy(policy: str | None) -> Judged:
    if policy in ("quarantine", "reject"):
        return []
    return [("warning", reason("bimi_policy"))]


async def check_mta_sts(context: Context) -> list[Finding]:
    """The record, the policy where it can be fetched, and the MX that it names."""
    name = f"_mta-sts.{context.domain}"
    fields = {"rfc": _STS_RFC, "name": name, "rdtype": "TXT"}
    answer = await context.ask(name, "TXT")
    if isinstance(answer, TempError):
        return [give_up("mta_sts", answer, **fields)]
    records = [r for r in answer.records if is_sts_record(r)]
    near = [] if records else _find_near(answer, b"stsv1")
    fields["found"] = show_records(records or near)
    if answer.cnames and not records:
        status: Status = "warning" if near else "info"
        why = reason("sts_nearly" if near else "sts_absent")
        return [_leave_alias("mta_sts", status, why, answer, fields)]
    if near:
        found = _STS_ID.search(fields["found"])
        fields["expected"] = f"v=STSv1; id={found[1]}" if found else ""
        return [Finding("mta_sts", "warning", why=(reason("sts_nearly"),), **fields)]
    if not records:
        return [Finding("mta_sts", "info", why=(reason("sts_absent"),), **fields)]
    if len(records) > 1:
        why = reason("sts_several", count=len(records))
        return [Finding("mta_sts", "warning", why=(why,), **fields)]
    try:
        parse_sts_record(records[0])
    except PermError as error:
        why = reason(error.code, detail=error.detail)
        return [Finding("mta_sts", "warning", why=(why,), **fields)]
    return [decide("mta_sts", await _judge_policy(context), **fields)]


async def _judge_policy(context: Context) -> Judged:
    if context.fetcher is None:
        return [("info", reason("sts_not_fetched"))]
    host = f"mta-sts.{context.domain}"
    (addresses, failure), mx = await asyncio.gather(
        list_addresses(context, host), context.ask(context.domain, "MX")
    )
    if not addresses:
        if failure:
            return [("temperror", explain_error(failure))]
        return [("warning", reason("sts_no_host", host=host))]
    try:
        data = await context.fetch(host, addresses)
        policy = parse_sts_policy(data)
    except MailauthError as error:
        # That we could not reach it says nothing about those who send to the domain.
        status: Status = "info" if isinstance(error, TempError) else "warning"
        return [(status, reason(error.code, detail=error.detail))]
    return _judge_mx(policy, mx)


def _judge_mx(policy: StsPolicy, mx: Answer | TempError) -> Judged:
    if policy.mode == "none":
        return [("info", reason("sts_mode_none"))]
    if isinstance(mx, TempError):
        return [("temperror", explain_error(mx))]
    outside = [m.exchange for m in mx.records if not policy.matches(m.exchange)]
    if outside:
        # Senders that honour the policy refuse to deliver there (section 5).
        status: Status = "fail" if policy.mode == "enforce" else "warning"
        hosts = ", ".join(sorted(set(outside))[:10])
        return [(status, reason("sts_mx_outside", hosts=hosts, mode=policy.mode))]
    if policy.mode == "testing":
        return [("info", reason("sts_mode_testing"))]
    return [("pass", reason("sts_ok"))]
