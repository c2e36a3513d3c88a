# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the addresses that mails leave from have names that lead back to them."""

import asyncio
import ipaddress
from dataclasses import replace

from ..dns.addresses import is_private_host, is_public
from ..dns.resolver import Answer
from ..errors import TempError
from ..findings import Finding, Reason, Status, explain_error, give_up, reason
from .context import Context

MAX_NAMES = 10  # names of an address, or exchanges, that are looked at
_LABELS = ("mail", "smtp", "odoo", "mailout")  # of the name for a server without one


async def check_ptr(context: Context) -> list[Finding]:
    """The known addresses of our own hosts need names that lead back to them.

    RFC 8601 section 3 ("iprev"); Gmail and others refuse mail without it. Of a
    provider's addresses the provider takes care.
    """
    addresses = dict.fromkeys(
        address.ip
        for server in context.facts.servers
        for address in server.addresses
        if address.known and not server.provider
    )
    if not addresses:
        servers = context.facts.servers
        ours = not servers or any(not server.provider for server in servers)
        why = reason("ptr_no_address" if ours else "ptr_provider")
        return [Finding("ptr", "info", why=(why,))]
    return list(await asyncio.gather(*(_check_ptr(context, ip) for ip in addresses)))


async def _check_ptr(context: Context, ip: str) -> Finding:
    address = ipaddress.ip_address(ip)
    name = address.reverse_pointer
    fields = {"subject": ip, "name": name, "rdtype": "PTR"}
    fields["rfc"] = "RFC 8601 section 2.7.3"
    if not is_public(ip):
        why = reason("ptr_private", address=ip)
        return Finding("ptr", "info", why=(why,), **fields)
    answer = await context.ask(name, "PTR")
    if isinstance(answer, TempError):
        return give_up("ptr", answer, **fields)
    if not answer.records:
        why = reason("ptr_absent", address=ip)
        finding = Finding("ptr", "fail", why=(why,), **fields)
        return await _propose(context, finding, address, [])
    names = sorted(answer.records)[:MAX_NAMES]
    judged = await asyncio.gather(*(_confirm(context, n, address) for n in names))
    # One name that leads back is enough.
    status, why = min(
        judged, key=lambda pair: ("pass", "temperror", "fail").index(pair[0])
    )
    finding = Finding("ptr", status, found="\n".join(names), why=(why,), **fields)
    if status != "fail":
        return finding
    return await _propose(context, finding, address, names)


async def _confirm(context: Context, host: str, address) -> tuple[Status, Reason]:
    answer = await context.ask(host, "A" if address.version == 4 else "AAAA")
    if isinstance(answer, TempError):
        return "temperror", explain_error(answer)
    if any(ipaddress.ip_address(text) == address for text in answer.records):
        return "pass", reason("ptr_ok", address=address, host=host)
    return "fail", reason("ptr_unconfirmed", address=address, host=host)


# --- Which name to give an address


async def _propose(
    context: Context, finding: Finding, address, found: list[str]
) -> Finding:
    """Return a finding with the name that the address should have.

    One that leads to it already, else one of our domain that has no address yet.

    :param found: the names that it has, none of which leads back.
    """
    labels = [f"{label}.{context.domain}" for label in _LABELS]
    known = [*await _list_known_hosts(context, address), *labels]
    answers = await asyncio.gather(*(_confirm(context, one, address) for one in known))
    for host, (status, _why) in zip(known, answers, strict=True):
        if status == "pass":
            return replace(finding, expected=host)
    below = [one for one in found if one.endswith(f".{context.domain}")]
    names = [*below, *labels]
    free = await asyncio.gather(*(_is_free(context, name) for name in names))
    host = next(
        (name for name, is_free in zip(names, free, strict=True) if is_free), ""
    )
    if not host:
        return finding
    rdtype = "A" if address.version == 4 else "AAAA"
    why = reason("ptr_needs_address", host=host, type=rdtype, address=address)
    return replace(finding, expected=host, why=(*finding.why, why))


async def _list_known_hosts(context: Context, address) -> list[str]:
    """Return hosts that may well have an address: its server's, and the exchanges."""
    servers = [
        server.host
        for server in context.facts.servers
        if str(address) in {known.ip for known in server.addresses}
    ]
    answer = await context.ask(context.domain, "MX")
    exchanges = answer.records if isinstance(answer, Answer) else ()
    hosts = [*servers, *(mx.exchange for mx in exchanges[:MAX_NAMES])]
    return [host for host in dict.fromkeys(hosts) if not is_private_host(host)]


async def _is_free(context: Context, name: str) -> bool:
    """Tell whether a name has neither an address nor an alias."""
    answers = await asyncio.gather(context.ask(name, "A"), context.ask(name, "AAAA"))
    return all(
        isinstance(answer, Answer) and not answer.records and not answer.cnames
        for answer in answers
    )
