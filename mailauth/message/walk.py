# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From the newest Received field down to where a message came from outside.

The newest field is the receiver's own. Its client is the writer of the next one: as
long as that one is a host of the receiver as well, the next field is to be believed.
A name in HELO makes no host the receiver's: whoever likes can say it. The name by
reverse DNS does, since the writer has found it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..dns.addresses import is_public
from .hops import Trace
from .mail_hosts import (
    get_group,
    is_leaving,
    is_made_of,
    is_microsoft_inside,
)


@dataclass(frozen=True)
class Walk:
    """How far the receiver's own fields go.

    :param place: of the field that tells of the hand-over, None where there is none.
    :param last: of the oldest field that the receiver has written, -1 for none.
    :param own: what the receiver's hosts belong to (:func:`.mail_hosts.get_group`).
    :param nothing: why there is no hand-over, "" where there is.
    """

    place: int | None
    last: int
    own: frozenset[str] = field(default_factory=frozenset)
    nothing: str = ""


def walk_down(traces: Sequence[Trace]) -> Walk:
    """Find the hand-over from outside.

    :param traces: newest first.
    """
    own: set[str] = set()
    private = False
    for place, trace in enumerate(traces):
        if not trace.fetched:  # that one is written by who has fetched it
            own.update({get_group(trace.hop.by)} - {""})
        if trace.fetched or trace.inside or is_inside(trace, own):
            private = private or _is_private(trace)
        elif trace.authenticated or trace.hop.protocol.startswith("HTTP"):
            # Whoever sent it has an account here: nobody has checked anything.
            return Walk(None, place, frozenset(own), "same_account")
        else:
            return Walk(place, place, frozenset(own))
    why = "private_only" if private else "no_outside_hop"
    return Walk(None, len(traces) - 1, frozenset(own), why)


def _is_private(trace: Trace) -> bool:
    address = trace.hop.from_ip
    return bool(address) and not trace.fetched and not is_public(address)


def is_inside(trace: Trace, own: set[str]) -> bool:
    """Tell whether the client of a field is one of the receiver's own hosts.

    :param own: what the receiver's hosts belong to.
    """
    hop = trace.hop
    if hop.from_ip and not is_public(hop.from_ip):
        return True
    if is_leaving(hop.from_name or hop.from_host):
        return False
    if not hop.from_ip:
        # A writer that notes no addresses; from elsewhere only a name tells it.
        group = get_group(hop.from_host)
        return not group or group in own
    if hop.from_name:
        known = get_group(hop.from_name) in own
        return known and not is_made_of(hop.from_name, hop.from_ip)
    microsoft = "microsoft" in own and get_group(hop.from_host) == "microsoft"
    return microsoft and is_microsoft_inside(hop.from_ip)
