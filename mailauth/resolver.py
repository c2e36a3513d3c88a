"""Questions to DNS: the protocol, what an answer is, who asks for real."""

import asyncio
import contextlib
import ipaddress
import re
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from .errors import PermError, TempError
from .names import normalize_name

DNS_PORT = 53
DEFAULT_TIMEOUT = 5.0
MAX_CONCURRENT = 32
MAX_CNAMES = 8
MAX_TTL = 2**31 - 1
UDP_PAYLOAD = 1232
FAILURES = {
    dns.rcode.SERVFAIL: "dns_servfail",
    dns.rcode.REFUSED: "dns_refused",
    dns.rcode.FORMERR: "dns_malformed",
}


Status = Literal["found", "nxdomain", "nodata"]


@dataclass(frozen=True)
class Mx:
    """One MX record.

    :param preference: lower is tried first.
    :param exchange: host name, lower case, no trailing dot; "" is a null MX.
    """

    preference: int
    exchange: str


@dataclass(frozen=True)
class Answer:
    """What DNS said to one question.

    :param name: the name asked: A-labels, lower case, no trailing dot.
    :param rdtype: the record type asked, upper case.
    :param status: "found", "nxdomain" (no such name), "nodata" (no such record there).
    :param records: by type: TXT bytes (strings joined), MX :class:`Mx`, A, AAAA, CNAME,
        NS, PTR and all others str.
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
            ``dns_malformed``, ``dns_network``, ``dns_cname_loop``, ``dns_failure``
            or ``dns_no_nameserver``.
        :raises PermError: ``name_invalid``.
        """
        name = normalize_name(name)
        deadline = time.monotonic() + self.timeout
        asked, ttl = name, MAX_TTL
        cnames: tuple[str, ...] = ()
        while True:
            response = await self._ask(asked, rdtype, deadline)
            chain = _resolve_chain(response, asked, rdtype)
            cnames += tuple(
                _name_text(rrset[0].target) for rrset in chain.cnames if len(rrset)
            )
            ttl = min(ttl, chain.minimum_ttl)
            if len(cnames) > MAX_CNAMES:
                raise TempError("dns_cname_loop", f"{name} {rdtype}")
            if not _must_follow(response, chain):
                return _make_answer(name, rdtype, response, chain, cnames, ttl)
            asked = _name_text(chain.canonical_name)

    async def _ask(self, name: str, rdtype: str, deadline: float):
        nameservers = self._get_nameservers()
        failure = TempError("dns_timeout", f"{name} {rdtype}")
        failed = 0
        start = self._first
        while (left := deadline - time.monotonic()) > 0:
            index = (start + failed) % len(nameservers)
            try:
                # A lost packet shouldn't cost much, a slow nameserver not be given up.
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


async def _exchange(nameserver: Nameserver, name: str, rdtype: str, timeout: float):
    """Send one question to one nameserver, and return the response.

    :raises TempError: with the cause.
    """
    question = f"{name} {rdtype}"
    try:
        query = _make_query(name, rdtype)
        response, _tcp = await dns.asyncquery.udp_with_fallback(
            query, nameserver.address, timeout, nameserver.port, ignore_unexpected=True
        )
    except dns.exception.Timeout as error:
        raise TempError("dns_timeout", question) from error
    except (OSError, EOFError) as error:
        raise TempError("dns_network", f"{question}: {error}") from error
    except (dns.exception.DNSException, ValueError) as error:
        raise TempError("dns_malformed", question) from error
    rcode = response.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        code = FAILURES.get(rcode, "dns_failure")
        raise TempError(code, f"{question}: {dns.rcode.to_text(rcode)}")
    return response


def _make_query(name: str, rdtype: str):
    # Nothing in a name is an escape: labels are what stands between the dots.
    labels = [label.encode() for label in name.split(".")]
    query = dns.message.make_query(
        dns.name.Name([*labels, b""]), rdtype, use_edns=0, payload=UDP_PAYLOAD
    )
    query.flags |= dns.flags.AD  # tell us whether it was validated, RFC 6840 5.7
    return query


def _resolve_chain(response, name: str, rdtype: str):
    try:
        return response.resolve_chaining()
    except dns.message.ChainTooLong as error:
        raise TempError("dns_cname_loop", f"{name} {rdtype}") from error
    except dns.exception.DNSException as error:
        raise TempError("dns_malformed", f"{name} {rdtype}") from error


def _must_follow(response, chain) -> bool:
    """Whether an alias leads out of what this nameserver answers for."""
    if chain.answer is not None or not chain.cnames:
        return False
    has_soa = any(rrset.rdtype == dns.rdatatype.SOA for rrset in response.authority)
    return response.rcode() == dns.rcode.NOERROR and not has_soa


def _make_answer(name, rdtype, response, chain, cnames, ttl) -> Answer:
    authenticated = bool(response.flags & dns.flags.AD)
    status: Status = "nodata"
    if chain.answer is not None:
        status = "found"
    elif response.rcode() == dns.rcode.NXDOMAIN:
        status = "nxdomain"
    records = tuple(_convert(rdata) for rdata in chain.answer or ())
    return Answer(name, rdtype, status, records, cnames, ttl, authenticated)


def _convert(rdata) -> object:
    """Return a record as :class:`Answer` holds it."""
    kind = rdata.rdtype
    if kind in (dns.rdatatype.TXT, dns.rdatatype.SPF):
        return b"".join(rdata.strings)
    if kind == dns.rdatatype.MX:
        return Mx(rdata.preference, _name_text(rdata.exchange))
    if kind in (dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR):
        return _name_text(rdata.target)
    return rdata.to_text()


def _name_text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")


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
        self._gate = asyncio.Semaphore(limit)
        self._tasks: dict[tuple[str, str], asyncio.Task] = {}

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """All questions so far: (name, type)."""
        return tuple(self._tasks)

    def time_left(self) -> float:
        """Return the seconds left until the deadline, 0 when it has passed."""
        return max(0.0, self._deadline - time.monotonic())

    def prefetch(self, name: str, rdtype: str) -> None:
        """Start a question whose answer will be needed; never raises, never waits."""
        with contextlib.suppress(PermError):
            self._start(normalize_name(name), rdtype)

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask, or wait for the answer to the same question; see :class:`Resolver`.

        :raises TempError: ``dns_deadline`` besides the resolver's own.
        :raises PermError: ``name_invalid``.
        """
        name = normalize_name(name)
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
            return await self._resolver.query(name, rdtype)

    async def close(self) -> None:
        """Give up the questions that nobody waits for any more."""
        pending = [task for task in self._tasks.values() if not task.done()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


def _mark_retrieved(task: asyncio.Task) -> None:
    """Keep asyncio silent about the failure of an answer that nobody needed."""
    if not task.cancelled():
        task.exception()


@contextlib.asynccontextmanager
async def per_check(resolver: Resolver) -> AsyncIterator[CheckResolver]:
    """Give one check its :class:`CheckResolver`, and end its questions with it.

    A check inside another check shares the outer one's answers and its deadline. The
    deadline is the resolver's ``timeout`` if it has one, else 5 seconds.
    """
    if isinstance(resolver, CheckResolver):
        yield resolver
        return
    timeout = getattr(resolver, "timeout", DEFAULT_TIMEOUT)
    checked = CheckResolver(resolver, timeout)
    try:
        yield checked
    finally:
        await checked.close()
