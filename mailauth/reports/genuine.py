# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether a mail with a report is from whom it claims to be."""

from dataclasses import dataclass
from typing import Literal

from ..dkim.verify import verify_dkim
from ..dmarc.alignment import align_domain
from ..dmarc.policy import discover_dmarc
from ..dns.names import guess_registrable, is_within, normalize_name
from ..dns.resolver import Resolver, per_check
from ..errors import PermError
from ..message.authentication import read_author
from ..message.handover import read_way
from ..message.raw import read_raw
from ..message.raw_message import RawMessage
from .unpack import MAX_MAIL


@dataclass(frozen=True)
class Proof:
    """What proves who has sent a mail.

    :param method: "dkim", "authentication_results", "none", or "temperror": DNS has not
        answered, and it may yet be proven. "upload" is the caller's: who has brought it
        knows where it is from.
    :param domain: of the author, in A-labels; "" where nothing is proven.
    """

    method: Literal["dkim", "authentication_results", "upload", "none", "temperror"] = (
        "none"
    )
    domain: str = ""


async def prove_sender(
    raw: bytes, resolver: Resolver, now: int, *, believe_results: bool
) -> Proof:
    """Return what proves that the domain in From has sent a mail; never raises.

    A signature of the author's organization (RFC 9989 section 4.10.2), else what our
    own mail server says of it (RFC 8601).

    :param raw: the mail, as it came.
    :param now: seconds since 1970: when it came.
    :param believe_results: whether the mail came from our own mail server, as it says;
        who hands in a mail himself writes its fields, too.
    """
    message = read_raw(raw, MAX_MAIL)
    author = read_author(message).domain
    if not author:
        return Proof()
    async with per_check(resolver) as checked:
        signed = await _find_signed(message, author, checked, now)
    if signed == "dkim":
        return Proof("dkim", author)
    if believe_results and _is_confirmed(message, author):
        return Proof("authentication_results", author)
    return Proof("temperror" if signed == "temperror" else "none")


async def _find_signed(
    message: RawMessage, author: str, resolver: Resolver, now: int
) -> Literal["dkim", "temperror", "none"]:
    results = await verify_dkim(message.data, resolver, now)
    passed = {one.domain for one in results if one.result == "pass"}
    if any(is_within(author, domain) for domain in passed):
        return "dkim"  # its own, or of who has given it the name
    is_open = any(one.result == "temperror" for one in results)
    if passed:
        dmarc = await discover_dmarc(author, resolver)
        for domain in sorted(passed):
            aligned = (await align_domain(dmarc, domain, "r", resolver)).aligned
            if aligned:
                return "dkim"
            is_open = is_open or aligned is None
    return "temperror" if is_open else "none"


def _is_confirmed(message: RawMessage, author: str) -> bool:
    """Tell whether a host of the receiver says that DKIM or DMARC passes."""
    way = read_way(message)
    if way.proves_nothing:
        return False
    for told in way.reported:
        if told.trusted and told.result == "pass" and told.domain:
            if told.method in ("dkim", "dmarc") and _is_same(told.domain, author):
                return True
    return False


def _is_same(domain: str, author: str) -> bool:
    try:
        domain = normalize_name(domain)
    except PermError:
        return False
    return guess_registrable(domain) == guess_registrable(author)
