# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is wrong with the signatures of a message."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from ..dkim.verify import DkimSignatureResult
from ..findings import Reason, Status, reason
from ..printable import shorten
from .case import Case, make_finding
from .result import Grade, MessageFinding

# The problem of a signature -> (its finding, the reason); all others can't be read, or
# name a key that can't be used.
_PROBLEMS = {
    "signature_body": ("dkim_body_changed", "signature_body_changed"),
    "signature_data": ("dkim_header_changed", "signature_header_changed"),
    "signature_key": ("dkim_key_differs", "signature_key_differs"),
    "signature_expired": ("dkim_expired", "signature_has_expired"),
    "signature_length": ("dkim_length", "signature_has_length"),
    "signature_cut": ("dkim_unsure", "signature_cut"),
    "signature_eight_bit": ("dkim_unsure", "signature_eight_bit"),
    "key_absent": ("dkim_no_key", "signature_no_key"),
    "key_cname_dangling": ("dkim_no_key", "signature_no_key"),
    "key_revoked": ("dkim_no_key", "signature_no_key"),
    "key_too_short": ("dkim_key_weak", "signature_key_weak"),
    "key_testing": ("dkim_testing", "signature_is_test"),
}
# Why a signature can't be read, where that has words of its own.
_UNREAD = {
    "signature_missing": "signature_lacks_tag",
    "signature_algorithm": "signature_of_no_method",
    "signature_headers": "signature_without_from",
}
_TOUCHED = ("dkim_body_changed", "dkim_header_changed")
_MAX_FIELDS = 300  # characters of the names of fields that are shown


def find_dkim(case: Case) -> Iterator[MessageFinding]:
    """Yield a finding for each thing that is wrong with signatures."""
    if not case.signatures:
        gone = "signature_gone" if case.changes.unsigned else "signature_none"
        why = reason(gone)
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
    return own or changed or ([] if _list_foreign(case) else broken)


def _list_foreign(case: Case) -> list[str]:
    """Return the domains of signatures that don't count, whatever DNS says of them."""
    foreign = (one for one in case.signatures if _is_foreign(case, one))
    found = (one.domain for one in foreign if one.result in ("pass", "temperror"))
    return list(dict.fromkeys(found))


def _is_foreign(case: Case, one: DkimSignatureResult) -> bool:
    return case.judged.aligned.get(one.domain) is False


def _classify(one: DkimSignatureResult) -> tuple[str, str]:
    if one.problem in _PROBLEMS:
        return _PROBLEMS[one.problem]
    if one.problem.startswith("key_"):
        return "dkim_key_invalid", "signature_key_invalid"
    return "dkim_invalid", _UNREAD.get(one.problem, "signature_is_invalid")


def _make_broken(
    case: Case, code: str, group: list[DkimSignatureResult], decides: bool
) -> MessageFinding:
    why = [*_explain(group), *_add_to_why(case, code, group)]
    status: Status = "fail" if decides else "warning"
    weakens: Grade = "C" if decides else "A"
    if code == "dkim_unsure":
        status, weakens = "warning", "A"
    return make_finding(
        code,
        status,
        *why,
        weakens=weakens,
        found=_show_evidence(case, code, group),
        subject=_join(one.selector for one in group),
        cause=_find_cause(case, code),
    )


def _find_cause(case: Case, code: str) -> str:
    is_footer = code == "dkim_body_changed" and case.changes.kind
    return "footer_added" if is_footer else ""


def _explain(group: list[DkimSignatureResult]) -> Iterator[Reason]:
    """Yield a reason for each domain that has signed, and each problem."""
    kinds: dict[tuple[str, str, str], list[DkimSignatureResult]] = {}
    for one in group:
        detail = one.detail if one.problem.startswith("signature_") else ""
        kinds.setdefault((one.problem, one.domain, detail), []).append(one)
    for (problem, domain, detail), same in kinds.items():
        yield reason(
            _classify(same[0])[1],
            domain=domain or "?",
            selector=_join(one.selector for one in same) or "?",
            name=_join(one.key.name for one in same if one.key) or "?",
            detail=detail or problem,
            when=_read_expiry(detail) if problem == "signature_expired" else "",
        )


def _read_expiry(detail: str) -> str:
    """Return the moment that x= names, as it stands there where that is no date."""
    try:
        moment = datetime.fromtimestamp(int(detail.removeprefix("x=")), UTC)
    except (ValueError, OverflowError, OSError):
        return detail
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _add_to_why(
    case: Case, code: str, group: list[DkimSignatureResult]
) -> Iterator[Reason]:
    if case.judged.verdict.aligned_dkim:
        yield reason("signature_other_passes")
    elif code == "dkim_header_changed" and is_author_changed(case):
        yield reason("signature_author_changed", author=case.author.domain)
    if code in _TOUCHED and case.way.is_list:
        yield reason("signature_by_list")
    if code == "dkim_body_changed" and "mime_converted" in case.way.notes:
        yield reason("signature_converted")
    if code == "dkim_body_changed" and case.changes.content and not case.changes.kind:
        shown = shorten("; ".join(case.changes.content), _MAX_FIELDS)
        yield reason("signature_content_changed", changes=shown)
    if code == "dkim_body_changed" and any(s.header_matches is False for s in group):
        yield reason("signature_header_too")
    if code in _TOUCHED and case.changes.fields:
        shown = shorten("; ".join(case.changes.fields), _MAX_FIELDS)
        yield reason("signature_fields_changed", changes=shown)


def is_author_changed(case: Case) -> bool:
    """Tell whether From is likely what was changed: all others name who signed."""
    return bool(case.author.domain) and any(
        one.problem == "signature_data" and _is_foreign(case, one)
        for one in case.signatures
    )


def _show_evidence(case: Case, code: str, group: list[DkimSignatureResult]) -> str:
    if code == "dkim_header_changed":
        names = dict.fromkeys(name for one in group for name in one.signed)
        signed = f"h={':'.join(names)}"[:_MAX_FIELDS]
        return "\n".join([*case.changes.fields, signed])
    if code == "dkim_body_changed":
        return "\n".join([*case.changes.content, *case.changes.fields])
    return "\n".join(text for one in group if one.key for text in one.key.found)


def _join(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


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
    author, domains = case.author.domain, _list_foreign(case)
    if not author or not domains:
        return
    why = [reason("signature_other_domain", domain=d, author=author) for d in domains]
    status = "warning" if case.passes else "fail"
    yield make_finding("dkim_unaligned", status, *why, weakens="C")
