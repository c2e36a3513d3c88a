# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a server may send for: a from_filter, as Odoo's outgoing servers have one."""

from .address import split_address
from .dns.names import normalize_name
from .errors import PermError


def split_filter(from_filter: str | None) -> list[str]:
    """Return the parts of a from_filter, those that are blank left out."""
    parts = (part.strip() for part in (from_filter or "").split(","))
    return [part for part in parts if part.strip("@ ")]


def matches_filter(address: str, from_filter: str | None) -> bool:
    """Tell whether a filter names an address, or exactly its domain.

    Case, spaces, a leading ``@`` of a part, and IDN or punycode make no difference.

    :param address: a bare address.
    """
    names = list_names(address)
    return any(fold_address(part) in names for part in split_filter(from_filter))


def list_names(address: str) -> tuple[str, str]:
    """Return how a filter may name an address: itself, or its domain; as compared."""
    folded = fold_address(address)
    return folded, split_address(folded)[1]


def fold_address(text: str) -> str:
    """Return a bare address or a domain in the spelling that is compared.

    Unlike :mod:`.address` it refuses nothing: what no mail server would take is
    compared as text.
    """
    local_part, domain = split_address(text.strip())
    try:
        domain = normalize_name(domain.strip())
    except PermError:
        domain = domain.strip().lower().removesuffix(".")
    return f"{local_part.strip().lower()}@{domain}" if local_part else domain
