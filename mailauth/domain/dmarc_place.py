# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where the DMARC record of a domain is, or where it was meant to be."""

from dataclasses import dataclass, replace

from ..dmarc.meant import is_meant, is_near_miss
from ..dmarc.policy import DmarcResult
from ..dmarc.record import is_dmarc
from ..dns.resolver import Answer
from ..printable import printable
from .context import Context

MAX_RECORDS = 10  # of one name that are read and shown
_MAX_NEAR = 3
_HEAD = 1000  # bytes that tell what a record is


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


async def find_place(context: Context, dmarc: DmarcResult) -> Place:
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
    return b"dmarc" in data[:_HEAD].lower() and (is_dmarc(data) or is_meant(data))


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
