# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether what SPF and DKIM authenticated counts for the domain in From (RFC 9989)."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..dns.names import normalize_name
from ..dns.resolver import Resolver
from ..errors import PermError
from .policy import DmarcResult, discover_dmarc

# Of one authenticated domain: whether it counts. Nothing may prove that it does
# ("unknown"), or DNS may not have told ("temperror").
Verdict = Literal["yes", "no", "unknown", "temperror"]


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

    @property
    def verdict(self) -> Verdict:
        """Whether the domain counts, in a word."""
        if self.aligned is None:
            return "temperror"
        return "yes" if self.aligned else "no"


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
    result = combine_verdicts(alignment.verdict for alignment in alignments)
    spf_alignment = alignments[0] if sent else None
    return AlignmentResult(result, spf_alignment, tuple(alignments[len(sent) :]), dmarc)


def combine_verdicts(
    verdicts: Iterable[Verdict],
) -> Literal["pass", "fail", "unknown", "temperror"]:
    """Return what DMARC makes of authenticated domains (RFC 9989 section 4.4).

    One that is aligned is enough, whatever is said of the others.
    """
    found = set(verdicts)
    if "yes" in found:
        return "pass"
    if "temperror" in found:
        return "temperror"
    return "unknown" if "unknown" in found else "fail"


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
