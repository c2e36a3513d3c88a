# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a report on a domain's mails says: values, no sentences."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["rfc7489", "rfc9990"]
# What is not as the RFCs want it, and was read all the same.
NOTES = (
    "bom",  # a byte order mark before the document
    "charset",  # not in the character set that it names
    "markup_repaired",  # not well-formed, or an element by another name
    "field_missing",  # missing or empty where there should be something
    "value_mended",  # a word that no RFC has
    "time_odd",  # no whole seconds, reversed, or more than a day
    "duplicate_policy",  # published twice; the first one counts
    "source_missing",  # a row without an address
    "address_mapped",  # an IPv4 address written as IPv6
    "count_huge",  # beyond what 31 bits hold
    "upper_case",  # capitals in domains
)


@dataclass(frozen=True, slots=True)
class Auth:
    """What SPF or DKIM said of a mail, whatever From was.

    :param kind: "dkim" or "spf".
    :param selector: of DKIM, "" for none.
    :param result: the word of RFC 8601.
    """

    kind: Literal["dkim", "spf"]
    domain: str
    selector: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The mails of one source that fared alike.

    :param source_ip: in one spelling, "" where the report has none.
    :param disposition: what was done: "none", "pass" (RFC 9990), "quarantine" or
        "reject".
    :param dkim: "pass" or "fail", aligned with From; "" for unknown.
    :param spf: likewise.
    :param reasons: why not what the policy asks: types of RFC 9990.
    """

    source_ip: str
    count: int
    disposition: str = ""
    dkim: str = ""
    spf: str = ""
    header_from: str = ""
    envelope_from: str = ""
    envelope_to: str = ""
    auth: tuple[Auth, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """What the domain had published, "" for what the report does not tell."""

    p: str = ""
    sp: str = ""
    np: str = ""
    adkim: str = ""
    aspf: str = ""
    pct: str = ""
    fo: str = ""
    testing: str = ""
    discovery_method: str = ""


@dataclass(frozen=True)
class DmarcReport:
    """One report.

    :param org_name: who reports; where it is missing, the domain of the e-mail address.
    :param domain: whose mails it is about.
    :param begin: in seconds since 1970, UTC; never after ``end``.
    :param name: of the file that it was in.
    :param notes: codes of :data:`NOTES`, in that order; none for an intact report.
    """

    format: Format
    org_name: str
    report_id: str
    domain: str
    begin: int
    end: int
    policy: Policy = Policy()
    records: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()
    email: str = ""
    version: str = ""
    name: str = ""
    errors: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What two copies of one report have in common."""
        return self.org_name.lower(), self.report_id, self.domain


@dataclass(frozen=True)
class Refused:
    """A file that was not read, and the code of why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Reports:
    """All that was in a file."""

    reports: tuple[DmarcReport, ...] = ()
    refused: tuple[Refused, ...] = ()
