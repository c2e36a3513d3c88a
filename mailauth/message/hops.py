# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The Received fields of a message (RFC 5321 section 4.4), as real programs write them."""

import re
from email.utils import mktime_tz, parsedate_tz

from ..dns.addresses import is_public
from ..printable import printable
from .raw import RawMessage
from .result import Hop

MAX_HOPS = 50


def read_hops(message: RawMessage) -> tuple[Hop, ...]:
    """Return the hops of a message, newest first, at most :data:`MAX_HOPS`."""
    return tuple(read_hop(value) for value in message.get_all("Received")[:MAX_HOPS])


def read_hop(value: bytes) -> Hop:
    """Return what one Received field says."""
    text = " ".join(printable(value[:4000].replace(b"\r\n", b" "), 4000).split())
    told, _mark, date = text.rpartition(";")
    host = re.search(r"\bfrom (\S+)", told)
    by = re.search(r"\bby (\S+)", told)
    using = re.search(r"\bwith (\S+)", told)
    ips = [ip for ip in re.findall(r"\[(?:IPv6:)?([0-9a-f.:]+)\]", told, re.IGNORECASE)]
    protocol = using[1].upper() if using else ""
    moment = parsedate_tz(date)
    return Hop(
        from_host=host[1] if host else "",
        from_ip=next((ip for ip in reversed(ips) if is_public(ip)), ""),
        by=by[1] if by else "",
        protocol=protocol,
        tls=protocol.endswith(("SMTPS", "SMTPSA")) if protocol else None,
        time=mktime_tz(moment) if moment else None,
        raw=text[:1000],
    )
