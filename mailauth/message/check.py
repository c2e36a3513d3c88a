# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What receivers say about one message: its bytes in, everything that is found out."""

import asyncio
from dataclasses import replace

from ..address import split_address
from ..dkim.verify import DkimSignatureResult, verify_dkim
from ..dns.resolver import CheckResolver, DnsResolver, Resolver, per_check
from ..tags import scan_tags
from .authentication import (
    Judged,
    ask_ahead,
    judge_dmarc,
    judge_helo,
    judge_pointer,
    judge_spf,
    read_author,
)
from .case import Case
from .changes import find_changes
from .content import ContentFacts, check_content
from .findings import list_findings
from .grade import grade_message
from .handover import Way, read_way
from .raw import RawMessage, read_raw
from .result import (
    Authentication,
    DmarcVerdict,
    MessageFinding,
    MessageResult,
    Pointer,
)

MAX_SIGNATURES = 10
_EARLIEST = 800_000_000  # nobody's clock is wrong by that much: 1995
_SKEW = 86400  # seconds that a receiver's clock may be ahead of ours
_HASHES = ("signature_body", "signature_data")
_CUT = frozenset(("body_missing", "too_large"))  # what is here is not all of it
_MAX_TAGS = 16384  # bytes of a signature that are read to ask ahead


async def check_message(
    raw: bytes,
    client_ip: str | None = None,
    helo: str | None = None,
    mail_from: str | None = None,
    resolver: Resolver | None = None,
    *,
    now: int | None = None,
    sent: bytes | None = None,
    is_mailing: bool | None = None,
) -> MessageResult:
    """Judge a message as a receiver does, at the time when it arrived.

    :param raw: the message as it was found: line ends of any kind, with or without the
        lines that a mailbox puts before it.
    :param client_ip: the address that handed it in; None: what its way says.
    :param helo: the name in HELO; None: what its way says.
    :param mail_from: the envelope sender, "" or "<>" for the null sender; None: what
        the message says.
    :param resolver: who is asked; None: the system's nameservers. Its ``timeout`` is
        the deadline for all questions together.
    :param now: seconds since 1970. Expiry is held against the time of arrival where
        the way tells one that can be, else against this; without both nothing expires.
    :param sent: the message as it was sent, where that is known.
    :param is_mailing: whether it is part of a mailing; None: as it looks.
    :raises PermError: "ip_invalid": ``client_ip`` is no address. All else is a result.
    """
    message = read_raw(raw)
    way = read_way(message, client_ip, helo, mail_from)
    async with per_check(DnsResolver() if resolver is None else resolver) as checked:
        case = await _judge(message, way, checked, _pick_time(way, now))
    if not way.proves_nothing:
        changes = find_changes(message.data, case.signatures, sent)
        case = replace(case, changes=changes)
    findings = list_findings(
        case, check_content(message, _make_facts(case, is_mailing, now))
    )
    return _make_result(case, findings)


def _make_facts(case: Case, is_mailing: bool | None, now: int | None) -> ContentFacts:
    passed = [one for one in case.signatures if one.result == "pass"]
    signed = frozenset(name for one in passed for name in one.signed)
    return ContentFacts(
        case.author.domain,
        case.way.mail_from,
        is_mailing,
        signed if passed else None,
        _find_arrival(case.way, now),
        now,
        any("UTF8" in hop.protocol for hop in case.way.hops),
    )


def _find_arrival(way: Way, now: int | None) -> int | None:
    """Return when somebody says that it arrived, if that can be true."""
    times = (way.arrived, *(hop.time for hop in way.hops))
    arrived = next((time for time in times if time is not None), None)
    judged = _pick_time(replace(way, arrived=arrived), now)
    return arrived if arrived == judged else None


def _pick_time(way: Way, now: int | None) -> int:
    """Return when the message is judged: when it arrived, if that can be true."""
    arrived = way.arrived or 0
    if arrived < _EARLIEST or (now is not None and arrived > now + _SKEW):
        return now or 0
    return arrived


async def _judge(
    message: RawMessage, way: Way, resolver: CheckResolver, now: int
) -> Case:
    """Ask everything side by side; only alignment needs the other answers."""
    author = read_author(message)
    if way.proves_nothing:
        return await _judge_nothing(message, way, author, resolver, now)
    sender = split_address(way.mail_from or "")[1] or way.helo
    domains = [*_read_domains(message), *filter(None, [sender])]
    spf, helo, signatures, dmarc, pointer = await asyncio.gather(
        judge_spf(way, resolver, now),
        judge_helo(way, resolver, now),
        verify_dkim(message.data, resolver, now, message.body),
        ask_ahead(author, domains, resolver),
        judge_pointer(way.client_ip, resolver),
    )
    signatures = tuple(_doubt(message, one) for one in signatures)
    judged = await judge_dmarc(author, dmarc, spf, signatures, resolver)
    return Case(message, way, author, spf, helo, signatures, judged, pointer)


async def _judge_nothing(message, way, author, resolver, now) -> Case:
    """Return a case without answers: of what proves nothing there are none."""
    problem = way.proves_nothing
    nobody = Authentication("unknown", problem)
    found = await verify_dkim(message.data, resolver, now, message.body)
    signatures = tuple(
        replace(one, result="unknown", problem=problem, detail="") for one in found
    )
    judged = Judged(DmarcVerdict("unknown", domain=author.domain, problem=problem), {})
    return Case(message, way, author, nobody, nobody, signatures, judged, Pointer())


def _read_domains(message: RawMessage) -> list[str]:
    """Return the domain that each signature names, to ask ahead."""
    fields = message.get_all("dkim-signature")[:MAX_SIGNATURES]
    found = (scan_tags(value[:_MAX_TAGS]).get("d", "") for value in fields)
    return ["".join(domain.split()).lower() for domain in found if domain]


def _doubt(message: RawMessage, one: DkimSignatureResult) -> DkimSignatureResult:
    """Take a hash that fails for unknown where the way in may have changed letters."""
    if one.problem == "signature_body" and _CUT.intersection(message.problems):
        return replace(one, result="unknown", problem="signature_cut")
    if not message.eight_bit_damaged or one.problem not in _HASHES:
        return one
    if one.problem == "signature_data" and all(v.isascii() for _n, v in message.fields):
        return one
    return replace(one, result="unknown", problem="signature_eight_bit")


def _make_result(case: Case, findings: tuple[MessageFinding, ...]) -> MessageResult:
    way = case.way
    grade = None
    if not way.proves_nothing:
        grade = grade_message(
            case.spf, case.signatures, case.judged, case.pointer, findings
        )
    return MessageResult(
        case.spf,
        case.helo,
        case.signatures,
        way.arc,
        case.judged.verdict,
        way.hops,
        way.client_ip,
        findings,
        grade,
        way.helo,
        way.mail_from,
        way.receiver,
        way.arrived,
        case.author.domain,
        way.reported,
        way.proves_nothing,
        case.pointer,
        way.tls,
    )
