# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which receivers a report speaks of: an operator reports for all whose mail it takes.

A report does not say whose mailboxes it counts. What can be known are the operator's
own domains, and by the MX records who takes the mail of others.
"""

from collections.abc import Iterable

from ..dns.names import is_within

# The domains of mailboxes for everybody, and the domain that stands for who reports
# for them; "." at the end stands for any top-level domain.
_FAMILIES = {
    "google.com": ("gmail.com", "googlemail.com", "google.com"),
    "outlook.com": ("outlook.", "hotmail.", "live.", "msn.com", "microsoft.com"),
    "yahoo.com": (
        "yahoo.", "yahooinc.com", "aol.", "aim.com", "ymail.com", "rocketmail.com",
        "myyahoo.com", "verizon.net", "netscape.net", "att.net", "sbcglobal.net",
        "bellsouth.net",
    ),
    "apple.com": ("icloud.com", "me.com", "mac.com", "privaterelay.appleid.com"),
    "gmx.net": ("gmx.", "web.de", "mail.com", "caramail.com", "1und1.de", "ionos."),
    "mail.ru": ("mail.ru", "inbox.ru", "list.ru", "bk.ru", "internet.ru", "vk.com"),
    "yandex.ru": ("yandex.", "ya.ru", "narod.ru"),
    "comcast.net": ("comcast.net", "xfinity.com"),
    "t-online.de": ("t-online.de", "magenta.de"),
    "laposte.net": ("laposte.net",),
    "fastmail.com": ("fastmail.", "messagingengine.com", "sent.com"),
    "zoho.com": ("zoho.", "zohomail."),
    "proton.me": ("proton.me", "protonmail.", "pm.me"),
    "seznam.cz": ("seznam.cz", "email.cz", "post.cz", "spoluzaci.cz"),
    "libero.it": ("libero.it", "virgilio.it", "italiaonline.it"),
}  # fmt: skip
# Whose mail exchangers these are, by the end of the host's name.
_EXCHANGERS = {
    "google.com": ("google.com", "googlemail.com", "psmtp.com"),
    "outlook.com": ("protection.outlook.com", "mx.microsoft"),
    "yahoo.com": ("yahoodns.net",),
    "apple.com": ("icloud.com",),
    "gmx.net": ("gmx.net", "web.de", "kundenserver.de", "ionos.de", "ionos.com"),
    "mail.ru": ("mxs.mail.ru", "emx.mail.ru"),
    "yandex.ru": ("mx.yandex.ru", "mx.yandex.net"),
    "comcast.net": ("mx.comcast.net",),
    "fastmail.com": ("messagingengine.com",),
    "zoho.com": ("zoho.com", "zoho.eu", "zoho.in"),
    "proton.me": ("protonmail.ch",),
    "mimecast.org": ("mimecast.com", "mimecast.co.za"),
    "proofpoint.com": ("pphosted.com", "ppe-hosted.com"),
    "barracudanetworks.com": ("barracudanetworks.com",),
}  # fmt: skip
# How reporters call themselves where it is no domain.
_NAMES = {
    "enterprise outlook": "outlook.com",
    "microsoft corporation": "outlook.com",
    "google inc.": "google.com",
    "yahoo": "yahoo.com",
    "yahoo! inc.": "yahoo.com",
    "aol": "yahoo.com",
    "comcast": "comcast.net",
    "fastmail pty ltd": "fastmail.com",
}


def find_operator(domain: str, exchangers: Iterable[str] = ()) -> str:
    """Return who takes the mail of a domain, as a domain that stands for it.

    :param domain: of recipients, in A-labels.
    :param exchangers: its mail exchangers, where they are known.
    :return: where nobody else is known to, the domain itself.
    """
    domain = domain.lower().rstrip(".")
    if family := _find_family(domain):
        return family
    for host in exchangers:
        host = host.lower().rstrip(".")
        for operator, ends in _EXCHANGERS.items():
            if any(is_within(host, end) for end in ends):
                return operator
    return domain


def find_reporting_operator(name: str, domain: str) -> str:
    """Return for whom a reporter speaks, as :func:`find_operator` calls it.

    :param name: how it calls itself (org_name).
    :param domain: the domain that has proven to be it, "" for none.
    """
    # What is proven comes first: anybody may call himself what he likes.
    host = domain or _NAMES.get(name.strip().lower()) or name
    host = host.strip().lower().rstrip(".")
    if "." not in host or " " in host:
        return ""
    above = [host.split(".", cut)[-1] for cut in range(host.count("."))]
    # dmarc.yahoo.com speaks for yahoo.com, and so for its family.
    return next(filter(None, map(_find_family, above)), host)


def _find_family(domain: str) -> str:
    for operator, members in _FAMILIES.items():
        if any(_is_member(domain, member) for member in members):
            return operator
    return ""


def _is_member(domain: str, member: str) -> bool:
    if member.endswith("."):
        # hotmail.co.uk, yahoo.com.br: a country has one label or two.
        head, _dot, rest = domain.partition(".")
        return f"{head}." == member and rest.count(".") <= 1
    return domain == member
