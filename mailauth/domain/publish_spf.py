# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The SPF records that a domain has to publish."""

from collections.abc import Iterable, Iterator

from ..findings import Finding, Reason, reason
from .publish_record import RELAXED, Audited, RecordToPublish, split_lines, take_over

_MISSING = ("spf_record_none", "spf_lets_nobody")
_SPF_CHECKS = ("spf_single", "spf_syntax", "spf_lookups")


def list_spf(audited: Audited) -> Iterator[RecordToPublish]:
    for finding in audited.list_of("spf_record"):
        if record := _make_spf(audited, finding):
            yield record


def _make_spf(audited: Audited, finding: Finding) -> RecordToPublish | None:
    others = _list_spf_faults(audited, finding.name)
    wanted = finding.expected
    state = audited.rate(finding, wanted)
    if state == "done" and (others or finding.status not in RELAXED):
        unsure = all(f.status in (*RELAXED, "temperror") for f in (finding, *others))
        state = "unknown" if unsure else "ask"
    elif state == "done" and any(why.code in _MISSING for why in finding.why[:1]):
        state = "ask" if finding.found else state
    if state == "done" and not finding.found:
        return None  # no server needs one
    current = split_lines(finding.found)
    unclear = state in ("ask", "unknown")
    record = RecordToPublish(
        "spf",
        state,
        finding.name,
        finding.rdtype or "TXT",
        values=(wanted,) if wanted else current[:1] if state == "done" else (),
        current=current,
        why=_collect_why([finding, *others]) if unclear else (),
        notes=_note_spf(len(current)) if state == "replace" else (),
    )
    return take_over(record, finding)


def _list_spf_faults(audited: Audited, name: str) -> list[Finding]:
    """Return what other checks of the same SPF record found to be wrong."""
    return [
        finding
        for finding in audited.findings
        if finding.code in _SPF_CHECKS
        and finding.name == name
        and finding.status not in RELAXED
    ]


def _collect_why(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    """Return what is to be cleared up; nothing of what is as it should be."""
    why = [why for one in findings for why in one.why if not why.code.endswith("_ok")]
    missing = any(one.code in _MISSING for one in why)
    if missing and not any(one.code.startswith("repair_") for one in why):
        # None could be suggested, since no sender is known that it would be for.
        why.insert(0, reason("repair_no_sender"))
    return tuple(why)


def _note_spf(count: int) -> tuple[Reason, ...]:
    if count > 1:
        return (reason("publish_spf_merge", count=count),)
    return (reason("publish_spf_edit"),)
