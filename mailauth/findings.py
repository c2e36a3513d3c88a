# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a check answers: a status, the reasons for it, the evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .errors import MailauthError
from .printable import printable

_SHOWN_DETAIL = 300  # characters of an error's evidence

Status = Literal["pass", "info", "warning", "temperror", "fail"]

# From the best to the worst, as a domain's overall state counts them.
STATUSES: tuple[Status, ...] = ("pass", "info", "warning", "temperror", "fail")


@dataclass(frozen=True)
class Reason:
    """Why a finding has its status.

    :param code: stable; :data:`mailauth.domain.reasons.TEXTS` has the English for each.
    :param params: (name, value) pairs for the text; values from DNS are printable
        ASCII and bounded, but still hostile: escape them.
    """

    code: str
    params: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """Return the value of a parameter, "" where there is none of that name."""
        return dict(self.params).get(name, "")


# Each reason of a finding with what it alone would make of it.
Judged = list[tuple[Status, Reason]]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    :param code: the check: "spf_record", "dkim_key" and so on.
    :param status: "pass", "info" (does not apply, or worth knowing), "warning",
        "temperror" (nothing is known now) or "fail".
    :param found: what DNS shows, one record a line; "" for nothing.
    :param expected: what should be published, "" where there is nothing to change.
    :param why: the reasons, the one that decided first; never empty.
    :param rfc: where it is written ("RFC 7208 section 4.6.4"), "" for no document.
    :param subject: what was checked where a check runs more than once: a selector,
        a server's name, an address, a domain; else "".
    :param name: the DNS name that holds the record, "" where there is none.
    :param rdtype: the type of that record, "" where there is none.
    """

    code: str
    status: Status
    found: str = ""
    expected: str = ""
    why: tuple[Reason, ...] = ()
    rfc: str = ""
    subject: str = ""
    name: str = ""
    rdtype: str = ""


def worst_status(findings: Iterable[Finding]) -> Status:
    """Return the overall state of a domain: the worst status, info counts as pass."""
    worst = max((STATUSES.index(f.status) for f in findings), default=0)
    return "pass" if STATUSES[worst] == "info" else STATUSES[worst]


def reason(code: str, **params: object) -> Reason:
    """Make a reason; the values of its parameters become text."""
    return Reason(code, tuple((name, str(value)) for name, value in params.items()))


def explain_error(error: MailauthError) -> Reason:
    """Make the reason of a check that could not be done."""
    return reason(
        "dns_failed", cause=error.code, detail=printable(error.detail, _SHOWN_DETAIL)
    )


def give_up(code: str, error: MailauthError, **fields: str) -> Finding:
    """Make the finding of a check that DNS did not let us do."""
    return Finding(code, "temperror", why=(explain_error(error),), **fields)


def decide(
    code: str, reasons: Iterable[tuple[Status, Reason]], **fields: str
) -> Finding:
    """Make a finding of the worst reason, that one first.

    :param reasons: at least one; of equally bad ones the order is kept.
    """
    ranked = sorted(reasons, key=lambda pair: -STATUSES.index(pair[0]))
    return Finding(code, ranked[0][0], why=tuple(r for _, r in ranked), **fields)
