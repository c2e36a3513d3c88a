# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who has written a delivery report, and whether that is to be believed.

Anybody who got a mail of ours can write one about it, and sign it with a domain of his
own. So a signature counts where its domain may speak for the receiver, or is that of a
relay of ours.
"""

import asyncio
import functools
import ipaddress
import re

from odoo.tools import config

from ...mailauth.address import split_address
from ...mailauth.dns.addresses import is_public
from ...mailauth.dns.exchangers import find_exchangers
from ...mailauth.dns.resolver import per_check
from ...mailauth.errors import TempError
from ...mailauth.message.handover import read_way
from ...mailauth.message.hops import read_traces
from ...mailauth.message.mail_hosts import get_group, is_provider
from ...mailauth.message.raw import read_raw
from ..domain.ir_mail_server import split_addresses
from ..inbound.author import is_author_proven
from ..inbound.message import InboundMessage
from ..tools.carrier import carried
from ..tools.host_names import fold

INSIDE = ("no_outside_hop", "private_only")  # of Way.proves_nothing
DNS_TIMEOUT = 2.0  # seconds that the gateway waits
MAX_ASKED = 5  # receivers or relays of one report that DNS is asked about
# Who writes reports: names that no provider gives to a customer (RFC 2142 section 5).
_DAEMON = re.compile(
    r"mailer-daemon|postmaster|microsoftexchange[0-9a-f]{32}", re.IGNORECASE
)


def is_proven_report(env, receiver):
    """Whether the report that is being processed is to be believed of a receiver.

    :param env: in which the incoming message is carried; outside of one: False.
    :param str receiver: the domain of the recipient whom it is about.
    """
    message = carried(env, InboundMessage)
    if not message:
        return False
    relay = ("is from our own relay", lambda: _is_from_own_relay(env, message))
    if message.ask_once(*relay):
        return True
    return _may_speak_for(env, message, receiver) and is_author_proven(env, message)


# ------------------------------------------------------------
# By its signature
# ------------------------------------------------------------


def _may_speak_for(env, message, receiver):
    """Whether the domain in From is the receiver's, its operator's, or our relay's.

    :param InboundMessage message: whose signature is not looked at here.
    """
    local_part, _domain = split_address(message.author)
    author, receiver = message.author_domain, fold(receiver)
    if not author or not receiver or not _DAEMON.fullmatch(local_part):
        return False
    if is_near(author, receiver) or any(is_near(author, one) for one in _list_own(env)):
        return True
    if any(speaks_for_host(author, host) for host in _list_relays(env)):
        return True
    if not is_provider(get_group(author)):
        return False
    # Only who really is that provider makes us ask DNS once more.
    if not is_author_proven(env, message):
        return False
    hosts = _list_exchanges(env, message, receiver)
    return any(speaks_for_host(author, host) for host in hosts)


def is_near(domain, other):
    """Whether a domain is another one, above it or below it.

    :param str domain: folded, as is ``other``.
    """
    return f".{domain}".endswith(f".{other}") or f".{other}".endswith(f".{domain}")


def speaks_for_host(domain, host):
    """Whether who runs a mail server has a domain.

    A domain below an unknown provider's may be a customer's.

    :param str domain: of the author of a report, folded.
    :param str host: the name of the server, folded.
    """
    group = get_group(domain)
    if is_provider(group):
        return get_group(host) == group
    return f".{host}".endswith(f".{domain}")


def _list_own(env):
    domains = env["mail.alias.domain"].sudo().search_fetch([], ["name"])
    return [name for one in domains if (name := fold(one.name))]


def _list_relays(env):
    """Return the names of the servers that our mails are handed to."""
    servers = env["ir.mail_server"].sudo().search([])
    hosts = servers.mapped("smtp_host") or [config.get("smtp_server")]
    return {name for one in hosts if (name := fold(one))}


def _list_exchanges(env, message, receiver):
    """Return the hosts that take mails for a domain, none where DNS does not say so."""
    asked = message.ask_once("receivers that DNS was asked about", dict)
    if receiver not in asked and len(asked) < MAX_ASKED:
        ask = functools.partial(find_exchangers, [receiver])
        found = env["ir.config_parameter"]._ask_dns(ask, DNS_TIMEOUT) or {}
        asked[receiver] = [
            name for one in found.get(receiver) or () if (name := fold(one))
        ]
    return asked.get(receiver, ())


# ------------------------------------------------------------
# By its way
# ------------------------------------------------------------


def _is_from_own_relay(env, message):
    """Whether our own servers made a report, as the receiver's Received fields tell.

    Either it never came from outside, or from an address that our mails leave from.
    Who has an account at our own provider is no relay. Whoever else calls
    ``message_process`` than fetchmail or an administrator's gateway writes these
    fields, too.
    """
    if not env.user._is_system():
        return False
    raw = read_raw(message.raw)
    way = read_way(raw)
    servers = env["ir.mail_server"].sudo().search([])
    known = {ip for one in servers for ip in split_addresses(one.sending_host_ips)}
    if way.client_ip:
        return way.client_ip in known
    if not way.hops or way.proves_nothing not in INSIDE:
        return False
    relays = _list_relays(env)
    hops = [trace.hop for trace in read_traces(raw) if not trace.fetched]
    doubtful = {hop.from_ip for hop in hops if may_hide(hop, relays)} - known
    return not doubtful or doubtful <= _list_addresses(env, relays)


def may_hide(hop, relays):
    """Whether a client that has a private address may be anybody outside.

    So a server behind a NAT sees all of its clients, with the address of the gateway.
    What it has found by reverse DNS no client can choose. A large provider that we send
    by has no such NAT; within it, reports go from one host to the other.

    :param Hop hop: what a Received field says.
    :param relays: the names of the servers that our mails are handed to.
    """
    if not hop.from_ip or is_public(hop.from_ip):
        return False
    if ipaddress.ip_address(hop.from_ip).is_loopback:
        return False  # a filter beside the server; the next field tells of the client
    if fold(hop.from_name) in relays:
        return False
    writer = get_group(hop.by)
    return not (is_provider(writer) and writer in map(get_group, relays))


def _list_addresses(env, relays):
    """Return the addresses of the servers that our mails are handed to."""
    hosts = sorted(relays)[:MAX_ASKED]
    ask = functools.partial(_find_addresses, hosts)
    found = env["ir.config_parameter"]._ask_dns(ask, DNS_TIMEOUT) or ()
    return {*relays, *found}


async def _find_addresses(hosts, resolver):
    """Return all addresses of some hosts; none of those where DNS fails."""

    async def ask_one(host, rdtype):
        try:
            return (await checked.query(host, rdtype)).records
        except TempError:
            return ()

    async with per_check(resolver) as checked:
        asked = [ask_one(host, rdtype) for host in hosts for rdtype in ("A", "AAAA")]
        return {one for records in await asyncio.gather(*asked) for one in records}
