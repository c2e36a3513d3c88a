# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where a message was handed over from outside, by whom, and who is to be believed.

The hand-over is where the receiver asked what SPF answers. Mostly that is the first
client, from the newest Received field down, that is none of its own hosts
(:mod:`.walk`). Two things move it, and both are said by the receiver itself:

- it notes which address it has asked about: then that one counts, though the client may
  belong to the same provider (one customer of Gmail writes to another);
- a filter stands before it as its MX: where the client is such a filter, which has
  asked SPF, and the receiver's own answer for the filter is no pass, the hand-over is
  the one to the filter. Senders have filters as well: they pass at the receiver.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..address import split_address
from ..dns.addresses import is_public
from .arc import read_arc
from .hops import MAX_HOPS, Trace, read_traces
from .mail_hosts import get_account, get_group, is_filter, is_shared
from .raw import read_path
from .raw_message import RawMessage
from .reported import Reports, read_reports
from .result import Hop, ReportedResult
from .traits import find_named, find_recipients, is_forwarded, is_from_list
from .walk import Walk, is_inside, walk_down

MAX_SKEW = 30  # seconds that a clock may be wrong without a word
_SMTP_OF_EXCHANGE = "Microsoft SMTP Server"


@dataclass(frozen=True)
class Way:
    """The way of a message, as the Received fields tell it.

    :param hops: newest first.
    :param client_ip: the address that handed the message in from outside, "" where
        that can't be told.
    :param helo: the name in HELO of that session, "" where that can't be told.
    :param mail_from: the envelope sender; "" for the null sender, None where it is not
        known, a domain without "@" where only that is known.
    :param receiver: the host that took the message from outside, "" where unknown.
    :param tls: whether that session was encrypted, None where that can't be told.
    :param arrived: when, in seconds since 1970; None where that can't be told.
    :param proves_nothing: "no_outside_hop", "private_only", "same_account" or "".
    :param reported: what hosts on the way say of the message.
    :param arc: the ARC sets, newest first: instance and what each says, not verified.
    :param notes: codes: "given" (the address is the caller's), "clock_skew",
        "forwarded" (somebody's mailbox sent it on), "filter" (the client is a filter,
        of the sender or the receiver), "too_many_hops", "mime_converted" (a server
        encoded the body anew), "address_missing" (the receiver notes none).
    :param is_list: whether it came through a mailing list.
    :param handing: the place in ``hops`` of the hand-over, None where unknown.
    """

    hops: tuple[Hop, ...] = ()
    client_ip: str = ""
    helo: str = ""
    mail_from: str | None = None
    receiver: str = ""
    tls: bool | None = None
    arrived: int | None = None
    proves_nothing: str = ""
    reported: tuple[ReportedResult, ...] = ()
    arc: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_list: bool = False
    handing: int | None = None


@dataclass(frozen=True)
class _Handover:
    """What is known once the receiver's own fields have been read.

    :param place: of its Received field, None where there is none.
    :param reports: what the receiver's hosts say, and others.
    :param client_ip: "" where unknown.
    :param nothing: why there is none, "" where there is one.
    """

    place: int | None
    reports: Reports
    client_ip: str = ""
    nothing: str = ""


def read_way(
    message: RawMessage,
    client_ip: str | None = None,
    helo: str | None = None,
    mail_from: str | None = None,
) -> Way:
    """Read the way of a message; what is given is believed before what it says.

    :param client_ip: the address that handed it over, where it is known.
    :param helo: the name in HELO, where it is known.
    :param mail_from: the envelope sender, where it is known; "" or "<>" for the null
        sender.
    """
    traces = read_traces(message)
    walk = walk_down(traces)
    given = _normalize(client_ip or "")
    if given:
        found = _find_given(given, walk, traces, message)
    else:
        found = _find_handover(walk, traces, read_reports(message, walk), message)
    place = found.place
    trace = None if place is None else traces[place]
    sender = _find_sender(message, found, trace)
    if mail_from is not None:
        sender = mail_from.strip().removeprefix("<").removesuffix(">")
    way = _describe(traces, found, trace)
    nothing = found.nothing
    if not given and not nothing and _is_own_account(found, traces, message, sender):
        nothing = "same_account"
    return replace(
        way,
        client_ip="" if nothing else found.client_ip,
        helo=way.helo if helo is None else helo,
        mail_from=sender,
        proves_nothing=nothing,
        arc=read_arc(message),
        notes=tuple(_find_notes(message, traces, found, bool(given))),
        is_list=is_from_list(message),
    )


def _describe(traces: tuple[Trace, ...], found: _Handover, trace: Trace | None) -> Way:
    """Return what the Received field of the hand-over says."""
    hops = tuple(trace.hop for trace in traces)
    way = Way(hops, reported=found.reports.all, handing=found.place)
    spf = found.reports.find_spf(found.client_ip)
    if trace is None:
        told = (spf.helo, spf.host) if spf else ("", "")
        return replace(way, helo=told[0], receiver=told[1])
    newer = [hop.time for hop in reversed(hops[: found.place]) if hop.time is not None]
    arrived = trace.hop.time if trace.hop.time is not None else next(iter(newer), None)
    return replace(
        way,
        helo=trace.hop.from_host or (spf.helo if spf else ""),
        receiver=trace.hop.by,
        tls=trace.hop.tls,
        arrived=arrived,
    )


def _normalize(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address.strip()))
    except ValueError:
        return address.strip()


def _find_given(
    address: str, walk: Walk, traces: tuple[Trace, ...], message: RawMessage
) -> _Handover:
    """Return the hand-over by an address that the caller knows.

    Where no field has it, the message is as it was handed over: all of it is the
    sender's.
    """
    place = _find_address(address, traces, len(traces) - 1)
    if place is None and walk.place is not None and not traces[walk.place].hop.from_ip:
        place = walk.place
    known = Walk(place, -1 if place is None else place, walk.own)
    return _Handover(place, read_reports(message, known), address)


def _find_address(address: str, traces: tuple[Trace, ...], last: int) -> int | None:
    """Return the newest field whose client has an address, None for none."""
    places = range(min(last + 1, len(traces)))
    return next((at for at in places if traces[at].hop.from_ip == address), None)


def _find_handover(
    walk: Walk, traces: tuple[Trace, ...], reports: Reports, message: RawMessage
) -> _Handover:
    confirmed = next((ip for ip in reports.client_ips if is_public(ip)), "")
    place = walk.place
    if confirmed:
        named = _find_address(confirmed, traces, walk.last)
        place = place if named is None else named
    if place is None:
        if confirmed:
            return _Handover(None, reports, confirmed)
        return _Handover(None, reports, nothing=walk.nothing)
    address = traces[place].hop.from_ip or confirmed
    found = _Handover(place, reports, address)
    return _look_behind_filter(found, walk, traces, message) or found


def _look_behind_filter(
    found: _Handover, walk: Walk, traces: tuple[Trace, ...], message: RawMessage
) -> _Handover | None:
    """Return the hand-over to a filter that stands before the receiver, if one does."""
    assert found.place is not None
    group = get_group(traces[found.place].hop.from_name)
    if not is_filter(group) or group in walk.own:
        return None
    if found.reports.has_spf_pass:
        return None
    own = set(walk.own) | {group}
    for place in range(found.place + 1, len(traces)):
        trace = traces[place]
        if not trace.inside and get_group(trace.hop.by) not in own:
            return None
        if trace.inside or is_inside(trace, own):
            continue
        if trace.authenticated or not trace.hop.from_ip:
            return None
        behind = read_reports(message, Walk(place, place, frozenset(own)))
        asked = any(
            report.method == "spf"
            and report.trusted
            and get_group(report.host) == group
            for report in behind.all
        )
        return _Handover(place, behind, trace.hop.from_ip) if asked else None
    return None


def _find_sender(
    message: RawMessage, found: _Handover, trace: Trace | None
) -> str | None:
    """Return MAIL FROM as the receiver notes it, None where it does not.

    The null sender has no address, so that a receiver which asks SPF about HELO
    instead may note another one.
    """
    path = _find_path(message, found, trace)
    spf = found.reports.find_spf(found.client_ip)
    if path == "":
        return ""
    if spf and spf.envelope_from and "@" in spf.envelope_from:
        return spf.envelope_from
    if path is not None:
        return path
    if found.reports.mail_from:
        return found.reports.mail_from
    if trace and trace.envelope_from is not None:
        return trace.envelope_from
    return spf.envelope_from or None if spf else None


def _find_path(
    message: RawMessage, found: _Handover, trace: Trace | None
) -> str | None:
    """Return the Return-Path that the receiver has written, None for none.

    Behind the hand-over it is the sender's own claim; but Exchange, in a company as
    online, writes it behind the fields of the sender.
    """
    if message.path_before or found.place is None:
        return message.return_path
    limit = found.reports.limit
    at = [
        place
        for place, (name, _value) in enumerate(message.fields)
        if name.lower() == b"return-path"
    ]
    above = [place for place in at if place < limit]
    if not above and (found.reports.is_microsoft or _is_exchange(trace)):
        above = at[-1:]
    return read_path(message.fields[above[0]][1]) if above else None


def _is_own_account(
    found: _Handover, traces: tuple[Trace, ...], message: RawMessage, sender: str | None
) -> bool:
    """Tell whether sender and recipient are the same account of one provider."""
    if _is_internal_exchange(message, traces):
        return True
    sender = sender or next(iter(find_named(message, "From")), "")
    if found.place is None or not sender:
        return False
    domain = split_address(sender)[1].lower()
    hop = traces[found.place].hop
    # Yahoo notes no name but the one in HELO.
    name = hop.from_name or (hop.from_host if is_shared(domain) else "")
    group = get_group(name)
    own = (get_group(trace.hop.by) for trace in traces[: found.place + 1])
    if not group or group not in own:
        return False
    recipients = find_recipients(message, traces, found.place, found.reports.limit)
    recipients = recipients or set(find_named(message, "To"))
    if is_shared(domain):
        return get_account(sender) in map(get_account, recipients)
    return any(split_address(address)[1] == domain for address in recipients)


def _is_internal_exchange(message: RawMessage, traces: tuple[Trace, ...]) -> bool:
    """Tell whether Exchange took it from somebody who had logged in ([MS-OXCMAIL]).

    It removes the field from what comes from outside; others leave it there.
    """
    values = message.get_all("X-MS-Exchange-Organization-AuthAs")
    if not any(value.strip().lower() == b"internal" for value in values):
        return False
    written = next((trace.hop for trace in traces if not trace.fetched), None)
    if written is None:
        return True
    by_exchange = _SMTP_OF_EXCHANGE in written.raw or "MAPI" in written.protocol
    return by_exchange or get_group(written.by) == "microsoft"


def _is_from_filter(trace: Trace) -> bool:
    """Tell whether the client is a filter; Exchange notes no name but that in HELO."""
    hop = trace.hop
    name = hop.from_name or (hop.from_host if _is_exchange(trace) else "")
    return is_filter(get_group(name))


def _is_exchange(trace: Trace | None) -> bool:
    """Tell whether Exchange has written a field."""
    return bool(trace) and _SMTP_OF_EXCHANGE in trace.hop.raw


def _find_notes(
    message: RawMessage, traces: tuple[Trace, ...], found: _Handover, given: bool
) -> Iterator[str]:
    delays = [trace.hop.delay for trace in traces]
    if given:
        yield "given"
    if any(delay is not None and delay < -MAX_SKEW for delay in delays):
        yield "clock_skew"
    if found.place is not None:
        if is_forwarded(message, traces, found.place, found.reports.limit):
            yield "forwarded"
        if _is_from_filter(traces[found.place]):
            yield "filter"
        if not found.client_ip:
            yield "address_missing"
    if len(message.get_all("Received")) > MAX_HOPS:
        yield "too_many_hops"
    if message.get_all("X-MIME-Autoconverted"):
        yield "mime_converted"
