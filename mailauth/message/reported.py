# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What hosts on the way say of a message, and which of them are the receiver's.

Whoever sends a message can write into it what a receiver might have said. Fields are
put before those that are there, so what stands above the Received field of the
hand-over is the receiver's (RFC 8601 section 5). Google and Amazon write theirs
directly behind that field.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..printable import printable
from . import authentication_results as results, received_spf
from .arc import read_arc_results
from .authentication_results import AuthenticationResults, find_domain
from .mail_hosts import get_group
from .raw_message import RawMessage
from .received_spf import ReceivedSpf
from .result import ReportedResult
from .walk import Walk

MAX_REPORTED = 200
_WRITES_BEHIND = ("google", "amazon")
_BEHIND = (b"received-spf", b"authentication-results", b"arc-", b"x-ses-")


@dataclass(frozen=True)
class Reports:
    """What is said of a message.

    :param all: of all hosts, in the order of the fields.
    :param limit: the place among the message's fields of the first one that is not the
        receiver's.
    :param spf: the receiver's own fields Received-SPF.
    :param results: the receiver's own fields Authentication-Results.
    :param is_microsoft: whether the receiver is Exchange Online.
    """

    all: tuple[ReportedResult, ...] = ()
    limit: int = 0
    spf: tuple[ReceivedSpf, ...] = ()
    results: tuple[AuthenticationResults, ...] = field(default_factory=tuple)
    is_microsoft: bool = False

    @property
    def client_ips(self) -> list[str]:
        """The addresses that the receiver has asked SPF about."""
        found = [spf.client_ip for spf in self.spf if spf.identity != "helo"]
        found += [spf.client_ip for spf in self.spf]
        found += [each.client_ip for each in self.results]
        return [address for address in found if address]

    @property
    def has_spf_pass(self) -> bool:
        """Whether the receiver says that SPF passes."""
        told = [report for report in self.all if report.trusted]
        return any((each.method, each.result) == ("spf", "pass") for each in told)

    @property
    def mail_from(self) -> str:
        """MAIL FROM, or its domain, as Authentication-Results say it; "" for none."""
        found = [
            result.get("smtp.mailfrom")
            for each in self.results
            for result in each.results
            if result.method == "spf"
        ]
        found = [text.strip("<>") for text in found if find_domain(text)]
        whole = [text for text in found if "@" in text.strip("@")]
        return printable(next(iter(whole or found), "").removeprefix("@"))

    def find_spf(self, client_ip: str) -> ReceivedSpf | None:
        """Return what the receiver says of SPF for an address, the best of it.

        :param client_ip: "" for any.
        """
        fitting = [
            spf
            for spf in self.spf
            if not client_ip or not spf.client_ip or spf.client_ip == client_ip
        ]
        fitting.sort(key=lambda spf: spf.identity == "helo")
        return fitting[0] if fitting else None


def read_reports(message: RawMessage, walk: Walk) -> Reports:
    """Read what is said of a message, and tell whom to believe.

    :param walk: how far the receiver's own fields go.
    """
    limit = _find_limit(message, walk)
    spf: list[ReceivedSpf] = []
    found: list[AuthenticationResults] = []
    reported: list[ReportedResult] = []
    for place, value in _list_fields(message, b"received-spf", received_spf.MAX_FIELDS):
        each = received_spf.parse_received_spf(value)
        trusted = place < limit and _is_own(each.host, walk)
        spf += [each] if trusted else []
        if each.result:
            domain = find_domain(each.envelope_from or "")
            words = each.host, "spf", each.result, domain
            reported.append(ReportedResult(*words, trusted, "received-spf"))
    name, most = b"authentication-results", results.MAX_FIELDS
    for place, value in _list_fields(message, name, most):
        told = results.parse_authentication_results(value)
        trusted = place < limit and _is_own(told.host, walk)
        found += [told] if trusted else []
        reported += _list_results(told, trusted, "authentication-results")
    for told in read_arc_results(message):
        reported += _list_results(told, False, "arc-authentication-results")
    return Reports(
        tuple(reported[:MAX_REPORTED]),
        limit,
        tuple(spf),
        tuple(found),
        "microsoft" in walk.own,
    )


def _list_results(
    told: AuthenticationResults, trusted: bool, kind: str
) -> Iterator[ReportedResult]:
    for result in told.results:
        words = told.host, result.method, result.result, result.domain
        yield ReportedResult(*words, trusted, kind)


def _list_fields(
    message: RawMessage, wanted: bytes, most: int
) -> list[tuple[int, bytes]]:
    found = [
        (place, value)
        for place, (name, value) in enumerate(message.fields)
        if name.lower() == wanted
    ]
    return found[:most]


def _is_own(host: str, walk: Walk) -> bool:
    """Tell whether a host that is named where only the receiver writes is its own.

    A name that says nothing, or none, changes nothing about the place.
    """
    group = get_group(host)
    return not group or group in walk.own or not walk.own


def _find_limit(message: RawMessage, walk: Walk) -> int:
    """Return the place of the first field that may be another's than the receiver's."""
    if walk.last < 0:
        return 0
    places = [place for place, _v in _list_fields(message, b"received", walk.last + 1)]
    limit = places[walk.last] + 1
    if any(group in walk.own for group in _WRITES_BEHIND):
        names = [name.lower() for name, _value in message.fields]
        while limit < len(names) and names[limit].startswith(_BEHIND):
            limit += 1
    return limit
