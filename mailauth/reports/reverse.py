# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the addresses of sources are called in DNS."""

import asyncio
from collections.abc import Iterable

from ..dns.resolver import CheckResolver, Resolver, per_check
from ..message.authentication import judge_pointer


async def find_reverse_names(
    addresses: Iterable[str], resolver: Resolver
) -> dict[str, str | None]:
    """Return the name of each address that leads back to it, printable.

    All are asked side by side, before one deadline.

    :return: by address; "" where there is none, or nobody could ask; None where DNS has
        not answered.
    """
    wanted = list(dict.fromkeys(addresses))
    async with per_check(resolver) as checked:
        names = await asyncio.gather(*(_find_name(one, checked) for one in wanted))
    return dict(zip(wanted, names, strict=True))


async def _find_name(address: str, resolver: CheckResolver) -> str | None:
    pointer = await judge_pointer(address, resolver)
    return None if pointer.result == "temperror" else pointer.confirmed
