# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whom SPF, DKIM and DMARC find behind a message, and what its server is called."""

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..address import split_address
from ..dkim.verify import DkimSignatureResult
from ..dmarc.alignment import Alignment, AlignmentResult, align_domain, combine_verdicts
from ..dmarc.policy import DmarcResult, discover_dmarc, list_walk
from ..dns.addresses import is_public
from ..dns.names import guess_registrable, normalize_name
from ..dns.resolver import CheckResolver
from ..errors import PermError, TempError
from ..mailbox import names_several, parse_mailbox
from ..printable import printable
from ..spf.check_host import check_host
from .handover import Way
from .lexer import unfold
from .raw import RawMessage
from .result import Authentication, DmarcVerdict, Pointer

MAX_NAMES = 5  # of an address that are looked up again
# What t=y asks for instead (RFC 9989 section 4.7).
_MILDER = {"reject": "quarantine", "quarantine": "none"}


@dataclass(frozen=True)
class Author:
    """Who From names.

    :param domain: in A-labels, "" where there is not exactly one mailbox.
    :param problem: "from_missing", "from_several" (fields, or mailboxes in one),
        "from_invalid" (no address of a domain), or "".
    """

    domain: str = ""
    problem: str = ""


def read_author(message: RawMessage) -> Author:
    """Return the domain that DMARC asks about (RFC 9989 section 5.3.1)."""
    fields = message.get_all("from")
    if len(fields) != 1:
        problem = "from_several" if fields else "from_missing"
        return Author("", problem)
    text = unfold(fields[0])
    try:
        domain = normalize_name(parse_mailbox(text).domain)
    except PermError:
        domain = ""
    if not domain or domain.startswith("["):  # an address (RFC 5321 section 4.1.3)
        return Author("", "from_invalid")
    return Author("", "from_several") if names_several(text) else Author(domain)


async def judge_spf(way: Way, resolver: CheckResolver, now: int) -> Authentication:
    """Evaluate SPF for MAIL FROM; for the null sender of HELO (RFC 7208 section 2.4).

    :param now: the value of the macro t.
    """
    if way.mail_from is None:
        return Authentication("unknown", "mail_from_unknown")
    if not way.mail_from:
        return await judge_helo(way, resolver, now)
    domain = split_address(way.mail_from)[1] or way.mail_from
    sender = way.mail_from if "@" in way.mail_from else f"postmaster@{domain}"
    return await _ask_spf(way, domain, sender, resolver, now)


async def judge_helo(way: Way, resolver: CheckResolver, now: int) -> Authentication:
    """Evaluate SPF for the name in HELO (RFC 7208 section 2.3)."""
    if not way.helo:
        return Authentication("unknown", "helo_unknown")
    sender = f"postmaster@{way.helo}"
    return await _ask_spf(way, way.helo, sender, resolver, now)


async def _ask_spf(
    way: Way, domain: str, sender: str, resolver: CheckResolver, now: int
) -> Authentication:
    if not way.client_ip:
        return Authentication("unknown", "client_unknown", printable(domain, 253))
    receiver = way.receiver or "unknown"
    found = await check_host(
        way.client_ip,
        domain,
        sender,
        way.helo or domain,
        resolver,
        receiver=receiver,
        now=now,
    )
    code = found.cause.code if found.cause else ""
    return Authentication(found.result, code, _spell(domain), found)


def _spell(domain: str) -> str:
    """Return a domain in A-labels, what is none as it can be shown."""
    try:
        return normalize_name(domain)
    except PermError:
        return printable(domain, 253)


async def judge_pointer(client_ip: str, resolver: CheckResolver) -> Pointer:
    """Tell whether a name of the client's address leads back to it (FCrDNS).

    :param client_ip: of a host that hands a message over; one that is not public has
        no name that a receiver could ask for.
    """
    client_ip = client_ip.lower().removeprefix("::ffff:")
    if not is_public(client_ip):
        return Pointer("unknown", "ptr_private")
    address = ipaddress.ip_address(client_ip)
    try:
        answer = await resolver.query(address.reverse_pointer, "PTR")
    except TempError as error:
        return Pointer("temperror", error.code)
    if not answer.records:
        return Pointer("fail", "ptr_absent")
    names = sorted(answer.records)[:MAX_NAMES]
    judged = await asyncio.gather(*(_leads_back(n, address, resolver) for n in names))
    shown = tuple(printable(name, 253) for name in names)
    if True in judged:
        return Pointer("pass", "", shown, shown[judged.index(True)])
    if None in judged:
        return Pointer("temperror", "dns_failure", shown)
    return Pointer("fail", "ptr_unconfirmed", shown)


async def _leads_back(name: str, address, resolver: CheckResolver) -> bool | None:
    """Tell whether a name has an address; None where DNS does not say."""
    try:
        answer = await resolver.query(name, "A" if address.version == 4 else "AAAA")
    except TempError:
        return None
    except PermError:
        return False
    return any(ipaddress.ip_address(text) == address for text in answer.records)


async def ask_ahead(author: Author, domains: Sequence[str], resolver: CheckResolver):
    """Ask for the policy of From, and for what alignment may need, side by side.

    :param domains: those that SPF and DKIM may authenticate.
    :return: the policy, None where From names no domain.
    """
    if not author.domain:
        return None
    for domain in domains:
        if guess_registrable(domain) == guess_registrable(author.domain):
            for name in list_walk(domain):
                resolver.prefetch(f"_dmarc.{name}", "TXT")
    return await discover_dmarc(author.domain, resolver)


@dataclass(frozen=True)
class Judged:
    """What DMARC says, and what of it each signature's domain has to do with From.

    :param verdict: for the message.
    :param aligned: d= of a signature -> whether it counts for From, None where DNS did
        not tell.
    :param spf_aligned: whether the domain that SPF asked about counts for From, passed
        or not.
    """

    verdict: DmarcVerdict
    aligned: dict[str, bool | None]
    spf_aligned: bool | None = None


async def judge_dmarc(
    author: Author,
    dmarc: DmarcResult | None,
    spf: Authentication,
    signatures: Sequence[DkimSignatureResult],
    resolver: CheckResolver,
) -> Judged:
    """Hold what was authenticated against From (RFC 9989 section 5.3.5).

    :param dmarc: the policy of the domain in From, None where it names none.
    """
    if dmarc is None:
        verdict = DmarcVerdict("permerror", problem=author.problem)
        return Judged(verdict, {})
    modes = dmarc.record
    adkim, aspf = (modes.adkim, modes.aspf) if modes else ("r", "r")
    asked = sorted({s.domain for s in signatures if s.domain})
    by_dkim = await _align(dmarc, asked, adkim, resolver)
    by_spf = await _align(dmarc, [spf.domain] if spf.domain else [], aspf, resolver)
    spf_alignment = by_spf.get(spf.domain)
    passed = {s.domain for s in signatures if s.result == "pass"}
    counts = AlignmentResult(
        _combine(dmarc, spf, signatures, by_spf, by_dkim),
        spf_alignment if spf.result == "pass" else None,
        tuple(by_dkim[domain] for domain in asked if domain in passed),
        dmarc,
    )
    verdict = DmarcVerdict(
        counts.result,
        _apply_testing(dmarc),
        bool(counts.spf and counts.spf.aligned),
        any(alignment.aligned for alignment in counts.dkim),
        dmarc.domain,
        dmarc.cause or dmarc.problem,
        counts,
    )
    aligned = {domain: by_dkim[domain].aligned for domain in asked}
    return Judged(verdict, aligned, spf_alignment and spf_alignment.aligned)


async def _align(
    dmarc: DmarcResult, domains: Sequence[str], mode: str, resolver: CheckResolver
) -> dict[str, Alignment]:
    found = await asyncio.gather(
        *(align_domain(dmarc, domain, mode, resolver) for domain in domains)
    )
    pairs = dict(zip(domains, found, strict=True))
    if dmarc.record is None and dmarc.problem != "temperror":
        # Nobody has said where the organization begins, so it is guessed as receivers
        # do that have a list of public suffixes.
        own = guess_registrable(dmarc.domain)
        return {
            domain: replace(one, aligned=guess_registrable(domain) == own)
            for domain, one in pairs.items()
        }
    return pairs


_OPEN = {"pass": "yes", "temperror": "temperror", "unknown": "unknown"}


def _combine(dmarc, spf, signatures, by_spf, by_dkim):
    """Return DMARC's word; what is open decides only where nothing passes."""
    if dmarc.record is None or dmarc.policy is None:
        return "temperror" if dmarc.problem == "temperror" else "none"
    pairs = [(s.result, by_dkim.get(s.domain)) for s in signatures]
    if spf.result == "unknown" and not spf.domain:
        verdicts = ["unknown"]
    else:
        verdicts = []
        pairs.append((spf.result, by_spf.get(spf.domain)))
    for result, alignment in pairs:
        if result not in _OPEN or alignment is None or alignment.aligned is False:
            continue
        verdicts.append("temperror" if alignment.aligned is None else _OPEN[result])
    return combine_verdicts(verdicts)


def _apply_testing(dmarc: DmarcResult) -> str:
    policy = dmarc.policy or ""
    return _MILDER.get(policy, policy) if dmarc.testing else policy
