# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Questions to DNS: the protocol, what an answer is, who asks for real."""

import asyncio
import contextlib
import ipaddress
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import dns.exception
import dns.rcode
import dns.rdatatype
import dns.resolver

from ..errors import PermError, TempError
from .exchange import exchange
from .names import normalize_name
from .wire import (
    MAX_RECORDS,
    MAX_TTL,
    Labels,
    Record,
    Response,
    make_question,
    show_name,
)

DNS_PORT = 53
DEFAULT_TIMEOUT = 5.0
MAX_CONCURRENT = 32
MAX_CNAMES = 8
# Reading answers takes time as well: for this part of its timeout a check may go on
# with what it has been told, after the deadline for its questions.
THINKING = 0.1
# Addresses in all answers of one check: an SPF record may lead to 1,200 questions for
# addresses. A domain with ten providers and many exchanges gets some 200.
MAX_CHECK_ADDRESSES = 20000
FAILURES = {
    dns.rcode.SERVFAIL: "dns_servfail",
    dns.rcode.REFUSED: "dns_refused",
    dns.rcode.FORMERR: "dns_malformed",
}


Status = Literal["found", "nxdomain", "nodata"]
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What DNS said to one question.

    :param name: the name asked: A-labels, lower case, no trailing dot.
    :param rdtype: the record type asked, upper case.
    :param status: "found", "nxdomain" (no such name), "nodata" (no such record there).
    :param records: by type: TXT bytes (strings joined), MX :class:`Mx`, A, AAAA, CNAME,
        NS, PTR str; all others str as RFC 3597 section 5 writes what is unknown.
    :param cnames: the chain that was followed, in order, without the name asked.
    :param ttl: seconds that caches may keep this answer.
    :param authenticated: whether the resolver validated it (DNSSEC, the AD bit).
    """

    name: str
    rdtype: str
    status: Status
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


@dataclass(frozen=True)
class Nameserver:
    """Where questions are sent: an IP address in text, and a port."""

    address: str
    port: int = DNS_PORT


def parse_nameservers(text: str) -> tuple[Nameserver, ...]:
    """Read a comma-separated list of ``ip``, ``ip:port`` and ``[v6]:port``.

    :return: the nameservers in order; none if the text is blank.
    :raises PermError: ``nameserver_invalid``, with the part that can't be read.
    """
    parts = [part.strip() for part in text.split(",")]
    return tuple(_parse_nameserver(part) for part in parts if part)


def _parse_nameserver(part: str) -> Nameserver:
    match = re.fullmatch(r"\[(?P<v6>[^\]]+)\](:(?P<v6_port>\d{1,5}))?", part)
    if match:
        address, port = match["v6"], match["v6_port"]
    elif part.count(":") == 1:
        address, _colon, port = part.partition(":")
    else:
        address, port = part, None
    try:
        parsed = ipaddress.ip_address(address)
        number = DNS_PORT if port is None else int(port)
    except ValueError as error:
        raise PermError("nameserver_invalid", part) from error
    if not 0 < number < 65536 or (match and parsed.version != 6):
        raise PermError("nameserver_invalid", part)
    return Nameserver(address, number)


class DnsResolver:
    """Ask nameservers: UDP, TCP where an answer is truncated, no search domains.

    Nothing is kept between questions but which nameserver answered last.

    :param nameservers: :class:`Nameserver` objects or their text, or one text as
        :func:`parse_nameservers` reads it; none: the system's.
    :param timeout: seconds for one question with all retries, and the deadline that
        :func:`per_check` gives to all questions of one check together.
    :raises PermError: ``nameserver_invalid``.
    """

    def __init__(
        self, nameservers: Iterable | str = (), timeout: float = DEFAULT_TIMEOUT
    ):
        self.timeout = timeout
        self._nameservers: list[Nameserver] = []
        if isinstance(nameservers, str):
            nameservers = [nameservers]
        for nameserver in nameservers:
            if isinstance(nameserver, Nameserver):
                self._nameservers.append(nameserver)
            else:
                self._nameservers.extend(parse_nameservers(nameserver))
        self._first = 0

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask one question; see :class:`Resolver`.

        :raises TempError: ``dns_timeout``, ``dns_servfail``, ``dns_refused``,
            ``dns_malformed``, ``dns_network``, ``dns_cname_loop``, ``dns_too_large``,
            ``dns_failure`` or ``dns_no_nameserver``.
        :raises PermError: ``name_invalid``.
        """
        name = normalize_name(name)
        deadline = time.monotonic() + self.timeout
        asked, chain = name, _Chain()
        while True:
            response = await self._ask(asked, rdtype, deadline)
            chain.follow(response, asked, rdtype)
            if len(chain.cnames) > MAX_CNAMES:
                raise TempError("dns_cname_loop", f"{name} {rdtype}")
            if not chain.leads_out(response):
                return chain.make_answer(name, rdtype, response)
            asked = chain.cnames[-1]

    async def _ask(self, name: str, rdtype: str, deadline: float) -> Response:
        nameservers = self._get_nameservers()
        failure = TempError("dns_timeout", f"{name} {rdtype}")
        failed = 0
        start = self._first
        while (left := deadline - time.monotonic()) > 0:
            index = (start + failed) % len(nameservers)
            try:
                # Short waits first, since a packet may be lost; then longer ones, since
                # a nameserver may be slow.
                wait = min(left, (failed + 1) * self.timeout / 6)
                response = await _exchange(nameservers[index], name, rdtype, wait)
                self._first = index
                return response
            except TempError as error:
                failure = error
                failed += 1
                if error.code != "dns_timeout" and failed >= len(nameservers):
                    break
        raise failure

    def _get_nameservers(self) -> list[Nameserver]:
        if not self._nameservers:
            try:
                system = dns.resolver.Resolver(configure=True)
            except dns.resolver.NoResolverConfiguration as error:
                raise TempError("dns_no_nameserver") from error
            self._nameservers = [
                Nameserver(str(address), system.port) for address in system.nameservers
            ]
        return self._nameservers


async def _exchange(
    nameserver: Nameserver, name: str, rdtype: str, timeout: float
) -> Response:
    """Send one question to one nameserver, and return the response.

    :raises TempError: with the cause.
    """
    question = f"{name} {rdtype}"
    try:
        sent = make_question(name, rdtype)
        response = await exchange(nameserver.address, nameserver.port, sent, timeout)
    except TimeoutError as error:
        raise TempError("dns_timeout", question) from error
    except (OSError, EOFError) as error:
        raise TempError("dns_network", f"{question}: {error}") from error
    except (dns.exception.DNSException, ValueError) as error:
        raise TempError("dns_malformed", question) from error
    rcode = response.rcode
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        code = FAILURES.get(rcode, "dns_failure")
        raise TempError(code, f"{question}: {dns.rcode.to_text(rcode)}")
    return response


class _Chain:
    """The aliases between a name and its records, over one response or several."""

    def __init__(self) -> None:
        self.cnames: list[str] = []
        self._ttl = MAX_TTL
        self._records: list[Record] = []
        self._moved = False

    def follow(self, response: Response, name: str, rdtype: str) -> None:
        """Follow the aliases in a response as far as they lead, eight at most."""
        kind = int(dns.rdatatype.from_text(rdtype))
        owner: Labels = tuple(label.encode() for label in name.split("."))
        self._moved = False
        while len(self.cnames) <= MAX_CNAMES:
            own = [record for record in response.answers if record.owner == owner]
            self._records = [record for record in own if record.rdtype == kind]
            aliases = [r for r in own if r.rdtype == dns.rdatatype.CNAME]
            used = self._records or aliases[:1]
            self._ttl = min([self._ttl, *(record.ttl for record in used)])
            if self._records or not aliases:
                break
            owner = aliases[0].data
            self.cnames.append(show_name(owner))
            self._moved = True
        if not self._records and response.soa:
            self._ttl = min(self._ttl, response.soa.ttl)

    def leads_out(self, response: Response) -> bool:
        """Tell whether an alias leads out of what this nameserver answers for."""
        if self._records or response.soa:
            return False
        return self._moved and response.rcode == dns.rcode.NOERROR

    def make_answer(self, name: str, rdtype: str, response: Response) -> Answer:
        """Return what is at the end."""
        status: Status = "nodata"
        if self._records:
            status = "found"
        elif response.rcode == dns.rcode.NXDOMAIN:
            status = "nxdomain"
        # The same record twice is one (RFC 2181 section 5).
        records = tuple(dict.fromkeys(_convert(record) for record in self._records))
        cnames = tuple(self.cnames)
        return Answer(
            name, rdtype, status, records, cnames, self._ttl, response.authenticated
        )


def _convert(record: Record) -> object:
    """Return a record's value as :class:`Answer` holds it."""
    return show_name(record.data) if isinstance(record.data, tuple) else record.data


class CheckResolver:
    """Ask each question of one check once, side by side, until one deadline.

    Made by :func:`per_check`, one for each check, so that a fresh check never sees an
    old answer.

    :param resolver: who is asked.
    :param timeout: seconds for all questions together, from now on.
    :param limit: how many questions may be open at once.
    """

    def __init__(
        self,
        resolver: Resolver,
        timeout: float = DEFAULT_TIMEOUT,
        limit: int = MAX_CONCURRENT,
    ):
        self._resolver = resolver
        self._deadline = time.monotonic() + timeout
        self._end = self._deadline + THINKING * timeout
        self._gate = asyncio.Semaphore(limit)
        self._addresses = 0
        self._tasks: dict[tuple[str, str], asyncio.Task] = {}
        self._shared: dict[Hashable, asyncio.Future] = {}

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """All questions so far: (name, type)."""
        return tuple(self._tasks)

    def time_left(self) -> float:
        """Return the seconds left until the deadline, 0 when it has passed."""
        return max(0.0, self._deadline - time.monotonic())

    def check_time(self) -> None:
        """Stop a check that is still at work a while after the deadline.

        Whoever does what takes time for what a zone holds calls this, again and again.

        :raises TempError: ``dns_deadline``.
        """
        if time.monotonic() > self._end:
            raise TempError("dns_deadline")

    def share(self, key: Hashable, start: Callable[[], Awaitable[T]]) -> Awaitable[T]:
        """Return what ``start`` returns; it runs once for all who ask for ``key``."""
        if key not in self._shared:
            self._shared[key] = asyncio.ensure_future(start())
            self._shared[key].add_done_callback(_mark_retrieved)
        # To cancel one who waits must not cancel the task for the others.
        return asyncio.shield(self._shared[key])

    def is_shared(self, key: Hashable) -> bool:
        """Tell whether somebody has asked for ``key``."""
        return key in self._shared

    def prefetch(self, name: str, rdtype: str) -> None:
        """Start a question whose answer will be needed; never raises, never waits."""
        with contextlib.suppress(PermError):
            self._start(normalize_name(name), rdtype)

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask, or wait for the answer to the same question; see :class:`Resolver`.

        :raises TempError: ``dns_deadline``, ``dns_too_large`` (one answer) or
            ``dns_too_much`` (all together) besides the resolver's own.
        :raises PermError: ``name_invalid``.
        """
        name = normalize_name(name)
        self.check_time()
        task = self._start(name, rdtype)
        if not task.done():
            # Unlike wait_for, this leaves the task to the others that wait for it.
            await asyncio.wait([task], timeout=self.time_left())
        if not task.done() or task.cancelled():
            raise TempError("dns_deadline", f"{name} {rdtype}")
        return task.result()

    def _start(self, name: str, rdtype: str) -> asyncio.Task:
        key = (name, rdtype.upper())
        if key not in self._tasks:
            task = asyncio.ensure_future(self._ask(*key))
            task.add_done_callback(_mark_retrieved)
            self._tasks[key] = task
        return self._tasks[key]

    async def _ask(self, name: str, rdtype: str) -> Answer:
        async with self._gate:
            if not self.time_left():
                raise TempError("dns_deadline", f"{name} {rdtype}")
            self._count_addresses(name, rdtype, 0)
            answer = await self._resolver.query(name, rdtype)
        count = len(answer.records)
        if count > MAX_RECORDS:
            raise TempError("dns_too_large", f"{name} {rdtype}: {count} records")
        self._count_addresses(name, rdtype, count)
        return answer

    def _count_addresses(self, name: str, rdtype: str, count: int) -> None:
        if rdtype not in ("A", "AAAA"):
            return
        self._addresses += count
        if self._addresses > MAX_CHECK_ADDRESSES:
            raise TempError("dns_too_much", f"{name} {rdtype}")

    async def close(self) -> None:
        """Give up what nobody waits for any more."""
        tasks = (*self._shared.values(), *self._tasks.values())
        pending = [task for task in tasks if not task.done()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


def _mark_retrieved(task: asyncio.Future) -> None:
    """Keep asyncio silent about the failure of an answer that nobody needed."""
    if not task.cancelled():
        task.exception()


@contextlib.asynccontextmanager
async def per_check(
    resolver: Resolver, timeout: float | None = None
) -> AsyncIterator[CheckResolver]:
    """Give one check its :class:`CheckResolver`, and end its questions with it.

    A check inside another check shares the outer one's answers and its deadline. The
    deadline is the resolver's ``timeout`` if it has one, else 5 seconds.

    :param timeout: seconds, where it is another.
    """
    if isinstance(resolver, CheckResolver):
        yield resolver
        return
    if timeout is None:
        timeout = getattr(resolver, "timeout", DEFAULT_TIMEOUT)
    checked = CheckResolver(resolver, timeout)
    try:
        yield checked
    finally:
        await checked.close()
