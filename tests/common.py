"""What several tests share."""

import asyncio

from ..mailauth.errors import TempError
from ..mailauth.names import normalize_name
from ..mailauth.resolver import Answer, Mx
from .dns_server import Zone, txt_strings


class ZoneResolver:
    """A resolver that answers from a dict.

    :param zone: see :class:`.dns_server.Zone`; an exception as value is raised.
    :param failing: names about which every question ends in a SERVFAIL.
    :param delay: seconds before each answer.

    ``calls`` lists the questions asked, as (name, type), in order; ``busiest`` is the
    largest number of questions that were open at once.
    """

    def __init__(self, zone, failing=(), delay=0, authenticated=False):
        self.zone = Zone(
            {(n.lower().removesuffix("."), t.upper()): v for (n, t), v in zone.items()}
        )
        self.failing = set(failing)
        self.delay = delay
        self.authenticated = authenticated
        self.calls = []
        self.busiest = 0
        self._open = 0

    async def query(self, name, rdtype):
        name = normalize_name(name)
        self.calls.append((name, rdtype))
        if self.delay:
            self._open += 1
            self.busiest = max(self.busiest, self._open)
            try:
                await asyncio.sleep(self.delay)
            finally:
                self._open -= 1
        return self._answer(name, rdtype)

    def _answer(self, name, rdtype):
        if name in self.failing:
            raise TempError("dns_servfail", f"{name} {rdtype}")
        error = self.zone.get((name, rdtype))
        if isinstance(error, Exception):
            raise error
        status, records, cnames = self.zone.lookup(name, rdtype)
        if status not in ("found", "nxdomain", "nodata"):
            raise TempError(f"dns_{status}", f"{name} {rdtype}")
        records = tuple(_record(rdtype, record) for record in records)
        return Answer(name, rdtype, status, records, cnames, 300, self.authenticated)


def _record(rdtype, record):
    if rdtype in ("TXT", "SPF"):
        return b"".join(txt_strings(record))
    if rdtype == "MX":
        preference, host = record.split() if isinstance(record, str) else record
        return Mx(int(preference), host.lower().removesuffix("."))
    if rdtype in ("CNAME", "NS", "PTR"):
        return record.lower().removesuffix(".")
    return record


def run(coroutine):
    """Run a coroutine to its end, and return its result."""
    return asyncio.run(coroutine)
