# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a proposed DMARC record asks of receivers that nothing has asked so far.

A record that they ignored had no effect; what takes its place may have one.
"""

from dataclasses import replace

from ..dmarc.meant import rank_policy
from ..dmarc.policy import DmarcResult, Tag
from ..dmarc.record import DmarcRecord, parse_dmarc
from ..dmarc.suggest import soften_dmarc
from ..dns.resolver import Answer, per_check
from ..findings import Reason, reason
from ..printable import printable
from .check_dmarc import judge_servers
from .context import Context
from .dmarc_place import Place
from .supposing import Supposing

_TAGS: tuple[Tag, ...] = ("p", "sp", "np")
_MAX_SERVERS = 10


async def explain_effects(context: Context, name: str, text: str) -> list[Reason]:
    """Say what comes into force with a record where there is none now.

    :param name: the DNS name that it is for.
    :param text: a record that is right.
    """
    dmarc = await context.discover(context.domain)
    place = Place(name.removeprefix("_dmarc."))
    return await list_effects(context, dmarc, place, text, applies=False)


async def list_effects(
    context: Context, dmarc: DmarcResult, place: Place, text: str, applies: bool
) -> list[Reason]:
    """Say what is asked of receivers for the first time (RFC 9989 section 4.10.1)."""
    new = parse_dmarc(text.encode())
    before = _Before(dmarc, applies)
    reasons = _list_beginnings(new)
    if not applies:
        reasons += _explain_weaker(dmarc, new)
    begins = before.list_begun(new)
    if not begins:
        return reasons
    servers = await _judge_supposed(context, place, text)
    sure = bool(servers) and all(verdict == "pass" for verdict in servers.values())
    if not sure and not place.target:
        milder = _soften(dmarc, text, applies)
        begins[0] = replace(
            begins[0], params=(*begins[0].params, ("alternative", milder))
        )
    return [*reasons, *begins, *_name_servers(servers)]


def _soften(dmarc: DmarcResult, text: str, applies: bool) -> str:
    """Return a record that asks of receivers what they do now."""
    tag = "p" if applies else dmarc.policy_tag
    return soften_dmarc(text, dmarc.record, tag)


def _explain_weaker(dmarc: DmarcResult, new: DmarcRecord) -> list[Reason]:
    """Say that a record asks for less than the one above it, which applies now."""
    if dmarc.record is None:
        return []
    now, later = _list_felt(dmarc.record, dmarc.policy), _list_felt(new, new.p)
    lower = any(
        rank_policy(after) < rank_policy(before)
        for after, before in zip(later, now, strict=True)
    )
    partly = 0 < new.pct < 100 <= dmarc.record.pct and dmarc.policy != "none"
    if not lower and not partly:
        return []
    parts = {"t=y": new.testing, f"pct={new.pct}": new.pct < 100}
    text = "; ".join([str(new.p), *(part for part, there in parts.items() if there)])
    params = {"policy": dmarc.policy, "new": text, "parent": dmarc.policy_domain}
    return [reason("effect_dmarc_weaker", **params)]


def _list_felt(record: DmarcRecord, policy: str | None) -> list[str | None]:
    """Return what a policy is to receivers of RFC 9989, and to those of RFC 7489.

    With t=y the former apply the next milder one (section 4.7); the latter read pct in
    place of t, and do the same with pct=0 (RFC 7489 section 6.6.4).
    """
    eased = "quarantine" if policy == "reject" else "none"
    return [
        eased if record.testing else policy,
        policy if record.pct else eased,
    ]


class _Before:
    """What receivers apply now, where the record is to stand."""

    def __init__(self, dmarc: DmarcResult, applies: bool):
        self._dmarc, self._applies = dmarc, applies

    def _list_felt(self, whom: Tag) -> list[str | None]:
        record = self._dmarc.record
        if record is None:
            return [None, None]
        if not self._applies and whom == "p":
            return _list_felt(record, self._dmarc.policy)
        return _list_felt(record, record.select_policy(whom))

    def list_begun(self, new: DmarcRecord) -> list[Reason]:
        """Return what a record asks for that nothing asked for before."""
        felt = [
            one for policy in _list_policies(new) for one in _list_felt(new, policy)
        ]
        if all(rank_policy(policy) <= rank_policy("none") for policy in felt):
            return []
        begun = []
        raised = {whom: self._find_raised(whom, new) for whom in _TAGS}
        if raised["p"]:
            p = raised["p"]
            begun.append(reason(f"effect_dmarc_{p}", policy=p))
        elif raised["sp"] or raised["np"]:
            strictest = max(raised["sp"], raised["np"], key=rank_policy)
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

    def _find_raised(self, whom: Tag, new: DmarcRecord) -> str | None:
        """Return the policy that some receivers apply for the first time."""
        before = self._list_felt(whom)
        after = _list_felt(new, new.select_policy(whom))
        raised = [
            policy
            for policy, old in zip(after, before, strict=True)
            if rank_policy(policy) > max(rank_policy(old), rank_policy("none"))
        ]
        return max(raised, key=rank_policy, default=None)


def _list_policies(record: DmarcRecord) -> list[str | None]:
    return [record.select_policy(whom) for whom in _TAGS]


def _is_enforced(record: DmarcRecord) -> bool:
    policies = _list_policies(record)
    return any(rank_policy(policy) > rank_policy("none") for policy in policies)


def _list_beginnings(new: DmarcRecord) -> list[Reason]:
    """Say of a record that only asks for reports what comes after it."""
    if _is_enforced(new):
        return []
    unread = [] if new.rua else [reason("effect_dmarc_unread")]
    return [reason("effect_dmarc_none"), *unread]


async def _judge_supposed(context: Context, place: Place, text: str) -> dict[str, str]:
    """Return {server: verdict} as it would be if the record were published."""
    answer = Answer(place.name, "TXT", "found", (text.encode(),))
    async with per_check(Supposing(context.resolver, answer)) as resolver:
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
