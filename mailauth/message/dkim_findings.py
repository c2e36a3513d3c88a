# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is wrong with the signatures of a message."""

from collections.abc import Iterator

from ..dkim.verify import DkimSignatureResult
from ..findings import Reason, reason
from .case import Case, make_finding
from .result import MessageFinding

# The problem of a signature -> (its finding, the reason); all others can't be read, or
# name a key that can't be used.
_PROBLEMS = {
    "signature_body": ("dkim_body_changed", "signature_body_changed"),
    "signature_data": ("dkim_header_changed", "signature_header_changed"),
    "signature_key": ("dkim_key_differs", "signature_key_differs"),
    "signature_expired": ("dkim_expired", "signature_has_expired"),
    "signature_length": ("dkim_length", "signature_has_length"),
    "signature_eight_bit": ("dkim_unsure", "signature_eight_bit"),
    "key_absent": ("dkim_no_key", "signature_no_key"),
    "key_cname_dangling": ("dkim_no_key", "signature_no_key"),
    "key_revoked": ("dkim_no_key", "signature_no_key"),
    "key_too_short": ("dkim_key_weak", "signature_key_weak"),
    "key_testing": ("dkim_testing", "signature_is_test"),
}
_MAX_FIELDS = 300  # characters of the names of fields that are shown


def find_dkim(case: Case) -> Iterator[MessageFinding]:
    """Yield a finding for each thing that is wrong with signatures."""
    if not case.signatures:
        why = reason("signature_none")
        yield make_finding("dkim_missing", "fail", why, weakens="C")
        return
    decisive = _list_decisive(case)
    broken: dict[str, list[DkimSignatureResult]] = {}
    for one in case.signatures:
        if one.result not in ("pass", "temperror"):
            broken.setdefault(_classify(one)[0], []).append(one)
    for code, group in broken.items():
        yield _make_broken(case, code, group, any(one in decisive for one in group))
    yield from _find_unanswered(case, decisive)
    if not case.judged.verdict.aligned_dkim and not decisive:
        yield from _find_unaligned(case)


def _list_decisive(case: Case) -> list[DkimSignatureResult]:
    """Return the signatures that don't pass, of which one would have to.

    None where another one passes for From. Else those of the domain in From; where
    there are none, but what was changed may have been From itself, that one.
    """
    if case.judged.verdict.aligned_dkim:
        return []
    broken = [one for one in case.signatures if one.result != "pass"]
    own = [one for one in broken if not _is_foreign(case, one)]
    changed = [one for one in broken if one.problem == "signature_data"]
    passing = [one for one in case.signatures if one.result == "pass"]
    return own or changed or ([] if passing else broken)


def _is_foreign(case: Case, one: DkimSignatureResult) -> bool:
    return case.judged.aligned.get(one.domain) is False


def _classify(one: DkimSignatureResult) -> tuple[str, str]:
    if one.problem in _PROBLEMS:
        return _PROBLEMS[one.problem]
    if one.problem.startswith("key_"):
        return "dkim_key_invalid", "signature_key_invalid"
    return "dkim_invalid", "signature_is_invalid"


def _make_broken(
    case: Case, code: str, group: list[DkimSignatureResult], decides: bool
) -> MessageFinding:
    why = [_explain(one) for one in group]
    if case.judged.verdict.aligned_dkim:
        why.append(reason("signature_other_passes"))
    status = "fail" if decides else "warning"
    if code == "dkim_unsure":
        status, decides = "warning", False
    found = "\n".join(text for one in group if one.key for text in one.key.found)
    if code in ("dkim_body_changed", "dkim_header_changed"):
        found = "\n".join(case.changes)
    selectors = dict.fromkeys(one.selector for one in group if one.selector)
    return make_finding(
        code,
        status,
        *why,
        weakens="C" if decides else "A",
        found=found,
        subject=", ".join(selectors),
        cause="footer_added" if code == "dkim_body_changed" and case.added else "",
    )


def _explain(one: DkimSignatureResult) -> Reason:
    return reason(
        _classify(one)[1],
        domain=one.domain or "?",
        selector=one.selector or "?",
        name=one.key.name if one.key else "?",
        problem=one.problem,
        detail=one.detail,
        fields=", ".join(one.signed)[:_MAX_FIELDS] or "?",
    )


def _find_unanswered(
    case: Case, decisive: list[DkimSignatureResult]
) -> Iterator[MessageFinding]:
    """Yield what DNS did not answer, where it decides."""
    for one in decisive:
        if one.result == "temperror":
            name = one.key.name if one.key else one.domain
            why = reason(
                "unanswered", what="DKIM", cause=one.problem, detail=one.detail
            )
            yield make_finding("dns_failed", "temperror", why, subject=name)


def _find_unaligned(case: Case) -> Iterator[MessageFinding]:
    """Yield that all who signed are others than who From names."""
    author = case.author.domain
    others = [one for one in case.signatures if _is_foreign(case, one)]
    passing = dict.fromkeys(one.domain for one in others if one.result == "pass")
    if not author or not passing:
        return
    why = [
        reason("signature_other_domain", domain=domain, author=author)
        for domain in passing
    ]
    status = "warning" if case.passes else "fail"
    yield make_finding("dkim_unaligned", status, *why, weakens="C")
