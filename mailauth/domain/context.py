"""What all checks of one domain share: the facts, the answers, the results so far."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import TypeVar

from ..dmarc.policy import DmarcResult, discover_dmarc
from ..dns.resolver import Answer, CheckResolver
from ..errors import MailauthError, PermError, TempError
from ..findings import STATUSES, Finding, Reason, Status
from ..printable import printable, shorten
from .facts import Facts

Fetcher = Callable[[str, tuple[str, ...], float], Awaitable[bytes]]
T = TypeVar("T")

_SHOWN_LINES = 10
_SHOWN_LENGTH = 2000
_SHOWN_DETAIL = 300


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


def reason(code: str, **params: object) -> Reason:
    """Make a reason; the values of its parameters become text."""
    return Reason(code, tuple((name, str(value)) for name, value in params.items()))


def explain_error(error: MailauthError) -> Reason:
    """Make the reason of a check that could not be done."""
    return reason(
        "dns_failed", cause=error.code, detail=printable(error.detail, _SHOWN_DETAIL)
    )


def give_up(code: str, error: MailauthError, **fields: str) -> Finding:
    """Make the finding of a check that DNS did not let us do."""
    return Finding(code, "temperror", why=(explain_error(error),), **fields)


def decide(
    code: str, reasons: Iterable[tuple[Status, Reason]], **fields: str
) -> Finding:
    """Make a finding of the worst reason, that one first.

    :param reasons: at least one; of equally bad ones the order is kept.
    """
    ranked = sorted(reasons, key=lambda pair: -STATUSES.index(pair[0]))
    return Finding(code, ranked[0][0], why=tuple(r for _, r in ranked), **fields)


def show_records(records: Iterable[bytes]) -> str:
    """Return TXT records as printable lines, bounded in number and length.

    Sorted: servers send them in another order each time, and nothing has changed.
    """
    shown = sorted(records)[: _SHOWN_LINES + 1]
    return show_lines(printable(record, _SHOWN_LENGTH + 1) for record in shown)


def show_lines(lines: Iterable[str]) -> str:
    """Return lines that are printable already, bounded in number and length."""
    shown = list(lines)
    more = ["..."] if len(shown) > _SHOWN_LINES else []
    lines = [shorten(line, _SHOWN_LENGTH) for line in shown[:_SHOWN_LINES]]
    return "\n".join([*lines, *more])
