# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the caller tells about how mails of a domain are sent: values only."""

import ipaddress
from dataclasses import dataclass
from typing import Literal

from ..errors import PermError


@dataclass(frozen=True)
class Address:
    """An address that mails leave from.

    :param ip: IPv4 or IPv6, without a prefix length. IPv4 mapped into IPv6 becomes
        IPv4, which is what receivers see (RFC 7208 section 5).
    :param known: False for a guess (the A record of a submission host, for instance):
        a guess never makes a finding worse than info, and is never authorized.
    :raises PermError: "address_invalid".
    """

    ip: str
    known: bool = True

    def __post_init__(self):
        try:
            address = ipaddress.ip_address(self.ip)
        except ValueError as error:
            raise PermError("address_invalid", self.ip[:100]) from error
        mapped = getattr(address, "ipv4_mapped", None)
        if mapped:
            object.__setattr__(self, "ip", str(mapped))


@dataclass(frozen=True)
class Server:
    """A server by which mails of the domain leave.

    :param name: how the administrator calls it; the subject of its findings.
    :param provider: the provider's name, "" for a host of one's own.
    :param envelope: whose domain receivers see in MAIL FROM: "ours" (it is kept),
        "provider" (it puts its own, so SPF can't align) or "subdomain" (a custom
        subdomain of ours that is delegated to the provider).
    :param envelope_domain: that custom subdomain, "" where it isn't known.
    :param spf_term: what the SPF record of our envelope domain needs for it
        ("include:_spf.google.com"), "" for nothing.
    :param signs: whether it signs with our domain (d=) by itself; our keys then don't.
    :param selectors: the selectors it signs with, below our domain; () for none known.
    :param signs_as: "ours" (d= is our domain) or "subdomain" (one below it, as with
        the envelope).
    :param signing_domain: that d=, "" for the domain that is checked, or where the
        subdomain isn't known.
    :param signing_seen: whether a mail has shown such a signature that verifies. A
        published key is no proof that anything is signed with it.
    :param wants_cnames: whether it asks for CNAMEs, whose targets may depend on the
        customer, and not for the keys themselves.
    :param cname_targets: (selector, host name) of these, as far as they are known.
    :param needs_all_selectors: whether it goes from one selector to another when it
        replaces its keys: signatures break then where a record is missing.
    :param mx_records: what MX records it asks for ("10 host") where it also takes the
        mail of its customers' domains.
    :param rewritten_headers: header fields that it changes ("Date", "Message-ID").
    :param from_policy: what the provider does with an address in From that is not set
        up there: "any" (it takes it), "refuse", "rewrite", or "unknown".
    :param from_filter: what the server may send for, as Odoo has it.
    :param login: the user name there, "" for none.
    :param is_mailbox: whether an account there is one mailbox, and not all of a domain.
    :param takes_others: whether mails of authors whom it must not send for leave by it,
        in the name of the default address.
    :param addresses: where its mails come from. Of a provider that has a term
        they are ignored: it is judged by the term.
    :param host: its host name, "" where it isn't known.
    """

    name: str
    provider: str = ""
    envelope: Literal["ours", "provider", "subdomain"] = "ours"
    envelope_domain: str = ""
    spf_term: str = ""
    signs: bool = False
    selectors: tuple[str, ...] = ()
    signs_as: Literal["ours", "subdomain"] = "ours"
    signing_domain: str = ""
    signing_seen: bool = False
    wants_cnames: bool = False
    cname_targets: tuple[tuple[str, str], ...] = ()
    needs_all_selectors: bool = False
    mx_records: tuple[str, ...] = ()
    rewritten_headers: tuple[str, ...] = ()
    from_policy: Literal["any", "refuse", "rewrite", "unknown"] = "unknown"
    from_filter: str = ""
    login: str = ""
    is_mailbox: bool = False
    takes_others: bool = True
    addresses: tuple[Address, ...] = ()
    host: str = ""


@dataclass(frozen=True)
class SigningKey:
    """One of our own DKIM keys.

    :param selector: its selector.
    :param public_key: the value of p=, base64, or the whole record as published.
    :param algorithm: "rsa" or "ed25519", the k= tag.
    :param active: whether mails are signed with it now.
    :param domain: the signing domain (d=), "" for the domain that is checked.
    :param usable: False where its private half can't be read: nothing is signed.
    :param published: whether DNS has shown it once.
    :param cname_target: where its record is kept, if not in our zone: a CNAME points
        there.
    """

    selector: str
    public_key: str
    algorithm: str = "rsa"
    active: bool = True
    domain: str = ""
    usable: bool = True
    published: bool = True
    cname_target: str = ""


@dataclass(frozen=True)
class Facts:
    """How mails of one domain are sent.

    :param servers: every one by which they leave.
    :param keys: our DKIM keys, those not yet active included.
    :param envelope_domain: the domain of our Return-Path, "" for the one checked.
    :param from_domains: the domains of From, () for the one checked.
    :param default_from: the address that stands in From for authors whom a server must
        not send for, "" for none.
    :param report_address: a mailbox that takes DMARC and TLS reports, "" for none.
    :param report_inbox: an address whose DMARC reports are read, and to which a mail
        has really come: it should be in rua. "" for none.
    :param report_zone: the domain of that address where it is another one of ours: it
        has to allow these reports in its own DNS. "" where it is the one checked.
    :param dmarc_step: which step the reports speak for: the rung that the domain was on
        and the one to go to (:data:`mailauth.dmarc.ladder.RUNGS`), () for none.
    """

    servers: tuple[Server, ...] = ()
    keys: tuple[SigningKey, ...] = ()
    envelope_domain: str = ""
    from_domains: tuple[str, ...] = ()
    default_from: str = ""
    report_address: str = ""
    report_inbox: str = ""
    report_zone: str = ""
    dmarc_step: tuple[()] | tuple[str, str] = ()
