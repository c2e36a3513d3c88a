# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where an address leads, as far as it tells without asking anybody."""

import ipaddress
import re
from dataclasses import dataclass

from ...dns.addresses import is_private_host
from ...dns.names import guess_registrable, normalize_name
from ...errors import PermError

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,20}):(?://)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?:[\\/]{2,9}([^\\/?#]{0,1000})", re.IGNORECASE)
_HIDDEN = re.compile(r"[\x00-\x20\x7f]+")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
# Names that the DNS of the Internet never has (RFC 6761, 6762, 8375, 9476; names
# that ICANN has put aside because so many networks use them).
_INSIDE = frozenset(
    "localhost local localdomain internal intranet lan home corp private".split()
)
_INSIDE_NAMES = (".home.arpa",)


@dataclass(frozen=True)
class Target:
    """The host of an address.

    :param scheme: in lower case, "" for an address without one.
    :param host: a name in A-labels or an IP address, "" where there is none.
    """

    scheme: str = ""
    host: str = ""

    @property
    def is_web(self) -> bool:
        """Whether a browser opens it."""
        return self.scheme in ("http", "https") and bool(self.host)

    @property
    def is_number(self) -> bool:
        """Whether it names an IP address instead of a host."""
        return bool(_NUMBER.match(self.host.rpartition(".")[2])) or ":" in self.host

    @property
    def is_inside(self) -> bool:
        """Whether it leads nowhere but in one network, or on one machine."""
        last = self.host.rpartition(".")[2]
        if last in _INSIDE or self.host.endswith(_INSIDE_NAMES):
            return True
        return is_private_host(self.host)

    @property
    def registrable(self) -> str:
        """The domain that somebody has registered, as far as its form tells."""
        return self.host if self.is_number else guess_registrable(self.host)


def read_target(address: str) -> Target:
    """Return where an address leads, read as a browser does.

    :param address: as it is written.
    """
    text = _HIDDEN.sub("", address[:4000])
    scheme = _SCHEME.match(text)
    if not scheme:
        return Target()
    authority = _AUTHORITY.match(text)
    if not authority:
        return Target(scheme[1].lower())
    host = authority[1].rpartition("@")[2]
    return Target(scheme[1].lower(), _read_host(host))


def _read_host(text: str) -> str:
    if text.startswith("["):
        inner = text[1:].partition("]")[0]
        try:
            return str(ipaddress.ip_address(inner))
        except ValueError:
            return ""
    name = text.partition(":")[0]
    try:
        return normalize_name(name)
    except PermError:
        return ""
