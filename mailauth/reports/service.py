# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which service mails have come from, and by what that is known.

Whose network it is comes first: its own names in DNS say so, and receivers who have
checked SPF. A signature only tells where a mail was made: it stays when others pass the
mail on, so it names the source where nothing else does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ..dns.names import guess_registrable, is_within
from .source import Source

KnownBy = Literal["host", "spf", "envelope", "signature", "selector", "own", ""]


@dataclass(frozen=True)
class Service:
    """What is known of a service that sends mails for its customers.

    All names are in lower case, without a trailing dot.

    :param key: what the caller knows it by.
    :param domains: its hosts, envelope senders and own signatures are in or below them.
    :param includes: the domains of SPF records that authorize its hosts.
    :param selectors: those of its signatures in a customer's name that nobody else is
        known to use; one ``*`` stands for any characters.
    :param envelope: what it does to the envelope sender, which SPF is about: keeps it,
        puts its own, or a subdomain of the customer's that is set up there.
    :param dkim: how it comes to sign as the customer: by CNAME records, by a key that
        it shows; "": never.
    """

    key: int | str
    name: str
    domains: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    envelope: Literal["keep", "own", "subdomain"] = "keep"
    dkim: Literal["cname", "key", ""] = "key"


@dataclass(frozen=True)
class FoundService:
    """Who a source is.

    :param name: what to call it; "" where nothing is known but its address.
    :param service: the one of the catalogue, None for none of them.
    :param known_by: by the domain of the envelope sender that SPF has passed for, the
        name of the host, the SPF record of our own, a signature in the service's name,
        the selector of one in ours; "own": a host or a network of the domain itself.
    """

    name: str = ""
    service: Service | None = None
    known_by: KnownBy = ""


class Services:
    """A catalogue of services, to find in.

    :param services: of two that have one domain, include or selector, the first counts.
    """

    def __init__(self, services: Iterable[Service]):
        self._domains: dict[str, Service] = {}
        self._includes: dict[str, Service] = {}
        self._selectors: list[tuple[str, str, str, Service]] = []
        for service in services:
            for domain in service.domains:
                self._domains.setdefault(domain, service)
            for include in service.includes:
                self._includes.setdefault(include, service)
            for pattern in service.selectors:
                self._selectors.append((*pattern.partition("*"), service))

    def find(self, source: Source, domain: str, reverse_name: str = "") -> FoundService:
        """Return who a source is.

        :param domain: whose mails the reports are about.
        :param reverse_name: the name of the address in DNS that leads back to it; of
            any other anybody may say what he likes.
        """
        host = reverse_name.lower().rstrip(".")
        for known_by, service in self._list_candidates(source, domain, host):
            if service:
                return FoundService(service.name, service, known_by)
        outside = [one for one in source.path if not is_within(one, domain)]
        if is_within(host, domain) or (source.path and not outside):
            return FoundService(host or source.network, None, "own")
        if outside:
            return FoundService(guess_registrable(outside[0]), None, "spf")
        if host:
            return FoundService(guess_registrable(host), None, "host")
        return FoundService()

    def _list_candidates(
        self, source: Source, domain: str, host: str
    ) -> Iterator[tuple[KnownBy, Service | None]]:
        # Hosts are shared: several services send from Amazon's.
        if not any(is_within(name, domain) for name in source.envelopes):
            for name in source.envelopes:
                yield "envelope", self._find_domain(name)
        yield "host", self._find_domain(host)
        for name in source.path[1:]:
            yield "spf", self._includes.get(name) or self._find_domain(name)
        if host or source.path:
            return
        for signer, _selector in source.signers:
            yield "signature", self._find_domain(signer)
        for signer, selector in source.signers:
            if is_within(signer, domain):
                yield "selector", self._find_selector(selector.lower())

    def _find_domain(self, name: str) -> Service | None:
        while name:
            if name in self._domains:
                return self._domains[name]
            name = name.partition(".")[2]
        return None

    def _find_selector(self, selector: str) -> Service | None:
        for head, star, tail, service in self._selectors:
            is_long = len(selector) >= len(head) + len(tail)
            fits = is_long and selector.startswith(head) and selector.endswith(tail)
            if fits if star else selector == head:
                return service
        return None
