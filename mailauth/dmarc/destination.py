# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the DMARC reports of a domain may go to an address (RFC 9990 section 4)."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from ..address import split_address
from ..dns.names import normalize_name
from ..dns.resolver import Resolver
from ..errors import TempError
from .alignment import align_domain
from .policy import DmarcResult, query_txt
from .record import is_dmarc


@dataclass(frozen=True)
class ReportDestination:
    """Whether reports may go to an address (RFC 9990 section 4).

    :param address: the mailbox.
    :param status: "own" (same organizational domain), "authorized", "unauthorized"
        or "temperror".
    :param name: the DNS name that holds or should hold the permission, "" for "own".
    :param detail: the cause of a temperror.
    """

    address: str
    status: Literal["own", "authorized", "unauthorized", "temperror"]
    name: str = ""
    detail: str = ""


async def check_destination(
    dmarc: DmarcResult, address: str, resolver: Resolver
) -> ReportDestination:
    """Tell whether a domain accepts the reports of another (RFC 9990 section 4).

    :param dmarc: the result whose record names the address.
    :param address: the mailbox of a mailto: URI.
    """
    domain = normalize_name(split_address(address)[1])
    if domain == dmarc.policy_domain:
        return ReportDestination(address, "own")
    name = f"{dmarc.policy_domain}._report._dmarc.{domain}"
    same, answer = await asyncio.gather(
        align_domain(dmarc, domain, "r", resolver), query_txt(name, resolver)
    )
    if same.aligned:
        return ReportDestination(address, "own")
    if isinstance(answer, TempError):
        return ReportDestination(address, "temperror", name, answer.code)
    allowed = any(is_dmarc(record) for record in answer.records)
    status = "authorized" if allowed else "unauthorized"
    return ReportDestination(address, status, name)
