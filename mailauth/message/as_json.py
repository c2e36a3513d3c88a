# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A judged message as values that JSON has: what is printed, and what is stored."""

import dataclasses

from ..dkim.verify import DkimSignatureResult
from ..findings import Reason
from ..printable import printable
from ..values import to_values
from .reasons import TITLES, TODO, explain, find_title
from .result import (
    Authentication,
    DmarcVerdict,
    MessageFinding,
    MessageResult,
)


def to_json(result: MessageResult) -> dict:
    """Return a result as one JSON object; its keys are a contract, see ARCHITECTURE.md.

    What strangers wrote in it can be printed, and is hostile all the same: escape it.
    """
    return {
        "grade": result.grade,
        "proves_nothing": result.proves_nothing,
        "spf": _show_spf(result.spf),
        "helo": _show_spf(result.helo),
        "dkim": [_show_signature(one) for one in result.dkim],
        "arc": {"found": bool(result.arc), "sets": list(result.arc)},
        "dmarc": _show_dmarc(result.dmarc),
        "hops": [dataclasses.asdict(hop) for hop in result.hops],
        "client_ip": result.client_ip,
        "ptr": to_values(result.pointer),
        "tls": result.tls,
        "helo_name": printable(result.helo_name, 253),
        "mail_from": _show_sender(result.mail_from),
        "receiver": printable(result.receiver, 253),
        "arrived": result.arrived,
        "from_domain": result.from_domain,
        "reported": [dataclasses.asdict(one) for one in result.reported],
        "findings": [_show_finding(one) for one in result.findings],
    }


def _show_sender(mail_from: str | None) -> str | None:
    return None if mail_from is None else printable(mail_from)


def _show_spf(found: Authentication) -> dict:
    evidence = found.evidence
    return {
        "result": found.result,
        "problem": found.problem,
        "domain": found.domain,
        "detail": printable(evidence.problem) if evidence else "",
        "explanation": printable(evidence.explanation) if evidence else "",
        "lookups": evidence.lookups if evidence else 0,
        "void_lookups": evidence.void_lookups if evidence else 0,
        "trace": to_values(evidence.trace) if evidence else None,
    }


def _show_signature(found: DkimSignatureResult) -> dict:
    key = found.key
    bits = key.record.bits if key and key.record else None
    return {
        "domain": found.domain,
        "selector": found.selector,
        "result": found.result,
        "problem": found.problem,
        "detail": found.detail,
        "algorithm": found.algorithm,
        "identity": printable(found.identity),
        "key_name": key.name if key else "",
        "key_found": list(key.found) if key else [],
        "key_bits": bits,
        "signed": list(found.signed),
    }


def _show_dmarc(found: DmarcVerdict) -> dict:
    evidence = found.evidence
    alignments = []
    if evidence:
        pairs = [("spf", evidence.spf)] if evidence.spf else []
        pairs += [("dkim", one) for one in evidence.dkim]
        alignments = [{"method": name, **to_values(one)} for name, one in pairs]
    dmarc = evidence.dmarc if evidence else None
    return {
        "result": found.result,
        "policy": found.policy,
        "aligned_spf": found.aligned_spf,
        "aligned_dkim": found.aligned_dkim,
        "domain": found.domain,
        "problem": found.problem,
        "organizational_domain": dmarc.organizational_domain if dmarc else None,
        "record_at": dmarc.policy_domain if dmarc else "",
        "testing": bool(dmarc and dmarc.testing),
        "walk": [
            {"domain": step.domain, "status": step.status, "found": list(step.found)}
            for step in (dmarc.walk if dmarc else ())
        ],
        "alignments": alignments,
    }


def _show_finding(found: MessageFinding) -> dict:
    values = {
        field.name: to_values(getattr(found, field.name), _show_reason)
        for field in dataclasses.fields(found)
    }
    key = find_title(found.code, (why.code for why in found.why))
    return {
        **values,
        "title": TITLES.get(key, found.code),
        "todo": TODO.get(key, ""),
    }


def _show_reason(why: Reason) -> dict:
    return {"code": why.code, "params": dict(why.params), "text": explain(why)}
