# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is wrong with SPF, DMARC and the server that handed a message in."""

from collections.abc import Iterator

from ..findings import Reason, reason
from ..printable import printable
from ..spf.reach import Stop
from .case import Case, make_finding
from .receiver_rules import break_rule
from .result import Authentication, MessageFinding

# Why SPF can't be asked, by the problem that its result has.
_NOT_TOLD = {
    "mail_from_unknown": "sender_not_told",
    "helo_unknown": "helo_not_told",
}
_ENFORCED = ("quarantine", "reject")


def find_spf(case: Case) -> Iterator[MessageFinding]:
    """Yield what SPF says against the message."""
    spf = case.spf
    is_foreign = case.judged.spf_aligned is False
    if spf.result == "temperror" and not is_foreign:
        yield _make_unanswered("SPF", spf)
    elif spf.result == "unknown":
        if spf.problem in _NOT_TOLD:
            why = reason(_NOT_TOLD[spf.problem])
            yield make_finding("sender_unknown", "info", why)
        elif spf.problem == "client_unknown" and not case.way.proves_nothing:
            why = reason("client_not_told", receiver=_show_receiver(case))
            yield make_finding("client_unknown", "info", why)
    elif spf.result not in ("pass", "temperror"):
        yield _make_failed(case)
    elif is_foreign:
        params = {"domain": spf.domain, "author": case.author.domain}
        status = "warning" if case.passes else "fail"
        why = [reason("spf_other_domain", **params), *_add_to_spf(case)]
        found = _show_record(spf)
        yield make_finding("spf_unaligned", status, *why, weakens="C", found=found)


def _make_failed(case: Case) -> MessageFinding:
    spf = case.spf
    code = "spf_missing" if spf.result == "none" else "spf_fails"
    is_forwarded = "forwarded" in case.way.notes or case.way.is_list
    status = "fail"
    if is_forwarded and case.judged.verdict.aligned_dkim:
        status = "warning"
    why = (*_explain_stop(spf), _explain_spf(case), *_add_to_spf(case))
    found = _show_record(spf)
    return make_finding(
        code, status, *why, weakens="C", found=found, subject=spf.domain
    )


def _explain_spf(case: Case) -> Reason:
    spf = case.spf
    return reason(
        f"spf_result_{spf.result}",
        domain=spf.domain or "?",
        ip=case.way.client_ip,
    )


def _explain_stop(spf: Authentication) -> Iterator[Reason]:
    """Yield what ends the evaluation of a record that is broken, in words."""
    error = spf.evidence and spf.evidence.cause
    if spf.result == "permerror" and error:
        stop = Stop(error.code, printable(error.detail, 300))
        params = {"domain": spf.domain, "detail": stop.detail or spf.domain}
        yield reason(f"spf_stops_{stop.kind}", **params)


def _add_to_spf(case: Case) -> Iterator[Reason]:
    if case.way.mail_from == "":
        yield reason("spf_null_sender")
    if "forwarded" in case.way.notes:
        yield reason("spf_forwarded")
    elif case.way.is_list:
        yield reason("spf_by_list")
    elif "filter" in case.way.notes:
        yield reason("spf_by_filter", name=printable(case.way.helo, 253))


def _show_record(spf: Authentication) -> str:
    trace = spf.evidence and spf.evidence.trace
    return trace.term if trace else ""


def find_helo(case: Case) -> Iterator[MessageFinding]:
    """Yield that the name in HELO does not stand for the server."""
    helo = case.helo
    if helo.result not in ("fail", "permerror") or case.way.mail_from == "":
        return
    why = reason("helo_result", domain=helo.domain, result=helo.result)
    found = _show_record(helo)
    yield make_finding("helo_fails", "warning", why, found=found, subject=helo.domain)


def find_dmarc(case: Case) -> Iterator[MessageFinding]:
    """Yield what DMARC says against the message."""
    verdict = case.judged.verdict
    dmarc = verdict.evidence and verdict.evidence.dmarc
    if dmarc is None:
        return
    found = "\n".join(text for step in dmarc.walk for text in step.found)
    if dmarc.problem == "temperror":
        why = reason("unanswered", what="DMARC", cause=dmarc.cause, detail=dmarc.detail)
        yield make_finding("dns_failed", "temperror", why, subject=verdict.domain)
    elif dmarc.record is None or dmarc.policy is None:
        kind = dmarc.problem.removeprefix("dmarc_")
        kind = kind if kind in ("several", "invalid") else "none"
        why = reason(f"dmarc_record_{kind}", domain=verdict.domain)
        yield make_finding("dmarc_missing", "fail", why, weakens="C", found=found)
    elif verdict.result == "fail":
        params = {"domain": verdict.domain, "policy": verdict.policy}
        why = [reason("dmarc_not_passed", **params)]
        if others := _list_others(case):
            why.append(reason("dmarc_by_others", domains=", ".join(others)))
        weakens = "F" if verdict.policy in _ENFORCED else "D"
        yield make_finding("dmarc_fails", "fail", *why, weakens=weakens, found=found)


def _list_others(case: Case) -> list[str]:
    """Return the domains that have sent or signed it instead of the one in From."""
    others = [case.spf.domain] if case.spf.result == "pass" else []
    others += [one.domain for one in case.signatures if one.domain]
    author = case.author.domain
    return [domain for domain in dict.fromkeys(others) if domain != author]


def find_server(case: Case) -> Iterator[MessageFinding]:
    """Yield what is wrong with the server and the session of the hand-over."""
    ip, pointer = case.way.client_ip, case.pointer
    if pointer.result == "temperror":
        why = reason("unanswered", what="PTR", cause=pointer.problem, detail=ip)
        yield make_finding("dns_failed", "temperror", why, subject=ip)
    elif pointer.result == "fail":
        names = ", ".join(pointer.names)
        code = pointer.problem.replace("ptr_", "pointer_")
        why = reason(code, ip=ip, names=names)
        found = "\n".join(pointer.names)
        yield break_rule("ptr_missing", why, found=found, subject=ip)
    if case.way.tls is False:
        why = reason("tls_none", receiver=_show_receiver(case))
        yield break_rule("tls_missing", why)


def _show_receiver(case: Case) -> str:
    return printable(case.way.receiver, 253) or "?"


def _make_unanswered(what: str, found: Authentication) -> MessageFinding:
    error = found.evidence and found.evidence.cause
    detail = printable(error.detail, 300) if error else found.domain
    why = reason("unanswered", what=what, cause=found.problem, detail=detail)
    return make_finding("dns_failed", "temperror", why, subject=found.domain)
