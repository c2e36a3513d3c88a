# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a proposed DMARC record asks of receivers that nothing has asked so far.

A record that they ignored had no effect; what takes its place may have one.
"""

from dataclasses import replace
from typing import Literal

from ..dmarc.meant import rank_policy
from ..dmarc.policy import DmarcResult
from ..dmarc.record import DmarcRecord, parse_dmarc
from ..dmarc.suggest import soften_dmarc
from ..dns.resolver import Answer, Resolver, per_check
from ..findings import Reason, reason
from ..printable import printable
from .check_dmarc import judge_servers
from .context import Context
from .dmarc_place import Place

_MAX_SERVERS = 10


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
