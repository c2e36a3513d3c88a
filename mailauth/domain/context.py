# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What all checks of one domain share: the facts, the answers, the results so far."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

from ..dmarc.policy import DmarcResult, discover_dmarc
from ..dns.resolver import Answer, CheckResolver
from ..errors import PermError, TempError
from .facts import Facts

Fetcher = Callable[[str, tuple[str, ...], float], Awaitable[bytes]]
T = TypeVar("T")


class Context:
    """The state of one check of one domain.

    :param domain: in A-labels.
    :param facts: how its mails are sent.
    :param resolver: asks each question once.
    :param fetcher: gets the policy of MTA-STS, see :mod:`mailauth.mta_sts`; None: it
        is not asked for.
    """

    def __init__(
        self,
        domain: str,
        facts: Facts,
        resolver: CheckResolver,
        fetcher: Fetcher | None = None,
    ):
        self.domain = domain
        self.facts = facts
        self.resolver = resolver
        self.fetcher = fetcher
        self._tasks: dict[Hashable, asyncio.Future] = {}

    def share(self, key: Hashable, start: Callable[[], Awaitable[T]]) -> Awaitable[T]:
        """Return what ``start`` returns; it runs once for all who ask for ``key``."""
        if key not in self._tasks:
            self._tasks[key] = asyncio.ensure_future(start())
        return self._tasks[key]

    def discover(self, domain: str) -> Awaitable[DmarcResult]:
        """Return the DMARC policy of a domain."""
        return self.share(
            ("dmarc", domain), lambda: discover_dmarc(domain, self.resolver)
        )

    async def ask(self, name: str, rdtype: str) -> Answer | TempError:
        """Ask one question; a failure is an answer too.

        A name that can't exist in DNS counts as one that does not.
        """
        try:
            return await self.resolver.query(name, rdtype)
        except TempError as error:
            return error
        except PermError:
            return Answer(name, rdtype, "nxdomain")

    def fetch(self, host: str, addresses: tuple[str, ...]) -> Awaitable[bytes]:
        """Return the policy of MTA-STS, fetched once for all checks of one resolver."""
        assert self.fetcher is not None
        fetch, left = self.fetcher, self.resolver.time_left()
        return self.resolver.share(
            ("policy", host), lambda: fetch(host, addresses, left)
        )

    async def close(self) -> None:
        """End what nobody waits for any more."""
        pending = [task for task in self._tasks.values() if not task.done()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
