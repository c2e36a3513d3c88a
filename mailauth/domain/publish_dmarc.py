# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DMARC record that a domain has to publish."""

from dataclasses import replace

from ..findings import Finding, Reason, reason
from .publish_record import (
    Audited,
    RecordToPublish,
    find_alternative,
    split_lines,
    take_over,
)


def make_dmarc(audited: Audited) -> RecordToPublish:
    """Return the DMARC record, or the alias that leads to it."""
    finding = audited.first("dmarc_record")
    state = audited.rate(finding, finding.expected)
    if state == "done" and _is_unclear(finding):
        state = "ask"
    current = split_lines(finding.found)
    record = RecordToPublish(
        "dmarc",
        state,
        finding.name or f"_dmarc.{audited.domain}",
        finding.rdtype or "TXT",
        current=current,
    )
    if state == "ask":
        alternative = find_alternative(finding.why)
        return replace(record, why=finding.why, alternative=alternative)
    if state == "done":
        values = _get_targets(current) or current
        return replace(record, values=values, notes=_note_policy(audited))
    return take_over(replace(record, values=split_lines(finding.expected)), finding)


def list_dmarc_permission(audited: Audited) -> list[RecordToPublish]:
    """Return what allows our reports to go to another domain of ours.

    Receivers look for it in the DNS of that domain (RFC 9990 section 4). Whoever else
    reads reports of the domain has to allow it himself.
    """
    zone = audited.facts.report_zone
    names = {why.get("name") for why in audited.first("dmarc_reports").why}
    wanted = f"._report._dmarc.{zone}"
    name = next((one for one in sorted(names) if one.endswith(wanted)), "")
    if not zone or not name:
        return []
    note = reason("publish_report_zone", zone=zone)
    values = ("v=DMARC1",)
    return [RecordToPublish("dmarc_report", "add", name, "TXT", values, notes=(note,))]


def _is_unclear(finding: Finding) -> bool:
    """Tell whether something is to be cleared up, though no record is proposed."""
    asked = {"dmarc_unclear", "dmarc_alias_change"}
    return any(why.code in asked for why in finding.why)


def _get_targets(current: tuple[str, ...]) -> tuple[str, ...]:
    """Return where an alias leads."""
    aliases = (line for line in current if line.startswith("CNAME "))
    return tuple(line.removeprefix("CNAME ").removesuffix(".") for line in aliases)


def _note_policy(audited: Audited) -> tuple[Reason, ...]:
    """Say what comes after p=none, where that is the policy."""
    reasons = audited.first("dmarc_policy").why
    if any(why.code == "policy_none" for why in reasons):
        return (reason("effect_dmarc_none"),)
    return ()
