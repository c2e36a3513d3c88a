# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The field Authentication-Results (RFC 8601), as receivers write it.

Microsoft leaves out who writes it, and begins with the first result.
"""

import re
from dataclasses import dataclass

from ..address import split_address
from ..dns.names import normalize_name
from ..errors import PermError
from ..printable import printable
from .lexer import split_at_semicolons, unfold, without_comments

MAX_RESULTS = 50  # of one field
MAX_FIELDS = 20  # of a message
_MAX_WORD = 255
# "dkim=pass", "dkim/1=pass"; comments are gone, and each run of white space is one.
_RESULT = re.compile(r"([a-z][a-z0-9-]{0,40})(?: ?/ ?\d{1,5})? ?= ?([a-z]{1,40})", re.I)
_PROPERTY = re.compile(
    r"(?<![\w.-])([a-z]{1,20})\.([a-z][a-z0-9_-]{0,40}) ?= ?"
    r"""(?:"((?:[^"\\]|\\.){0,500})"|([^\s;"]{1,500}))""",
    re.IGNORECASE,
)
_REASON = re.compile(r"""(?<![\w.-])reason ?= ?(?:"([^"]{0,500})"|([^\s;"]{1,500}))""")
_SENDER_IP = re.compile(r"sender IP is ([0-9a-f.:]{2,50})\)", re.IGNORECASE)
# What a method's result is about, in the order of what says it best.
_SUBJECTS = {
    "spf": ("smtp.mailfrom", "smtp.mail", "smtp.helo"),
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
    "dkim-atps": ("header.from",),
    "iprev": ("policy.iprev", "smtp.remote-ip"),
    "auth": ("smtp.auth", "smtp.mailfrom"),
    "bimi": ("header.d",),
}


@dataclass(frozen=True)
class MethodResult:
    """The result of one method.

    :param method: in lower case.
    :param result: its word, in lower case.
    :param properties: ("smtp.mailfrom", value) and so on, in order, as written:
        bounded, not made printable.
    :param reason: why, as its writer says it; printable, "" for none.
    """

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    def get(self, name: str) -> str:
        """Return the value of a property, "" for none."""
        return next((value for key, value in self.properties if key == name), "")

    @property
    def domain(self) -> str:
        """The domain that the result is about, "" where it says none."""
        values = map(self.get, _SUBJECTS.get(self.method, ()))
        return next((name for name in map(find_domain, values) if name), "")


@dataclass(frozen=True)
class AuthenticationResults:
    """What one field says.

    :param host: the authserv-id, "" where it says none.
    :param results: in order; () for "none".
    :param client_ip: the client's address, where a comment names it (Microsoft).
    :param instance: i= of an ARC-Authentication-Results, 0 for none.
    """

    host: str
    results: tuple[MethodResult, ...] = ()
    client_ip: str = ""
    instance: int = 0


def parse_authentication_results(value: bytes) -> AuthenticationResults:
    """Read a field; what can't be read of it is left out.

    :param value: of Authentication-Results or ARC-Authentication-Results, with folds.
    """
    whole = unfold(value)
    text = " ".join(without_comments(whole).split())
    parts = split_at_semicolons(text)
    instance = 0
    if match := re.fullmatch(r"i ?= ?(\d{1,3})", parts[0], re.IGNORECASE):
        instance, parts = int(match[1]), parts[1:] or [""]
    host = ""
    if not _RESULT.match(parts[0]):
        host, parts = parts[0].partition(" ")[0].strip('"'), parts[1:]
    results = [found for part in parts[:MAX_RESULTS] if (found := _read_result(part))]
    sender = _SENDER_IP.search(whole)
    return AuthenticationResults(
        printable(host, _MAX_WORD),
        tuple(results),
        sender[1] if sender else "",
        instance,
    )


def _read_result(part: str) -> MethodResult | None:
    match = _RESULT.match(part)
    if not match:
        return None
    found = [
        (f"{kind}.{name}".lower(), (quoted or plain)[:_MAX_WORD])
        for kind, name, quoted, plain in _PROPERTY.findall(part)
    ]
    reason = _REASON.search(part)
    text = (reason[1] or reason[2] or "") if reason else ""
    words = match[1].lower(), match[2].lower()
    return MethodResult(*words, tuple(found[:MAX_RESULTS]), printable(text))


def find_domain(value: str) -> str:
    """Return the domain of an address or a name in A-labels, "" where it has none."""
    domain = split_address(value.strip("<>"))[1].strip()
    if "." not in domain:
        return ""
    try:
        return printable(normalize_name(domain), _MAX_WORD)
    except PermError:
        return ""
