# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""MTA-STS: the record, its policy, and a careful way to fetch it (RFC 8461)."""

import asyncio
import hashlib
import http.client
import io
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .dns.addresses import is_worth_asking
from .dns.names import normalize_name
from .errors import PermError, TempError
from .printable import printable
from .tags import scan_tags

MAX_POLICY = 65536  # bytes (RFC 8461 section 3.2 leaves the limit to us)
MAX_HEAD = 16384  # bytes of an HTTP response's head
MAX_PATTERNS = 100
MAX_AGE = 31557600  # seconds (section 3.2)
PROPOSED_AGE = 604800  # seconds: a week
POLICY_PATH = "/.well-known/mta-sts.txt"

_ID = re.compile(r"[A-Za-z0-9]{1,32}\Z")


@dataclass(frozen=True)
class StsPolicy:
    """A policy (RFC 8461 section 3.2).

    :param mode: "enforce", "testing" or "none".
    :param mx: host names in A-labels, "*." in front for one label of any name.
    :param max_age: seconds that senders keep it.
    """

    mode: Literal["enforce", "testing", "none"]
    mx: tuple[str, ...]
    max_age: int

    def matches(self, host: str) -> bool:
        """Tell whether an MX host is one of the policy's (section 4.1)."""
        _label, _dot, parent = host.partition(".")
        return host in self.mx or f"*.{parent}" in self.mx


def is_sts_record(data: bytes) -> bool:
    """Tell whether a TXT record is one of MTA-STS (section 3.1)."""
    return re.match(rb"v=STSv1[ \t]*(;|\Z)", data) is not None


def parse_sts_record(data: bytes) -> str:
    """Return the policy's id.

    :raises PermError: "sts_record": no valid id.
    """
    policy_id = scan_tags(data[:1000]).get("id", "")
    if not _ID.match(policy_id or ""):
        raise PermError("sts_record", printable(data, 100))
    return policy_id


def make_sts_policy(exchanges: Iterable[str]) -> str:
    """Return a policy that is only tested: senders report, and deliver all the same.

    :param exchanges: the domain's mail exchanges; "" is none.
    :return: "" where there are none, or more than a policy may name.
    """
    hosts = list(dict.fromkeys(filter(None, exchanges)))
    if not 0 < len(hosts) <= MAX_PATTERNS:
        return ""
    lines = ["version: STSv1", "mode: testing", *(f"mx: {host}" for host in hosts)]
    return "\n".join([*lines, f"max_age: {PROPOSED_AGE}", ""])


def make_policy_id(policy: str) -> str:
    """Return an id that changes with the policy (section 3.1: up to 32 characters)."""
    return hashlib.sha256(policy.encode()).hexdigest()[:20]


def parse_sts_policy(data: bytes) -> StsPolicy:
    """Read a policy.

    :raises PermError: "sts_policy" with the line or the field that is wrong.
    """
    if len(data) > MAX_POLICY:
        raise PermError("sts_policy", f"more than {MAX_POLICY} bytes")
    fields: dict[str, str] = {}
    patterns: list[str] = []
    for line in data.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if not colon and line.strip():
            raise PermError("sts_policy", printable(line, 100))
        if name == "mx":
            patterns.append(value)
        elif name:
            fields.setdefault(name, value)  # of a repeated field the first counts
    return _build_policy(fields, patterns)


def _build_policy(fields: dict[str, str], patterns: list[str]) -> StsPolicy:
    mode, age = fields.get("mode", ""), fields.get("max_age", "")
    if fields.get("version") != "STSv1":
        raise PermError("sts_policy", "version")
    if mode not in ("enforce", "testing", "none"):
        raise PermError("sts_policy", "mode")
    if not re.match(r"[0-9]{1,10}\Z", age) or int(age) > MAX_AGE:
        raise PermError("sts_policy", "max_age")
    if (not patterns and mode != "none") or len(patterns) > MAX_PATTERNS:
        raise PermError("sts_policy", "mx")
    return StsPolicy(mode, tuple(_read_pattern(p) for p in patterns), int(age))


def _read_pattern(pattern: str) -> str:
    prefix, host = ("*.", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    try:
        return prefix + normalize_name(host)
    except PermError as error:
        raise PermError("sts_policy", f"mx: {printable(pattern, 100)}") from error


async def fetch_policy(host: str, addresses: tuple[str, ...], timeout: float) -> bytes:
    """Fetch a policy over HTTPS (RFC 8461 section 3.3).

    To public addresses only, so that a record can't make us ask a machine of our own
    network; with the certificate verified, no redirects followed, and the size
    bounded.

    :param host: "mta-sts." and the domain.
    :param addresses: what DNS says of it.
    :param timeout: seconds for everything.
    :raises TempError: "sts_unreachable" or "sts_not_public".
    :raises PermError: "sts_certificate", "sts_http" or "sts_policy" (too large).
    """
    asked = [address for address in addresses if is_worth_asking(address)]
    if not asked:
        raise TempError("sts_not_public", host)
    try:
        return await asyncio.wait_for(_fetch(host, asked[0]), timeout)
    except TimeoutError as error:
        raise TempError("sts_unreachable", "timeout") from error
    except ssl.SSLError as error:
        raise PermError("sts_certificate", str(error)) from error
    except (OSError, EOFError) as error:
        raise TempError("sts_unreachable", str(error)) from error


async def _fetch(host: str, address: str, port: int = 443, context=None) -> bytes:
    reader, writer = await asyncio.open_connection(
        address,
        port,
        ssl=context or ssl.create_default_context(),
        server_hostname=host,
    )
    try:
        request = f"GET {POLICY_PATH} HTTP/1.1\r\nHost: {host}\r\n"
        writer.write(
            f"{request}Accept: text/plain\r\nConnection: close\r\n\r\n".encode()
        )
        raw = await _read_all(reader)
    finally:
        writer.transport.abort()
    return read_response(raw)


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    parts, left = [], MAX_HEAD + MAX_POLICY + 1
    while left and (part := await reader.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class _Bytes:
    """What http.client reads a response from."""

    def __init__(self, raw: bytes):
        self._raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def read_response(raw: bytes) -> bytes:
    """Return the body of an HTTP response.

    :raises PermError: "sts_http" (not 200, not text, malformed) or "sts_policy" (too
        large).
    """
    response = http.client.HTTPResponse(_Bytes(raw))  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read(MAX_POLICY + 1)
    except (http.client.HTTPException, ValueError, OSError) as error:
        raise PermError("sts_http", type(error).__name__) from error
    if response.status != 200:
        raise PermError("sts_http", str(response.status))
    kind = response.headers.get_content_type()
    if kind != "text/plain":
        raise PermError("sts_http", kind[:100])
    if len(body) > MAX_POLICY:
        raise PermError("sts_policy", f"more than {MAX_POLICY} bytes")
    return body
