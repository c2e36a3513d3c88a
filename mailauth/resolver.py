"""Questions to DNS: the protocol, what an answer is, and the resolver that asks for real."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Mx:
    """One MX record.

    :param preference: lower is tried first.
    :param exchange: host name, lower case, no trailing dot; "" is the null MX (RFC 7505).
    """

    preference: int
    exchange: str


@dataclass(frozen=True)
class Answer:
    """What DNS said to one question.

    :param name: the name asked: A-labels, lower case, no trailing dot.
    :param rdtype: the record type asked, upper case.
    :param status: "found", "nxdomain" (no such name) or "nodata" (the name has no such record).
    :param records: by type: TXT bytes (strings joined), MX :class:`Mx`, A, AAAA, CNAME, NS, PTR str.
    :param cnames: the chain that was followed, in order, without the name asked.
    :param ttl: seconds that caches may keep this answer.
    :param authenticated: whether the resolver validated it (DNSSEC, the AD bit).
    """

    name: str
    rdtype: str
    status: Literal["found", "nxdomain", "nodata"]
    records: tuple = ()
    cnames: tuple[str, ...] = ()
    ttl: int = 0
    authenticated: bool = False


class Resolver(Protocol):
    """Whoever can answer a question about DNS."""

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask one question.

        :raises TempError: no answer: timeout, SERVFAIL, REFUSED, malformed.
        """
