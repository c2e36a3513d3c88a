# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which DMARC policy applies to a domain: the tree walk (RFC 9989 section 4.10)."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from ..dns.names import normalize_name
from ..dns.resolver import Answer, Resolver, per_check
from ..errors import PermError, TempError
from ..printable import printable
from .meant import is_meant, is_near_miss
from .record import DmarcRecord, Policy, is_dmarc, parse_dmarc

Tag = Literal["p", "sp", "np"]

MAX_WALK = 8  # queries (RFC 9989 section 4.10)
MAX_TTL = 86400  # seconds that a result may be kept at most
_SHOWN_RECORDS = 10
_SHOWN_LENGTH = 1000


@dataclass(frozen=True)
class WalkStep:
    """One name of the tree walk.

    :param domain: the domain whose "_dmarc" name was asked.
    :param status: "record" (exactly one), "none", "several" (a receiver discards
        them all) or "temperror".
    :param record: the record, for "record".
    :param found: all DMARC records and what was nearly one, printable and bounded.
    :param ttl: seconds that the answer may be kept.
    :param cause: of a temperror: the code of the error.
    :param detail: of a temperror: what was asked.
    """

    domain: str
    status: Literal["record", "none", "several", "temperror"]
    record: DmarcRecord | None = None
    found: tuple[str, ...] = ()
    ttl: int = 0
    cause: str = ""
    detail: str = ""


@dataclass(frozen=True)
class DmarcResult:
    """What a receiver does with unauthenticated mail that names a domain in From.

    :param policy: "none", "quarantine" or "reject"; None where DMARC does not apply
        or nothing is known.
    :param organizational_domain: the domain that relaxed alignment compares; None
        where DNS did not tell.
    :param record: the record that applies, None where there is none.
    :param problem: "" for none; "dmarc_absent", "dmarc_several" (which count as
        none), "dmarc_invalid" (no valid policy, RFC 9989 section
        4.10.1), "name_invalid", or "temperror": ask again later.
    :param walk: the names asked, from the domain upwards, up to where a receiver stops.
    :param domain: the domain asked, in A-labels.
    :param policy_domain: where the record that applies was found.
    :param policy_tag: the tag that the policy was taken from: "p", "sp" or "np".
    :param testing: whether the record asks for the next milder policy (t=y).
    :param ttl: seconds that this result may be kept: the shortest of its answers, 0
        where nothing is known.
    :param detail: evidence for the problem; of a temperror what was asked.
    :param cause: of a temperror: the code of the error.
    """

    policy: Policy | None
    organizational_domain: str | None
    record: DmarcRecord | None
    problem: str = ""
    walk: tuple[WalkStep, ...] = ()
    domain: str = ""
    policy_domain: str = ""
    policy_tag: Tag = "p"
    testing: bool = False
    ttl: int = 0
    detail: str = ""
    cause: str = ""


def list_walk(domain: str) -> tuple[str, ...]:
    """Return the domains of a tree walk, at most eight (RFC 9989 section 4.10).

    :param domain: in A-labels.
    """
    labels = domain.split(".")
    first = 1 if len(labels) < MAX_WALK else len(labels) - MAX_WALK + 1
    return (domain, *(".".join(labels[i:]) for i in range(first, len(labels))))


async def discover_dmarc(domain: str, resolver: Resolver) -> DmarcResult:
    """Find the policy that applies to mail with a domain in From.

    The names of the walk are asked side by side and judged in their order.

    :param domain: in U-labels or A-labels.
    :return: always a result; failures are in its ``problem``.
    """
    try:
        domain = normalize_name(domain)
    except PermError as error:
        return DmarcResult(None, None, None, error.code, detail=error.detail)
    async with per_check(resolver) as checked:
        walk = await _walk(domain, checked)
        return await _judge_walk(domain, walk, checked)


async def _walk(domain: str, resolver: Resolver) -> tuple[WalkStep, ...]:
    names = list_walk(domain)
    questions = (query_txt(f"_dmarc.{name}", resolver) for name in names)
    answers = await asyncio.gather(*questions)
    steps = []
    for name, answer in zip(names, answers, strict=True):
        steps.append(_read_step(name, answer))
        record = steps[-1].record
        if record and record.psd != "u":
            break
    return tuple(steps)


async def query_txt(name: str, resolver: Resolver) -> Answer | TempError:
    """Ask for TXT records; a failure is an answer too."""
    try:
        return await resolver.query(name, "TXT")
    except TempError as error:
        return error
    except PermError:
        # A prefix can make a name too long for DNS: nobody can publish there.
        return Answer(name, "TXT", "nxdomain")


def _read_step(domain: str, answer: Answer | TempError) -> WalkStep:
    if isinstance(answer, TempError):
        detail = printable(answer.detail)
        return WalkStep(domain, "temperror", cause=answer.code, detail=detail)
    records = [data for data in answer.records if is_dmarc(data)]
    others = [data for data in answer.records if not is_dmarc(data)]
    nearly = [data for data in others if is_meant(data) or is_near_miss(data)]
    shown = (sorted(records) + sorted(nearly))[:_SHOWN_RECORDS]
    found = tuple(printable(data, _SHOWN_LENGTH) for data in shown)
    if len(records) == 1:
        record = parse_dmarc(records[0])
        return WalkStep(domain, "record", record, found, answer.ttl)
    status = "several" if records else "none"
    return WalkStep(domain, status, None, found, answer.ttl)


async def _judge_walk(
    domain: str, walk: tuple[WalkStep, ...], resolver: Resolver
) -> DmarcResult:
    organizational = _select_organizational(domain, walk)
    step = _select_step(walk, organizational)
    ttl = min((s.ttl for s in walk), default=0)
    ttl = min(ttl, MAX_TTL)
    if walk[0].status == "temperror" or (step is None and organizational is None):
        failed = next(s for s in walk if s.status == "temperror")
        why = {"cause": failed.cause, "detail": failed.detail}
        return DmarcResult(None, organizational, None, "temperror", walk, domain, **why)
    if step is None:
        several = any(s.status == "several" for s in walk)
        problem = "dmarc_several" if several else "dmarc_absent"
        return DmarcResult(None, organizational, None, problem, walk, domain, ttl=ttl)
    return await _apply(domain, walk, organizational, step, ttl, resolver)


async def _apply(
    domain: str,
    walk: tuple[WalkStep, ...],
    organizational: str | None,
    step: WalkStep,
    ttl: int,
    resolver: Resolver,
) -> DmarcResult:
    record = step.record
    assert record
    tag: Tag = "p"
    error = None
    if step.domain != domain:
        tag, error = await _select_tag(record, domain, resolver)
    policy = None if error else record.select_policy(tag)
    return DmarcResult(
        policy=policy,
        organizational_domain=organizational,
        record=record,
        problem="temperror" if error else "" if record.valid else "dmarc_invalid",
        walk=walk,
        domain=domain,
        policy_domain=step.domain,
        policy_tag=tag,
        testing=record.testing,
        ttl=0 if error else ttl,
        cause=error.code if error else "",
        detail=printable(error.detail) if error else "",
    )


async def _select_tag(
    record: DmarcRecord, domain: str, resolver: Resolver
) -> tuple[Tag, TempError | None]:
    if record.select_policy("np") == record.select_policy("sp"):
        return "sp", None
    # RFC 9989 section 3.2: a domain does not exist when DNS answers NXDOMAIN.
    answer = await query_txt(domain, resolver)
    if isinstance(answer, TempError):
        return "sp", answer
    return ("np" if answer.status == "nxdomain" else "sp"), None


def _select_organizational(domain: str, walk: tuple[WalkStep, ...]) -> str | None:
    """Apply the three rules of RFC 9989 section 4.10.2, longest name first."""
    selected = domain
    for step in walk:
        if step.status == "temperror":
            return None
        if step.record is None:
            continue
        if step.record.psd == "y" and step.domain != domain:
            labels = domain.split(".")
            return ".".join(labels[-step.domain.count(".") - 2 :])
        selected = step.domain  # psd=n ends the walk
    return selected


def _select_step(
    walk: tuple[WalkStep, ...], organizational: str | None
) -> WalkStep | None:
    """Return the step whose record applies (RFC 9989 section 4.10.1)."""
    if walk[0].record:
        return walk[0]
    if organizational is None:
        return None
    own = [step for step in walk if step.domain == organizational and step.record]
    suffix = [step for step in walk if step.record and step.record.psd == "y"]
    return next(iter(own + suffix), None)
