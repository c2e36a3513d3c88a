# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which service a source of mails belongs to, as far as our own records tell.

That a service is authorized says nothing of whose mails it has sent: what Google,
Microsoft and Amazon are included by, many domains share.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from ..spf.record import Network
from ..spf.tree import AuthorizedNetwork
from .result import Record

# Why receivers let mails in that fail: reasons of RFC 9990 and of RFC 7489.
_PASSED_ON = frozenset(("forwarded", "mailing_list", "trusted_forwarder"))


@dataclass(frozen=True)
class Source:
    """Where mails have come from.

    :param ip: the address.
    :param service: the domain whose record our own one leads to first on the way to
        the address; our own where that names it itself, "" where nothing does.
    :param network: the network of the record that the address is in, "" for none.
    :param signers: (domain, selector) of the signatures that have passed, each once.
    :param has_aligned_pass: whether SPF or DKIM has passed for From: only who may send
        for us can do that.
    :param path: the domains whose records lead from our own to the address.
    :param envelopes: the domains of envelope senders that SPF has passed for.
    :param is_passed_on: whether a receiver says of mails that failed that a list or
        another server that it knows has passed them on.
    """

    ip: str
    service: str = ""
    network: str = ""
    signers: tuple[tuple[str, str], ...] = ()
    has_aligned_pass: bool = False
    path: tuple[str, ...] = ()
    envelopes: tuple[str, ...] = ()
    is_passed_on: bool = False


def name_sources(
    records: Iterable[Record], networks: Iterable[AuthorizedNetwork]
) -> tuple[Source, ...]:
    """Return the sources of records, each address once, in order.

    :param records: of reports on one domain.
    :param networks: of that domain's SPF record (``RecordNode.networks``).
    """
    grouped: dict[str, list[Record]] = {}
    for record in records:
        grouped.setdefault(record.source_ip, []).append(record)
    known = [(ipaddress.ip_network(one.network), one) for one in networks]
    # Of several networks the smallest says most.
    known.sort(key=lambda pair: -pair[0].prefixlen)
    return tuple(_name_source(ip, found, known) for ip, found in grouped.items())


def _name_source(
    ip: str,
    records: list[Record],
    known: list[tuple[Network, AuthorizedNetwork]],
) -> Source:
    found = _find_network(ip, known)
    passed = [one for record in records for one in record.auth if one.result == "pass"]
    signers = ((one.domain, one.selector) for one in passed if one.kind == "dkim")
    envelopes = (one.domain for one in passed if one.kind == "spf" and one.domain)
    return Source(
        ip=ip,
        service=found.path[min(1, len(found.path) - 1)] if found else "",
        network=found.network if found else "",
        signers=tuple(dict.fromkeys(signers)),
        has_aligned_pass=any("pass" in (one.dkim, one.spf) for one in records),
        path=found.path if found else (),
        envelopes=tuple(dict.fromkeys(envelopes)),
        is_passed_on=any(_is_passed_on(one) for one in records),
    )


def _is_passed_on(record: Record) -> bool:
    passes = "pass" in (record.dkim, record.spf)
    return not passes and not _PASSED_ON.isdisjoint(record.reasons)


def _find_network(
    ip: str, known: list[tuple[Network, AuthorizedNetwork]]
) -> AuthorizedNetwork | None:
    if not ip:
        return None
    address = ipaddress.ip_address(ip)
    for network, one in known:
        if address.version == network.version and address in network:
            return one
    return None
