# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the DMARC record counts, and what to publish where it should be another."""

from dataclasses import dataclass, replace
from typing import Literal

from ..dmarc.meant import Remark, is_cut, is_meant, is_near_miss, rank_policy
from ..dmarc.policy import DmarcResult
from ..dmarc.record import DmarcNote, DmarcRecord, is_dmarc, parse_dmarc
from ..dmarc.suggest import DmarcSuggestion, soften_dmarc, suggest_dmarc
from ..dns.resolver import Answer, Resolver, per_check
from ..findings import Finding, Judged, Reason, Status, decide, reason
from ..printable import printable, show_lines
from .check_dmarc import (
    REPORT_NOTES,
    explain_note,
    explain_temperror,
    judge_servers,
    rate_note,
)
from .context import Context

MAX_RECORDS = 10  # of one name that are read and shown
_MAX_NEAR = 3
_MAX_SERVERS = 10
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


@dataclass(frozen=True)
class Place:
    """What is published at one "_dmarc" name.

    :param domain: the domain whose name it is.
    :param counting: the records that receivers take.
    :param meant: those that were meant to be one, and that nobody takes.
    :param near: those that look like one, but as if somebody had switched it off.
    :param target: where the name leads as a CNAME, "" where it is none.
    :param misplaced: records that stand at another name, where nobody looks.
    :param misplaced_at: that name.
    """

    domain: str
    counting: tuple[bytes, ...] = ()
    meant: tuple[bytes, ...] = ()
    near: tuple[bytes, ...] = ()
    target: str = ""
    misplaced: tuple[bytes, ...] = ()
    misplaced_at: str = ""

    @property
    def name(self) -> str:
        """The DNS name that holds the record, or should hold it."""
        return f"_dmarc.{self.domain}"

    @property
    def records(self) -> tuple[bytes, ...]:
        """The records that count, or the damaged ones where none does."""
        return self.counting or self.meant

    @property
    def wanted(self) -> tuple[bytes, ...]:
        """What a proposal has to keep."""
        return self.records or self.misplaced


class Supposing:
    """A resolver for what would be if a record were published."""

    def __init__(self, resolver: Resolver, name: str, text: str):
        self._resolver = resolver
        self._answer = Answer(name, "TXT", "found", (text.encode(),))

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask one question; see :class:`mailauth.dns.resolver.Resolver`."""
        if (name, rdtype) == (self._answer.name, "TXT"):
            return self._answer
        return await self._resolver.query(name, rdtype)


async def check_dmarc_record(context: Context) -> list[Finding]:
    """Whether there is one valid record for the domain (RFC 9989 section 4.7)."""
    dmarc = await context.discover(context.domain)
    if dmarc.problem == "temperror":
        place = Place(dmarc.policy_domain or dmarc.domain)
        return [_decide(dmarc, place, [("temperror", explain_temperror(dmarc))])]
    place = await _find_place(context, dmarc)
    applies = dmarc.record is not None and dmarc.policy_domain == place.domain
    judged = _judge_alias(place) + _judge_record(dmarc, place, applies)
    judged += [("info", reason("dmarc_near_miss", text=_show(d))) for d in place.near]
    suggestion = suggest_dmarc(place.wanted, context.facts.report_address)
    if not _is_wanted(dmarc, place, applies):
        return [_decide(dmarc, place, judged)]
    if all(status in ("pass", "info") for status, _why in judged):
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


# --- Where the record is


async def _find_place(context: Context, dmarc: DmarcResult) -> Place:
    """Return the name at which the record is, or at which it is to be mended."""
    own = await _look(context, dmarc.domain)
    if dmarc.policy_domain == dmarc.domain or len(own.counting) > 1 or own.meant:
        return own
    if dmarc.record:
        return await _look(context, dmarc.policy_domain)
    if not own.target and (misplaced := await _look_elsewhere(context, own)):
        return misplaced
    above = [await _look(context, step.domain) for step in dmarc.walk[1:]]
    several = (place for place in above if len(place.counting) > 1)
    damaged = (place for place in above if place.meant and not place.counting)
    return next(several, None) or next(damaged, own)


async def _look(context: Context, domain: str) -> Place:
    """Return what is at a name of the walk, which was asked about already."""
    answer = await context.ask(f"_dmarc.{domain}", "TXT")
    if not isinstance(answer, Answer):
        return Place(domain)
    records = sorted(answer.records)
    counting = [data for data in records if is_dmarc(data)]
    meant = [data for data in records if not is_dmarc(data) and is_meant(data)]
    near = [data for data in records if not is_dmarc(data) and is_near_miss(data)]
    if counting:
        meant, near = [], [*meant, *near]
    return Place(
        domain,
        tuple(counting[:MAX_RECORDS]),
        tuple(meant[:MAX_RECORDS]),
        tuple(near[:_MAX_NEAR]),
        await _find_alias(context, domain, answer),
    )


async def _look_elsewhere(context: Context, own: Place) -> Place | None:
    """Return a place with what stands at the domain itself, or without the underscore.

    What stands at a doubled name is found for all records alike.
    """
    for name in (own.domain, f"dmarc.{own.domain}"):
        answer = await context.ask(name, "TXT")
        if not isinstance(answer, Answer):
            continue
        records = [data for data in sorted(answer.records) if _names_dmarc(data)]
        if records:
            found = tuple(records[:MAX_RECORDS])
            return replace(own, misplaced=found, misplaced_at=name)
    return None


def _names_dmarc(data: bytes) -> bool:
    return b"dmarc" in data[:_SHOWN].lower() and (is_dmarc(data) or is_meant(data))


async def _find_alias(context: Context, domain: str, answer: Answer) -> str:
    """Return where a name leads, "" where it is no alias of its own.

    A wildcard answers for all names that are not there; a record of one's own may
    stand beside it (RFC 4592 section 2.2.1).
    """
    if not answer.cnames:
        return ""
    other = await context.ask(f"_dmarc-wildcard.{domain}", "TXT")
    wildcard = isinstance(other, Answer) and other.cnames[:1] == answer.cnames[:1]
    return "" if wildcard else printable(answer.cnames[0])


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
        unclear = ", ".join(suggestion.unclear[:_MAX_NEAR])
        ask = reason("dmarc_unclear", text=unclear)
        # A TXT record can't stand beside a CNAME (RFC 1034 section 3.6.2).
        params = {} if place.target else {"alternative": suggestion.cautious}
        milder = reason("effect_dmarc_ask", **params)
        return [("info", why) for why in (ask, *first, milder, *reasons)]
    effects = await _list_effects(context, dmarc, place, suggestion.text, applies)
    return [("info", why) for why in (*first, *effects, *reasons)]


def _explain_remark(remark: Remark) -> Reason:
    params = {"text": remark.text, "to": remark.to}
    return reason(remark.code, **{name: text for name, text in params.items() if text})


def _explain_alias_change(place: Place, suggestion: DmarcSuggestion) -> Reason:
    record = suggestion.text or suggestion.cautious
    params = {"name": place.name, "target": place.target, "record": record}
    return reason("dmarc_alias_change", **params)


async def explain_effects(context: Context, name: str, text: str) -> list[Reason]:
    """Say what comes into force with a record where there is none now.

    :param name: the DNS name that it is for.
    :param text: a record that is right.
    """
    dmarc = await context.discover(context.domain)
    place = Place(name.removeprefix("_dmarc."))
    return await _list_effects(context, dmarc, place, text, applies=False)


async def _list_effects(
    context: Context, dmarc: DmarcResult, place: Place, text: str, applies: bool
) -> list[Reason]:
    """Say what is asked of receivers for the first time (RFC 9989 section 4.10.1)."""
    new = parse_dmarc(text.encode())
    before = _Before(dmarc, applies)
    reasons = _list_beginnings(new)
    if not applies and rank_policy(new.p) < rank_policy(dmarc.policy):
        params = {"policy": dmarc.policy, "new": new.p, "parent": dmarc.policy_domain}
        reasons.append(reason("effect_dmarc_weaker", **params))
    begins = before.list_begun(new)
    if not begins:
        return reasons
    in_force = dmarc.record if applies else None
    servers = await _judge_supposed(context, place, text)
    sure = bool(servers) and all(verdict == "pass" for verdict in servers.values())
    if not sure and not place.target:
        milder = soften_dmarc(text, in_force)
        begins[0] = replace(
            begins[0], params=(*begins[0].params, ("alternative", milder))
        )
    return [*reasons, *begins, *_name_servers(servers)]


class _Before:
    """What receivers apply now, where the record is to stand."""

    def __init__(self, dmarc: DmarcResult, applies: bool):
        self._dmarc, self._applies = dmarc, applies

    def _get_policy(self, whom: Literal["p", "sp", "np"]) -> str | None:
        record = self._dmarc.record
        if record is None:
            return None
        if not self._applies and whom == "p":
            return self._dmarc.policy
        return record.select_policy(whom)

    def list_begun(self, new: DmarcRecord) -> list[Reason]:
        """Return what a record asks for that nothing asked for before."""
        if new.testing and new.pct == 0:
            return []
        if not _is_enforced(new):
            return []
        begun = []
        if self._is_raised("p", new):
            begun.append(reason(f"effect_dmarc_{new.p}", policy=new.p))
        elif self._is_raised("sp", new) or self._is_raised("np", new):
            policies = [new.select_policy("sp"), new.select_policy("np")]
            strictest = max(policies, key=rank_policy)
            begun.append(reason("effect_dmarc_below", policy=strictest))
        record = self._dmarc.record
        strict = [
            f"{tag}=s"
            for tag in ("adkim", "aspf")
            if getattr(new, tag) == "s"
            and (record is None or getattr(record, tag) != "s")
        ]
        if strict:
            begun.append(reason("effect_dmarc_strict", text=", ".join(strict)))
        return begun

    def _is_raised(self, whom: Literal["p", "sp", "np"], new: DmarcRecord) -> bool:
        after = rank_policy(new.select_policy(whom))
        return after > max(rank_policy(self._get_policy(whom)), rank_policy("none"))


def _is_enforced(record: DmarcRecord) -> bool:
    policies = [record.select_policy(whom) for whom in ("p", "sp", "np")]
    return any(rank_policy(policy) > rank_policy("none") for policy in policies)


def _list_beginnings(new: DmarcRecord) -> list[Reason]:
    """Say of a record that only asks for reports what comes after it."""
    if _is_enforced(new):
        return []
    unread = [] if new.rua else [reason("effect_dmarc_unread")]
    return [reason("effect_dmarc_none"), *unread]


async def _judge_supposed(context: Context, place: Place, text: str) -> dict[str, str]:
    """Return {server: verdict} as it would be if the record were published."""
    supposing = Supposing(context.resolver, place.name, text)
    async with per_check(supposing, context.resolver.time_left()) as resolver:
        return await judge_servers(context, resolver, place.domain)


def _name_servers(servers: dict[str, str]) -> list[Reason]:
    if not servers:
        return [reason("effect_dmarc_no_server")]
    failing = [name for name, verdict in servers.items() if verdict == "fail"]
    passing = [name for name, verdict in servers.items() if verdict == "pass"]
    unsure = [name for name in servers if name not in (*failing, *passing)]
    reasons = []
    if failing:
        reasons.append(reason("effect_dmarc_fails", servers=_list_names(failing)))
    if unsure:
        reasons.append(reason("effect_dmarc_unsure", servers=_list_names(unsure)))
    return reasons or [reason("effect_dmarc_aligned")]


def _list_names(names: list[str]) -> str:
    shown = [printable(name, 60) for name in names[:_MAX_SERVERS]]
    return ", ".join([*shown, "..."] if len(names) > _MAX_SERVERS else shown)
