# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which hosts take the mail of domains (RFC 5321 section 5.1)."""

import asyncio
from collections.abc import Iterable

from ..errors import MailauthError
from .names import normalize_name
from .resolver import CheckResolver, Resolver, per_check

MOST = 10  # hosts of one domain


async def find_exchangers(
    domains: Iterable[str], resolver: Resolver
) -> dict[str, tuple[str, ...] | None]:
    """Return the mail exchangers of each domain, the preferred ones first.

    All are asked side by side, before one deadline.

    :return: by domain; () where no host takes mail, as a null MX says too (RFC 7505);
        None where DNS has not answered, or can't be asked for such a name.
    """
    wanted = list(dict.fromkeys(domains))
    async with per_check(resolver) as checked:
        found = await asyncio.gather(*(_find_hosts(one, checked) for one in wanted))
    return dict(zip(wanted, found, strict=True))


async def _find_hosts(domain: str, resolver: CheckResolver) -> tuple[str, ...] | None:
    try:
        answer = await resolver.query(normalize_name(domain), "MX")
    except MailauthError:
        return None
    records = sorted(answer.records, key=lambda record: record.preference)
    return tuple(record.exchange for record in records if record.exchange)[:MOST]
