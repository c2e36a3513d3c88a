# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which hosts that handle mail belong together: by provider, else by domain."""

import ipaddress
import re

from ..dns.names import guess_registrable, normalize_name
from ..errors import PermError

# What Exchange Online's hosts inside reach each other by: a client from elsewhere that
# has such a name in HELO has none of these addresses. Allocated to Microsoft (ARIN).
_MICROSOFT_INSIDE = ipaddress.ip_network("2603:1000::/24")
# The domains of providers whose hosts have names in several.
_DOMAINS = {
    "google": "google.com gmail.com googlemail.com 1e100.net",
    "microsoft": (
        "outlook.com office365.com hotmail.com live.com msn.com "
        "microsoft.com exchangelabs.com"
    ),
    "yahoo": "yahoo.com yahoo.net yahoodns.net aol.com ymail.com",
    "apple": "icloud.com apple.com me.com mac.com",
    "ionos": (
        "gmx.net gmx.de gmx.com web.de mail.com kundenserver.de perfora.net "
        "ionos.com ionos.de 1and1.com 1und1.de server.lan"
    ),
    "zoho": "zoho.com zoho.eu zoho.in zohomail.com zohomail.eu zohomail.in",
    "ovh": "ovh.net ovh.com ovh.ca",
    "godaddy": "secureserver.net godaddy.com",
    "amazon": "amazonaws.com amazonses.com awsapps.com",
    "fastmail": "messagingengine.com fastmail.com",
    "proton": "protonmail.ch protonmail.com proton.ch proton.me",
    "yandex": "yandex.ru yandex.net yandex.com",
    "mailru": "mail.ru smailru.net",
    "mailgun": "mailgun.org mailgun.net mailgun.com",
    "mimecast": "mimecast.com mimecast.co.za mimecast-offshore.com",
    "proofpoint": (
        "pphosted.com ppe-hosted.com ppops.net proofpoint.com proofpointessentials.com"
    ),
    "barracuda": "barracudanetworks.com barracuda.com",
    "cisco": "iphmx.com cisco.com",
    "messagelabs": "messagelabs.com",
    "hornetsecurity": "hornetsecurity.com antispameurope.com",
    "sophos": "sophos.com",
    "trendmicro": "trendmicro.com trendmicro.eu",
    "spamexperts": "spamexperts.com antispamcloud.com",
    "retarus": "retarus.com retarus.de",
}
_GROUPS = {
    domain: name for name, domains in _DOMAINS.items() for domain in domains.split()
}
# Providers that stand in front of receivers, as their MX, and behind senders.
_FILTERS = frozenset(
    (
        "mimecast proofpoint barracuda cisco messagelabs hornetsecurity "
        "sophos trendmicro spamexperts retarus"
    ).split()
)
# In these each host is another customer's.
_CUSTOMERS = frozenset(
    (
        "compute.amazonaws.com compute-1.amazonaws.com "
        "googleusercontent.com cloudapp.azure.com cloudapp.net "
        "your-server.de vps.ovh.net vps.ovh.ca contaboserver.net "
        "linodeusercontent.com members.linode.com vultrusercontent.com "
        "stratoserver.net ip.secureserver.net poneytelecom.eu "
        "onlinehome-server.info online-server.cloud hstgr.cloud kimsufi.com "
        "t-ipconnect.de hostingww.com"
    ).split()
)
# A provider's hosts that hand over the mails of its customers, to the provider itself
# as to anybody else.
_LEAVING = frozenset(("outbound.protection.outlook.com",))
# In these each address is another person's.
_SHARED = frozenset(
    (
        "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com "
        "yahoo.com ymail.com aol.com icloud.com me.com mac.com gmx.net "
        "gmx.de gmx.com web.de mail.com proton.me protonmail.com "
        "fastmail.com yandex.ru yandex.com mail.ru zohomail.com"
    ).split()
)


def get_group(host: str) -> str:
    """Return what a host belongs to: a provider's name, else the registered domain.

    :param host: a name as a Received field has it.
    :return: "" for an address, and for a name that is known to one network only.
    """
    name = _normalize(host)
    if not name:
        return ""
    if _is_below(name, _CUSTOMERS):
        return name
    domain = guess_registrable(name)
    return _GROUPS.get(domain, domain)


def is_provider(group: str) -> bool:
    """Tell whether a group is a known provider, none of whose names are customers'."""
    return group in _DOMAINS


def is_filter(group: str) -> bool:
    """Tell whether a provider stands in front of receivers, as their MX."""
    return group in _FILTERS


def is_leaving(host: str) -> bool:
    """Tell whether a provider's host hands over what its customers send."""
    return _is_below(_normalize(host), _LEAVING)


def is_shared(domain: str) -> bool:
    """Tell whether each address of a domain is another person's account."""
    return domain in _SHARED


def get_account(address: str) -> str:
    """Return the mailbox behind an address of which each is another person's.

    What stands behind "+" is a tag of its owner's; Gmail ignores dots as well.
    """
    local, _at, domain = address.lower().rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def is_microsoft_inside(address: str) -> bool:
    """Tell whether an address is one of Exchange Online's own network."""
    try:
        return ipaddress.ip_address(address) in _MICROSOFT_INSIDE
    except ValueError:
        return False


def is_made_of(name: str, address: str) -> bool:
    """Tell whether a name is made of an address, as providers name customers' lines.

    :param name: by reverse DNS, such as "203-0-113-5.dsl.example".
    :param address: the one that it was found for.
    """
    octets = address.split(".")
    if len(octets) != 4:
        return False
    numbers = [str(int(text)) for text in re.findall(r"\d{1,9}", name[:253])]
    last = len(numbers) - 3
    orders = (octets, octets[::-1])
    return any(numbers[place : place + 4] in orders for place in range(last))


def _normalize(host: str) -> str:
    try:
        name = normalize_name(host)
        ipaddress.ip_address(name.strip("[]"))
    except PermError:
        return ""
    except ValueError:
        return name if "." in name else ""
    return ""


def _is_below(name: str, domains: frozenset[str]) -> bool:
    labels = name.split(".")
    return any(".".join(labels[place:]) in domains for place in range(len(labels)))
