"""What DMARC asks of receivers, and whether a mail satisfies it (RFC 9989)."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..address import split_address
from ..dns.names import normalize_name
from ..dns.resolver import Answer, Resolver, per_check
from ..errors import PermError, TempError
from ..printable import printable
from .record import DmarcRecord, Policy, is_dmarc, is_nearly_dmarc, parse_dmarc

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
    :param detail: the cause of a temperror.
    """

    domain: str
    status: Literal["record", "none", "several", "temperror"]
    record: DmarcRecord | None = None
    found: tuple[str, ...] = ()
    ttl: int = 0
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
    :param testing: whether the record says that its policy is not to be applied (t=y).
    :param ttl: seconds that this result may be kept: the shortest of its answers, 0
        where nothing is known.
    :param detail: evidence for the problem.
    """

    policy: Policy | None
    organizational_domain: str | None
    record: DmarcRecord | None
    problem: str = ""
    walk: tuple[WalkStep, ...] = ()
    domain: str = ""
    policy_domain: str = ""
    policy_tag: Literal["p", "sp", "np"] = "p"
    testing: bool = False
    ttl: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Alignment:
    """Whether one authenticated domain counts for the domain in From.

    :param aligned: it does; None where the organizational domain is not known.
    :param mode: "relaxed" or "strict".
    :param domain: the authenticated domain.
    :param organizational_domain: its own, None in strict mode or where unknown.
    """

    aligned: bool | None
    mode: Literal["relaxed", "strict"]
    domain: str
    organizational_domain: str | None = None


@dataclass(frozen=True)
class AlignmentResult:
    """The DMARC result of a message (RFC 9989 section 5.3.5).

    :param result: "pass", "fail", "none" (DMARC does not apply) or "temperror".
    :param spf: the alignment of the SPF domain, None where SPF did not pass.
    :param dkim: one for each DKIM domain that verified.
    :param dmarc: the policy discovered for the domain in From.
    """

    result: Literal["pass", "fail", "none", "temperror"]
    spf: Alignment | None
    dkim: tuple[Alignment, ...]
    dmarc: DmarcResult


@dataclass(frozen=True)
class ReportDestination:
    """Whether reports may go to an address (RFC 9990 section 4).

    :param address: the mailbox.
    :param status: "own" (same organizational domain), "authorized", "unauthorized"
        or "temperror".
    :param name: the DNS name that holds or should hold the permission, "" for "own".
    :param detail: the cause of a temperror.
    """

    address: str
    status: Literal["own", "authorized", "unauthorized", "temperror"]
    name: str = ""
    detail: str = ""


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


async def evaluate_alignment(
    from_domain: str,
    spf: str | None,
    dkim: Iterable[str],
    resolver: Resolver,
    dmarc: DmarcResult | None = None,
) -> AlignmentResult:
    """Judge a message by the domains that SPF and DKIM authenticated for it.

    RFC 9989 sections 4.4, 4.10.2 and 5.3.5.

    :param from_domain: the domain in From.
    :param spf: the MAIL FROM domain where SPF passed, else None.
    :param dkim: the d= domains of the signatures that verified.
    :param dmarc: the result of :func:`discover_dmarc` for ``from_domain`` where it is
        at hand.
    """
    dmarc = dmarc or await discover_dmarc(from_domain, resolver)
    record = dmarc.record
    if record is None or dmarc.policy is None:
        result = "temperror" if dmarc.problem == "temperror" else "none"
        return AlignmentResult(result, None, (), dmarc)
    signed = [align_domain(dmarc, d, record.adkim, resolver) for d in dkim]
    sent = [align_domain(dmarc, d, record.aspf, resolver) for d in (spf,) if d]
    alignments = await asyncio.gather(*sent, *signed)
    verdicts = {alignment.aligned for alignment in alignments}
    result = "pass" if True in verdicts else "temperror" if None in verdicts else "fail"
    spf_alignment = alignments[0] if sent else None
    return AlignmentResult(result, spf_alignment, tuple(alignments[len(sent) :]), dmarc)


async def align_domain(
    dmarc: DmarcResult, domain: str, mode: str, resolver: Resolver
) -> Alignment:
    """Compare an authenticated domain with the domain in From (section 4.10.2).

    :param dmarc: the policy of the domain in From.
    :param mode: "r" or "s".
    """
    strict = mode == "s"
    label: Literal["relaxed", "strict"] = "strict" if strict else "relaxed"
    try:
        domain = normalize_name(domain)
    except PermError:
        return Alignment(False, label, domain)
    if domain == dmarc.domain or strict:
        return Alignment(domain == dmarc.domain, label, domain)
    organizational = dmarc.organizational_domain
    if organizational and not f".{domain}".endswith(f".{organizational}"):
        return Alignment(False, label, domain)
    other = (await discover_dmarc(domain, resolver)).organizational_domain
    if other is None or organizational is None:
        return Alignment(None, label, domain, other)
    return Alignment(other == organizational, label, domain, other)


async def check_destination(
    dmarc: DmarcResult, address: str, resolver: Resolver
) -> ReportDestination:
    """Tell whether a domain accepts the reports of another (RFC 9990 section 4).

    :param dmarc: the result whose record names the address.
    :param address: the mailbox of a mailto: URI.
    """
    domain = normalize_name(split_address(address)[1])
    if domain == dmarc.policy_domain:
        return ReportDestination(address, "own")
    name = f"{dmarc.policy_domain}._report._dmarc.{domain}"
    same, answer = await asyncio.gather(
        align_domain(dmarc, domain, "r", resolver), _query_txt(name, resolver)
    )
    if same.aligned:
        return ReportDestination(address, "own")
    if isinstance(answer, TempError):
        return ReportDestination(address, "temperror", name, answer.code)
    allowed = any(is_dmarc(record) for record in answer.records)
    status = "authorized" if allowed else "unauthorized"
    return ReportDestination(address, status, name)


async def _walk(domain: str, resolver: Resolver) -> tuple[WalkStep, ...]:
    names = list_walk(domain)
    questions = (_query_txt(f"_dmarc.{name}", resolver) for name in names)
    answers = await asyncio.gather(*questions)
    steps = []
    for name, answer in zip(names, answers, strict=True):
        steps.append(_read_step(name, answer))
        record = steps[-1].record
        if record and record.psd != "u":
            break
    return tuple(steps)


async def _query_txt(name: str, resolver: Resolver) -> Answer | TempError:
    try:
        return await resolver.query(name, "TXT")
    except TempError as error:
        return error
    except PermError:
        # A prefix can make a name too long for DNS: nobody can publish there.
        return Answer(name, "TXT", "nxdomain")


def _read_step(domain: str, answer: Answer | TempError) -> WalkStep:
    if isinstance(answer, TempError):
        detail = f"{answer.code} {answer.detail}".strip()
        return WalkStep(domain, "temperror", detail=detail)
    records = [data for data in answer.records if is_dmarc(data)]
    nearly = [data for data in answer.records if is_nearly_dmarc(data)]
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
        detail = next(s.detail for s in walk if s.status == "temperror")
        return DmarcResult(
            None, organizational, None, "temperror", walk, domain, detail=detail
        )
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
    tag, error = "p", ""
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
        detail=error,
    )


async def _select_tag(
    record: DmarcRecord, domain: str, resolver: Resolver
) -> tuple[Literal["sp", "np"], str]:
    if record.select_policy("np") == record.select_policy("sp"):
        return "sp", ""
    # RFC 9989 section 3.2: a domain does not exist when DNS answers NXDOMAIN.
    answer = await _query_txt(domain, resolver)
    if isinstance(answer, TempError):
        return "sp", f"{answer.code} {answer.detail}".strip()
    return ("np" if answer.status == "nxdomain" else "sp"), ""


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
