# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""All that is wrong with a message, causes before what follows from them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..findings import reason
from ..printable import printable, shorten
from .case import Case, make_finding
from .dkim_findings import find_dkim, is_author_changed
from .result import MessageFinding, ReportedResult
from .sender_findings import find_dmarc, find_helo, find_server, find_spf

_MAX_ADDED = 300  # characters of what was added that a sentence repeats
_REPORT = "authentication-results"
_STATUSES = ("fail", "temperror", "warning", "info")
_FROM = ("from_several", "from_missing", "from_invalid")
# What somebody may have changed on the way who has broken a signature with it.
_BREAKS_HEADER = (
    *_FROM,
    "message_id_missing",
    "message_id_several",
    "date_missing",
    "date_wrong",
    "unsubscribe_encoded",
    "header_repeated",
    "header_encoded",
)
_BROKEN_DKIM = (
    "dkim_body_changed",
    "dkim_header_changed",
    "dkim_no_key",
    "dkim_key_weak",
    "dkim_expired",
    "dkim_key_differs",
    "dkim_key_invalid",
    "dkim_length",
    "dkim_testing",
    "dkim_invalid",
)
# What DMARC fails by, the likeliest first.
_BREAKS_DMARC = (*_BROKEN_DKIM, "spf_fails", "spf_missing", "dkim_missing")
_UNALIGNED = ("spf_unaligned", "dkim_unaligned")
_ABOUT_AUTHOR = ("dmarc_fails", "dmarc_missing", "dkim_header_changed", *_UNALIGNED)
# Of equally bad ones what stands here comes first.
_ORDER = (
    "proves_nothing",
    "from_several",
    "from_missing",
    "footer_added",
    *_BROKEN_DKIM,
    "spf_fails",
    "spf_missing",
    "dkim_missing",
    "dmarc_fails",
    *_UNALIGNED,
    "dmarc_missing",
)


def list_findings(
    case: Case, content: Iterable[MessageFinding]
) -> tuple[MessageFinding, ...]:
    """Return the findings, worst first, each behind its cause.

    :param content: what its form and content are reproached with.
    """
    content = list(content)
    found = [*_find_proof(case), *_find_author(case, content), *content]
    if not case.way.proves_nothing:
        found += _find_authentication(case)
    return tuple(_sort(_name_causes(case, found)))


def _find_authentication(case: Case) -> list[MessageFinding]:
    return [
        *find_spf(case),
        *find_helo(case),
        *find_dkim(case),
        *_find_footer(case),
        *find_dmarc(case),
        *find_server(case),
        *_find_differences(case),
        *_find_clocks(case),
    ]


def _find_proof(case: Case) -> Iterator[MessageFinding]:
    if case.way.proves_nothing:
        why = reason(case.way.proves_nothing)
        yield make_finding("proves_nothing", "warning", why)


def _find_author(case: Case, content: list[MessageFinding]) -> Iterator[MessageFinding]:
    """Yield that what stands in From is no domain that DMARC could ask about."""
    code = case.author.problem
    if code and code not in {one.code for one in content}:
        yield make_finding(code, "fail", reason("from_no_domain"), weakens="F")


def _find_footer(case: Case) -> Iterator[MessageFinding]:
    """Yield that text was added, where that has broken a signature."""
    changes = case.changes
    if changes.kind:
        text = shorten(" / ".join(changes.added), _MAX_ADDED)
        why = reason(f"added_{changes.kind}", text=text)
        found = "\n".join(changes.added)
        # What it costs is told by the signature that it has broken.
        status = "warning" if case.judged.verdict.aligned_dkim else "fail"
        yield make_finding("footer_added", status, why, found=found)


def _find_clocks(case: Case) -> Iterator[MessageFinding]:
    if "clock_skew" in case.way.notes:
        yield make_finding("clock_skew", "info", reason("clock_is_wrong"))


def _find_differences(case: Case) -> Iterator[MessageFinding]:
    """Yield where a host of the receiver says something else than we do."""
    told: set[str] = set()
    for one in case.way.reported:
        ours = _find_own(case, one) if one.trusted and one.kind == _REPORT else ""
        if not ours or one.method in told or _agree(one.result, ours):
            continue
        told.add(one.method)
        host = printable(one.host, 253) or "?"
        params = {"method": one.method.upper(), "theirs": printable(one.result, 40)}
        why = [reason("receiver_said", host=host, ours=ours, **params)]
        if one.method == "dkim" and one.result == "pass":
            why += [reason("receiver_saw_pass", host=host)] * _is_touched(case, one)
        yield make_finding("receiver_differs", "info", *why, subject=one.method)


def _find_own(case: Case, one: ReportedResult) -> str:
    """Return what we say where they say something, "" for nothing."""
    if one.method == "dkim":
        return _find_signature(case, one.domain)
    ours = {"spf": case.spf.result, "dmarc": case.judged.verdict.result}
    return ours.get(one.method, "")


def _is_touched(case: Case, one: ReportedResult) -> bool:
    problems = ("signature_body", "signature_data")
    return any(
        found.problem in problems and one.domain in ("", found.domain)
        for found in case.signatures
    )


def _find_signature(case: Case, domain: str) -> str:
    """Return the best result of the signatures of a domain, "" for none."""
    results = [
        one.result
        for one in case.signatures
        if not domain or one.domain == domain.lower().removesuffix(".")
    ]
    return "pass" if "pass" in results else next(iter(results), "")


def _agree(theirs: str, ours: str) -> bool:
    """Tell whether two results lead to the same: only whether one passes counts."""
    if {theirs, ours} & {"temperror", "unknown"}:
        return True
    return (theirs in ("pass", "bestguesspass")) == (ours == "pass")


def _name_causes(case: Case, found: list[MessageFinding]) -> list[MessageFinding]:
    codes = {one.code for one in found}
    return [
        one if one.cause else replace(one, cause=_find_cause(case, one, codes))
        for one in found
    ]


def _find_cause(case: Case, one: MessageFinding, codes: set[str]) -> str:
    code = one.code
    if is_author_changed(case) and code in _ABOUT_AUTHOR:
        return _find_author_cause(code, codes)
    if code == "dkim_header_changed":
        return _pick(_BREAKS_HEADER, codes)
    if code == "dmarc_fails":
        return _pick(_BREAKS_DMARC, codes)
    if code in _UNALIGNED and not _pick(_BREAKS_DMARC, codes):
        return _pick(("dmarc_fails",), codes)
    if code in ("ptr_missing", "helo_fails"):
        # They are all about an address that the domain does not know.
        return _pick(("spf_fails",), codes)
    if code == "receiver_differs":
        return _find_difference_cause(one.subject, codes)
    return ""


def _find_author_cause(code: str, codes: set[str]) -> str:
    """Return what follows from what where From itself was changed.

    That DMARC fails says it best; the broken signature is one of the consequences.
    """
    if code == "dmarc_fails":
        return ""
    if code == "dkim_header_changed":
        return _pick(("dmarc_fails", *_BREAKS_HEADER), codes)
    return _pick(("dmarc_fails", "dkim_header_changed"), codes)


def _pick(wanted: Iterable[str], codes: set[str]) -> str:
    return next((code for code in wanted if code in codes), "")


def _find_difference_cause(method: str, codes: set[str]) -> str:
    causes = {
        "spf": ("spf_fails", "spf_missing"),
        "dkim": _BROKEN_DKIM,
        "dmarc": ("dmarc_fails", "dmarc_missing", *_FROM),
    }
    return _pick(causes[method], codes)


def _sort(found: list[MessageFinding]) -> Iterator[MessageFinding]:
    """Yield the findings worst first, what follows from one right behind it."""
    codes = {one.code for one in found}
    children: dict[str, list[MessageFinding]] = {}
    for one in found:
        cause = one.cause if one.cause in codes else ""
        children.setdefault(cause, []).append(one)
    seen: set[str] = set()

    def rank(one: MessageFinding) -> tuple:
        worst = min(_rate(child) for child in _list_below(one, children))
        place = _ORDER.index(one.code) if one.code in _ORDER else len(_ORDER)
        return (one.code != "proves_nothing", *worst, place)

    def walk(cause: str) -> Iterator[MessageFinding]:
        for one in sorted(children.get(cause, ()), key=rank):
            yield one
            if one.code not in seen:
                seen.add(one.code)
                yield from walk(one.code)

    yield from walk("")


def _list_below(
    one: MessageFinding, children: dict[str, list[MessageFinding]]
) -> Iterator[MessageFinding]:
    """Yield a finding and all that follows from it; causes never run in a circle."""
    yield one
    for child in children.get(one.code, ()):
        yield from _list_below(child, children)


def _rate(one: MessageFinding) -> tuple:
    return _STATUSES.index(one.status), -ord(one.weakens)
