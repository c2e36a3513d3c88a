# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The system parameters that this addon documents, each once.

To add one, write its row here, and read it with
``env["ir.config_parameter"]._get_value(ROW)``.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from odoo.tools.translate import LazyTranslate

from ...mailauth.address import (
    normalize_domain,
    normalize_filter,
    normalize_local_part,
    normalize_sender,
    suggest_domain,
    suggest_filter,
    suggest_sender,
)
from ...mailauth.dns.resolver import DEFAULT_TIMEOUT, parse_nameservers
from ...mailauth.errors import PermError
from ...mailauth.sender import SENDER_POLICIES

_lt = LazyTranslate(__name__)

DAILY_LIMIT_MAX = 10_000_000
MAX_DNS_TIMEOUT = 60  # seconds
MAX_RETRY_HOURS = 720
MAX_DIGITS = 18


@dataclass(frozen=True)
class Parameter:
    """What is known of one system parameter.

    :param normalize: returns the one spelling of a value that is not blank, and
        raises PermError with the part that is wrong.
    :param expected: what a right value looks like, with an example.
    :param meaning: what it does, in a sentence or two.
    :param default: the value where nothing is stored.
    :param read: returns the value of what is stored, and raises PermError for what was
        stored past all checks.
    :param suggest: returns what somebody meant with a part that is refused, "" where
        that can't be told.
    :param is_lenient: whether the default takes the place of what can't be read, since
        mails have to leave; otherwise whoever reads it gets an error.
    """

    key: str
    normalize: Callable[[str], str]
    expected: LazyTranslate
    meaning: LazyTranslate
    default: Any = ""
    read: Callable[[str], Any] = str
    suggest: Callable[[str], str] = lambda _part: ""
    is_lenient: bool = False

    def get(self, stored: str | None) -> Any:
        """Return the value of what is stored, the default where nothing is.

        :raises PermError: it can't be read, being stored past all checks; not for a
            lenient one.
        """
        try:
            return self.read(stored) if stored else self.default
        except PermError:
            if self.is_lenient:
                return self.default
            raise


# ------------------------------------------------------------
# Normalizers and readers
# ------------------------------------------------------------


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a normalizer that takes one of ``choices``, in any case."""

    def normalize(text: str) -> str:
        value = text.lower()
        if value not in choices:
            raise PermError("choice_unknown", text[:100])
        return value

    return normalize


def whole_number(maximum: int) -> Callable[[str], str]:
    """Return a normalizer that takes a whole number from 0 to the largest one."""

    def normalize(text: str) -> str:
        sign, digits = re.fullmatch(r"([-\u2212]?)(.*)", text, re.DOTALL).groups()
        if not (digits.isascii() and digits.isdecimal()):
            raise PermError("number_invalid", text[:100])
        if sign:
            raise PermError("number_negative", text[:100])
        if len(digits) > MAX_DIGITS or int(digits) > maximum:
            raise PermError("number_too_large", text[:100])
        return str(int(digits))

    return normalize


def normalize_nameservers(text: str) -> str:
    """Return a list of nameservers without what is blank in it."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    parse_nameservers(",".join(parts))
    return ", ".join(parts)


def normalize_timeout(text: str) -> str:
    """Return a number of seconds as it was typed, if it can be waited."""
    read_timeout(text)
    return text


def read_timeout(text: str) -> float:
    """Return a number of seconds that can be waited."""
    try:
        seconds = float(text)
    except ValueError as error:
        raise PermError("seconds_invalid", text[:100]) from error
    if math.isnan(seconds):
        raise PermError("seconds_invalid", text[:100])
    if seconds <= 0:
        raise PermError("seconds_none", text[:100])
    if seconds > MAX_DNS_TIMEOUT:
        raise PermError("number_too_large", text[:100])
    return seconds


def read_number(text: str) -> int:
    """Return a whole number."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > MAX_DIGITS:
        raise PermError("number_invalid", text[:100])
    return int(digits)


def read_hour(text: str) -> int:
    """Return an hour of the day."""
    return read_number(text) % 24


# ------------------------------------------------------------
# The table
# ------------------------------------------------------------

BOUNCE_ALIAS = Parameter(
    key="mail.bounce.alias",
    normalize=normalize_local_part,
    expected=_lt("the part before the @ of an address, for example bounce"),
    meaning=_lt(
        "The part before the @ of the address that bounces return to: the same as "
        "on the main company's email domain."
    ),
)
CATCHALL_ALIAS = Parameter(
    key="mail.catchall.alias",
    normalize=normalize_local_part,
    expected=_lt("the part before the @ of an address, for example catchall"),
    meaning=_lt(
        "The part before the @ of the address that takes replies: the same as on "
        "the main company's email domain."
    ),
)
CATCHALL_DOMAIN = Parameter(
    key="mail.catchall.domain",
    normalize=normalize_domain,
    expected=_lt("the domain of your addresses, for example acme.example"),
    meaning=_lt(
        "The domain of your addresses: the same as the main company's email domain."
    ),
    suggest=suggest_domain,
)
DEFAULT_FROM = Parameter(
    key="mail.default.from",
    normalize=normalize_sender,
    expected=_lt(
        "an address or the part before its @, for example notifications@acme.example"
    ),
    meaning=_lt(
        "The address that stands in where an author's own can't be used: the same "
        "as on the main company's email domain."
    ),
    suggest=suggest_sender,
)
DEFAULT_FROM_FILTER = Parameter(
    key="mail.default.from_filter",
    normalize=normalize_filter,
    expected=_lt(
        "domains or addresses with commas, for example acme.example, "
        "info@globex.example"
    ),
    meaning=_lt(
        "The domains and addresses that the server in Odoo's configuration file may "
        "send for."
    ),
    suggest=suggest_filter,
)
DAILY_LIMIT = Parameter(
    key="mail_deliverability.daily_limit",
    normalize=whole_number(DAILY_LIMIT_MAX),
    expected=_lt("recipients per day, or 0 for no limit, for example 200"),
    meaning=_lt(
        "How many recipients all servers together send to on one day. What is more "
        "waits for the next day."
    ),
    default=200,
    read=read_number,
    is_lenient=True,
)
DAILY_LIMIT_RESERVE = Parameter(
    key="mail_deliverability.daily_limit_reserve",
    normalize=whole_number(90),
    expected=_lt("a percentage from 0 to 90, for example 10"),
    meaning=_lt(
        "The part of the daily limit, in percent, that mass mailings never take."
    ),
    default=10,
    read=read_number,
    is_lenient=True,
)
DAILY_LIMIT_PUBLIC = Parameter(
    key="mail_deliverability.daily_limit_public",
    normalize=whole_number(50),
    expected=_lt("a percentage from 0 to 50, for example 20"),
    meaning=_lt(
        "The part of the daily limit, in percent, that resets from the login page, "
        "sign-ups and automatic answers may use."
    ),
    default=20,
    read=read_number,
    is_lenient=True,
)
DAILY_LIMIT_URGENT = Parameter(
    key="mail_deliverability.daily_limit_urgent",
    normalize=whole_number(1000),
    expected=_lt("recipients per day, 0 to 1000, for example 30"),
    meaning=_lt(
        "How many recipients a day invitations and password resets may reach beyond "
        "the daily limit."
    ),
    default=30,
    read=read_number,
    is_lenient=True,
)
DAILY_LIMIT_RESET_HOUR = Parameter(
    key="mail_deliverability.daily_limit_reset_hour",
    normalize=whole_number(23),
    expected=_lt("an hour from 0 to 23, UTC, for example 23"),
    meaning=_lt("The hour, UTC, at which the count of the day starts again."),
    default=0,
    read=read_hour,
    is_lenient=True,
)
BULK_RECIPIENTS = Parameter(
    key="mail_deliverability.bulk_recipients",
    normalize=whole_number(DAILY_LIMIT_MAX),
    expected=_lt("recipients, for example 50, or 0: only newsletters are bulk"),
    meaning=_lt(
        "What goes to more recipients at once is a mass mailing, but for documents "
        "and appointments."
    ),
    default=50,
    read=read_number,
    is_lenient=True,
)
RETRY_HOURS = Parameter(
    key="mail_deliverability.retry_hours",
    normalize=whole_number(MAX_RETRY_HOURS),
    expected=_lt("hours, for example 96, or 0: not at all"),
    meaning=_lt(
        "How many hours an email is tried again whose receiver asks to try later, and "
        "how long emails wait for an outgoing server that takes none."
    ),
    default=96,
    read=read_number,
    is_lenient=True,
)
SUPPRESSION = Parameter(
    key="mail_deliverability.suppression",
    normalize=whole_number(1),
    expected=_lt("1 or 0: 0 sends to them as well"),
    meaning=_lt(
        "Whether notifications of followers and mass mailings leave out addresses "
        "that don't exist any more."
    ),
    default=1,
    read=read_number,
    is_lenient=True,
)
REPORT_ALIAS = Parameter(
    key="mail_deliverability.report_alias",
    normalize=normalize_local_part,
    expected=_lt("the part before the @ of an address, for example dmarc-reports"),
    meaning=_lt(
        "The part before the @ of the address that takes DMARC reports, on each of "
        "your email domains."
    ),
    default="dmarc-reports",
    read=normalize_local_part,
    is_lenient=True,
)
SENDER_POLICY = Parameter(
    key="mail_deliverability.sender_policy",
    normalize=one_of(*SENDER_POLICIES),
    expected=_lt('"filter", "dmarc" or "always"'),
    meaning=_lt(
        "When the company's address replaces a foreign author that no server's "
        "filter names: never (filter), where the author's domain asks for it "
        "(dmarc), or always (always)."
    ),
    default="dmarc",
)
NAMESERVERS = Parameter(
    key="mail_deliverability.nameservers",
    normalize=normalize_nameservers,
    expected=_lt(
        "IP addresses with commas, or nothing to ask the nameservers of this "
        "machine; for example 192.0.2.53, 192.0.2.54:5353, [2001:db8::53]:53"
    ),
    meaning=_lt("The nameservers that checks ask; empty: those of this machine."),
    default=(),
    read=parse_nameservers,
)
DNS_TIMEOUT = Parameter(
    key="mail_deliverability.dns_timeout",
    normalize=normalize_timeout,
    expected=_lt("seconds, more than 0 and at most 60, for example 5"),
    meaning=_lt("How many seconds one whole check of a domain may take."),
    default=DEFAULT_TIMEOUT,
    read=read_timeout,
)

# By key; all that stand above, so that a row is all that a new one needs.
PARAMETERS = {
    one.key: one for one in tuple(vars().values()) if isinstance(one, Parameter)
}

OWN = "mail_deliverability."
ALIKE = 0.8  # of what stands behind our prefix
ALIKE_ELSEWHERE = 0.9  # of whole keys: most of them are other modules'


def find_meant(key: str) -> str:
    """Return the key that somebody meant who has typed another, "" where none is near.

    Keys that are no typing errors, those of other modules among them, mean nothing.
    """
    if key in PARAMETERS:
        return ""
    known, prefix = sorted(PARAMETERS), ""
    if key.startswith(OWN):
        known, prefix = [one.removeprefix(OWN) for one in known if OWN in one], OWN
    elif "." not in key:
        # A name alone may be anybody's, but for these.
        known = [one.removeprefix(OWN) for one in known if f"{OWN}daily_limit" in one]
        prefix = OWN
    typed = key.removeprefix(OWN)
    alike = ALIKE if prefix else ALIKE_ELSEWHERE
    found = get_close_matches(typed.strip().lower(), known, n=1, cutoff=alike)
    return f"{prefix}{found[0]}" if found else ""


# Why a value is refused, by the code of the PermError.
REASONS = {
    "address_local_part_invalid": _lt("what stands before the @ can't be an address"),
    "address_missing_at": _lt("an address needs an @"),
    "choice_unknown": _lt("it is none of the choices"),
    "domain_invalid": _lt("this is not a domain"),
    "domain_is_address": _lt("this is an address, and only its domain belongs here"),
    "domain_is_ip": _lt("this is an IP address, and a domain belongs here"),
    "domain_missing": _lt("the domain is missing"),
    "domain_wildcard": _lt(
        "there are no wildcards here: each domain is named by itself, a subdomain too"
    ),
    "domain_without_dot": _lt(
        "this is only a part of a domain, without its ending such as .com"
    ),
    "filter_wildcard": _lt(
        "there are no wildcards here: the domain alone stands for all its addresses"
    ),
    "local_part_invalid": _lt("this can't be the part before the @ of an address"),
    "local_part_is_address": _lt("only what stands before the @ belongs here"),
    "local_part_is_domain": _lt("this is a domain"),
    "nameserver_invalid": _lt("this is not the IP address of a nameserver"),
    "number_invalid": _lt("this is not a whole number"),
    "number_negative": _lt("it can't be below 0"),
    "number_too_large": _lt("this number is too large"),
    "seconds_invalid": _lt("this is not a number of seconds"),
    "seconds_none": _lt("it must be more than 0"),
}
