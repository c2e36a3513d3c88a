# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the DMARC record counts, and what to publish where it should be another."""

from ..dmarc.meant import Remark, is_cut, rank_policy
from ..dmarc.policy import DmarcResult
from ..dmarc.record import DmarcNote, DmarcRecord, parse_dmarc
from ..dmarc.suggest import DmarcSuggestion, suggest_dmarc
from ..findings import Finding, Judged, Reason, Status, decide, reason
from ..printable import printable, show_lines
from .check_dmarc import REPORT_NOTES, explain_note, explain_temperror, rate_note
from .context import Context
from .dmarc_advice import list_advice
from .dmarc_effect import list_effects
from .dmarc_place import Place, find_place

_MAX_UNCLEAR = 3
_SHOWN = 1000
_PROBLEM_RFC = {
    "dmarc_several": "RFC 9989 section 4.10",
    "dmarc_invalid": "RFC 9989 section 4.10.1",
}
# What a record may keep although nothing is wrong with it: no reason to change it.
_HARMLESS = (
    "tag_unknown",
    "tag_empty",
    "policy_not_second",
    "fo_without_ruf",
    "fo_both",
    "uri_size",
    "uri_too_many",
)


async def check_dmarc_record(context: Context) -> list[Finding]:
    """Whether there is one valid record for the domain (RFC 9989 section 4.7)."""
    dmarc = await context.discover(context.domain)
    if dmarc.problem == "temperror":
        place = Place(dmarc.policy_domain or dmarc.domain)
        return [_decide(dmarc, place, [("temperror", explain_temperror(dmarc))])]
    place = await find_place(context, dmarc)
    applies = dmarc.record is not None and dmarc.policy_domain == place.domain
    judged = _judge_alias(place) + _judge_record(dmarc, place, applies)
    judged += [("info", reason("dmarc_near_miss", text=_show(d))) for d in place.near]
    is_wanted = _is_wanted(dmarc, place, applies)
    advised = await list_advice(context, dmarc, place, is_wanted)
    suggestion = suggest_dmarc(
        place.wanted, context.facts.report_address, advised.inbox, advised.step
    )
    if not is_wanted and not advised.reasons:
        return [_decide(dmarc, place, judged)]
    judged = [("info", why) for why in advised.reasons] + judged
    if is_wanted and all(status in ("pass", "info") for status, _why in judged):
        judged = [pair for pair in judged if pair[0] != "pass"]
        judged.append(("info", reason("dmarc_record_change")))
    proposed = await _explain_proposal(context, dmarc, place, suggestion, applies)
    if place.target:
        return [_decide(dmarc, place, [*judged, *proposed])]
    return [_decide(dmarc, place, [*judged, *proposed], suggestion.text)]


def _decide(
    dmarc: DmarcResult, place: Place, judged: Judged, expected: str = ""
) -> Finding:
    alias = [f"CNAME {place.target}."] if place.target else []
    records = place.records[:1] if len(place.counting) == 1 else place.records
    return decide(
        "dmarc_record",
        judged,
        found=show_lines([*alias, *map(_show, records)]),
        expected=expected,
        rfc=_PROBLEM_RFC.get(dmarc.problem, "RFC 9989 section 4.7"),
        name=place.name,
        rdtype="CNAME" if place.target else "TXT",
    )


def _show(data: bytes) -> str:
    return printable(data, _SHOWN)


# --- What is wrong with it


def _judge_alias(place: Place) -> Judged:
    if not place.target:
        return []
    params = {"name": place.name, "target": place.target}
    if place.records:
        return [("info", reason("dmarc_alias", **params))]
    return [("warning", reason("dmarc_alias_dangling", **params))]


def _judge_record(dmarc: DmarcResult, place: Place, applies: bool) -> Judged:
    if applies and dmarc.record:
        return _judge_counting(dmarc, dmarc.record, place)
    if dmarc.record and (place.counting or place.meant):
        return [("warning", _explain_discarded(dmarc, place))]
    if dmarc.problem == "dmarc_several" and place.counting:
        return [("fail", reason("dmarc_several", domain=place.domain))]
    if place.meant:
        return [("warning", reason("dmarc_nearly", domain=place.domain))]
    if place.target:
        return []  # an alias that leads nowhere says so
    absent = reason("dmarc_absent", domain=dmarc.domain)
    if not place.misplaced:
        return [("warning", absent)]
    params = {"wrong": place.misplaced_at, "right": place.name}
    return [("warning", reason("mended_dmarc_place", **params)), ("warning", absent)]


def _explain_discarded(dmarc: DmarcResult, place: Place) -> Reason:
    """Explain that the record above applies although there are some here.

    Receivers of RFC 7489 (section 6.6.3) end at two records, and apply nothing.
    """
    code = "dmarc_several_above" if place.counting else "dmarc_nearly_above"
    return reason(
        code,
        domain=place.domain,
        parent=dmarc.policy_domain,
        policy=dmarc.policy or "-",
        text=dmarc.record.text[:_SHOWN] if dmarc.record else "",
    )


def _judge_counting(dmarc: DmarcResult, record: DmarcRecord, place: Place) -> Judged:
    judged: Judged = [
        (rate_note(note, record), explain_note(note, record))
        for note in record.notes
        if note.code not in REPORT_NOTES
    ]
    if record.psd == "y" and place.domain == dmarc.domain:
        judged.append(("warning", reason("dmarc_psd", domain=place.domain)))
    judged += _judge_length(place.counting[:1])
    return [*judged, _sum_up(dmarc, record, judged)]


def _judge_length(records: tuple[bytes, ...]) -> Judged:
    return [("warning", reason("dmarc_cut")) for data in records if is_cut(data)]


def _sum_up(
    dmarc: DmarcResult, record: DmarcRecord, judged: Judged
) -> tuple[Status, Reason]:
    """Say what receivers make of the record, and nothing else than its faults say."""
    domain = dmarc.policy_domain
    if not record.valid:
        code = "dmarc_counts_none" if record.rua else "dmarc_ignored"
        return "info", reason(code, domain=domain)
    if any(status in ("warning", "fail") for status, _why in judged):
        return "info", reason("dmarc_read_partly", domain=domain)
    code = "dmarc_found" if domain == dmarc.domain else "dmarc_inherited"
    return "pass", reason(code, domain=domain)


# --- What to publish instead


def _is_wanted(dmarc: DmarcResult, place: Place, applies: bool) -> bool:
    """Tell whether another record should be there."""
    record = dmarc.record
    if not applies or record is None:
        return record is None or bool(place.records)
    if place.domain != dmarc.domain and record.psd == "y":
        return False  # a registry's: nobody here can change it
    suggestion = suggest_dmarc(place.counting)
    if not suggestion.text or any(map(is_cut, place.counting)):
        return True
    better = parse_dmarc(suggestion.text.encode())
    if _essence(better) != _essence(record):
        return True
    if place.target:
        return False  # somebody else's, and it does what it should
    return bool(_faults(record) - _faults(better))


def _faults(record: DmarcRecord) -> set[DmarcNote]:
    return {note for note in record.notes if note.code not in _HARMLESS}


def _essence(record: DmarcRecord) -> tuple:
    uris = [frozenset(u.uri.lower() for u in r) for r in (record.rua, record.ruf)]
    policies = (record.p, record.sp, record.np, record.testing, record.psd)
    return (*policies, record.adkim, record.aspf, *uris)


async def _explain_proposal(
    context: Context,
    dmarc: DmarcResult,
    place: Place,
    suggestion: DmarcSuggestion,
    applies: bool,
) -> Judged:
    """Say what was mended, what is left out, and what comes into force."""
    reasons = [_explain_remark(remark) for remark in suggestion.remarks]
    for data in [] if place.counting else place.meant:
        reasons += [why for _status, why in _judge_length((data,))]
    first = [_explain_alias_change(place, suggestion)] if place.target else []
    if not suggestion.text:
        unclear = ", ".join(suggestion.unclear[:_MAX_UNCLEAR])
        ask = reason("dmarc_unclear", text=unclear)
        # A TXT record can't stand beside a CNAME (RFC 1034 section 3.6.2).
        params = {} if place.target else {"alternative": suggestion.cautious}
        # Where a policy applies already, p=none would end it.
        in_force = rank_policy(dmarc.policy) > rank_policy("none")
        milder = [] if in_force else [reason("effect_dmarc_ask", **params)]
        return [("info", why) for why in (ask, *first, *milder, *reasons)]
    effects = await list_effects(context, dmarc, place, suggestion.text, applies)
    return [("info", why) for why in (*first, *effects, *reasons)]


def _explain_remark(remark: Remark) -> Reason:
    params = {"text": remark.text, "to": remark.to, "count": remark.count}
    return reason(remark.code, **{name: what for name, what in params.items() if what})


def _explain_alias_change(place: Place, suggestion: DmarcSuggestion) -> Reason:
    record = suggestion.text or suggestion.cautious
    params = {"name": place.name, "target": place.target, "record": record}
    return reason("dmarc_alias_change", **params)
