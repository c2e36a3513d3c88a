# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which IP addresses are part of the public Internet: one definition for all.

Three questions are asked of an address, and each has its own answer:

- Would a receiver see it (:func:`is_public`)? Then it is judged. Documentation
  addresses count: they stand for public ones wherever somebody tries something.
- May we connect to it (:func:`is_worth_asking`)? A zone must not lead us into our own
  network, and nobody is at an address of documentation.
- Is a host only known inside (:func:`is_private_host`)? Then its addresses are no guess
  at what receivers see.
"""

import ipaddress

# The special-purpose registries of IANA (RFC 6890) with what was added since, and
# multicast. All of an entry is left out, also where a registry has a global exception
# inside: none of these sends or takes mail.
SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocols
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # IETF protocols: Teredo, ORCHID, benchmarks
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
    )
)
# Documentation (RFC 5737, 3849, 9637): these stand for public addresses wherever
# somebody shows or tries something. Nobody is there, so that nothing is sent to them.
DOCUMENTATION = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
    )
)
_SHARED = ipaddress.ip_network("100.64.0.0/10")
# Known to one network or one machine only.
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
    )
)
# All other IPv6 is something else: loopback, mapped IPv4, NAT64 (RFC 6052, RFC 8215),
# unique local, link-local, site-local, multicast (RFC 4291 section 2.4).
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def _get_ends(network) -> tuple[int, int]:
    return int(network.network_address), int(network.broadcast_address)


_SPECIAL_RANGES = {
    version: [_get_ends(network) for network in SPECIAL if network.version == version]
    for version in (4, 6)
}


def is_public(address: str) -> bool:
    """Tell whether an address is one that anybody on the Internet can reach.

    Does not depend on the version of Python, as :attr:`ipaddress.IPv4Address.is_global`
    does. What only wraps an IPv4 address is not public, whatever it wraps.

    :param address: IPv4 or IPv6 in text; with a scope ("%eth0") it is not public.
    :return: False also for what is no address.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.version == 6 and (ip.scope_id or ip not in _GLOBAL_UNICAST):
        return False
    return not any(ip in network for network in SPECIAL)


def find_fault(address: str) -> str:
    """Return why receivers can't see mails come from an address, "" where they can.

    :param address: as for :func:`is_public`.
    :return: "" , "none" (it is no address), "network", "wrapped" (an IPv4 address that
        is public, inside an IPv6 one), "private" (of one network, or one machine),
        "shared" (of a carrier's customers), "multicast" (a group), or "reserved".
    """
    if is_public(address):
        return ""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "network" if _is_network(address) else "none"
    if mapped := getattr(ip, "ipv4_mapped", None):
        return find_fault(str(mapped)) or "wrapped"
    if ip.is_multicast:
        return "multicast"
    if ip in _SHARED:
        return "shared"
    return "private" if any(ip in network for network in _INSIDE) else "reserved"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def is_public_network(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Tell whether a network has addresses that :func:`is_public` may be true of."""
    if network.version == 6 and not network.overlaps(_GLOBAL_UNICAST):
        return False
    # A zone may name thousands, so they are compared as numbers.
    first, last = _get_ends(network)
    ranges = _SPECIAL_RANGES[network.version]
    return not any(begin <= first and last <= end for begin, end in ranges)


def is_worth_asking(address: str) -> bool:
    """Tell whether a connection to an address may be tried: somebody may be there.

    :param address: as for :func:`is_public`.
    """
    if not is_public(address):
        return False
    ip = ipaddress.ip_address(address)
    return not any(ip in network for network in DOCUMENTATION)


def is_private_host(host: str) -> bool:
    """Tell whether a host is an address that no receiver sees, or a name inside.

    :param host: an address, or a name; one without a dot, such as "localhost", is known
        to one network only.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return not is_public(host)
