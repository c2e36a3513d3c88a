# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What can be said of a domain at once, while somebody types its name."""

import asyncio
from dataclasses import dataclass

from ..dns.resolver import Answer, Resolver, per_check
from ..errors import TempError


@dataclass(frozen=True)
class Glance:
    """What DNS says of a domain; None: it has not answered.

    :param exists: whether the name is there (RFC 8020).
    :param takes_mail: whether it has MX records that name a host (RFC 7505).
    """

    exists: bool | None
    takes_mail: bool | None


async def glance(name: str, resolver: Resolver, timeout: float) -> Glance:
    """Ask whether a domain exists, and whether it takes mail.

    :param name: in A-labels.
    :param timeout: seconds for all.
    """
    async with per_check(resolver, timeout) as checked:
        there, mail = await asyncio.gather(
            _ask(checked, name, "TXT"), _ask(checked, name, "MX")
        )
    known = [answer for answer in (there, mail) if answer]
    exists = all(answer.status != "nxdomain" for answer in known) if known else None
    takes = mail and any(record.exchange for record in mail.records)
    return Glance(exists, takes)


async def _ask(resolver: Resolver, name: str, rdtype: str) -> Answer | None:
    try:
        return await resolver.query(name, rdtype)
    except TempError:
        return None
