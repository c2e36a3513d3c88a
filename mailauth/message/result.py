# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is known of a message once it has been judged: values, no sentences."""

from dataclasses import dataclass
from typing import Literal

from ..dkim.verify import DkimSignatureResult
from ..dmarc.alignment import AlignmentResult
from ..findings import Finding
from ..spf.check_host import SpfResult

Grade = Literal["A", "B", "C", "D", "F"]
# RFC 8601's words, and "unknown": it can't be told from this message.
Word = Literal[
    "pass",
    "fail",
    "softfail",
    "neutral",
    "none",
    "temperror",
    "permerror",
    "policy",
    "unknown",
]


@dataclass(frozen=True)
class Hop:
    """One Received field (RFC 5321 section 4.4); all of it is what its writer says.

    :param from_host: the name in HELO, a claim of the client.
    :param from_name: the client's name by reverse DNS as the writer found it, "" where
        it says none.
    :param from_ip: the client's address from the TCP part, "" where it says none; never
        from a literal in HELO.
    :param by: the host that wrote the field.
    :param protocol: "ESMTPS" and so on, in capitals; "" where it says none.
    :param tls: whether the session was encrypted, None where that can't be told.
    :param time: seconds since 1970, None where the date can't be read.
    :param delay: seconds since the hop before (the older one), None where unknown;
        below zero where the clocks differ.
    :param raw: the field, printable ASCII, at most 1000 characters.
    """

    from_host: str = ""
    from_name: str = ""
    from_ip: str = ""
    by: str = ""
    protocol: str = ""
    tls: bool | None = None
    time: int | None = None
    delay: int | None = None
    raw: str = ""


@dataclass(frozen=True)
class ReportedResult:
    """What a host says in Authentication-Results (RFC 8601) of one method.

    :param host: the authserv-id, "" where it says none.
    :param method: "spf", "dkim", "dmarc", "arc" and so on.
    :param result: its word, in lower case.
    :param domain: the domain that it is about, of "iprev" the address; "" where it says
        none.
    :param trusted: whether a host of the receiver wrote it.
    :param kind: the field: "authentication-results", "arc-authentication-results" or
        "received-spf".
    """

    host: str
    method: str
    result: str
    domain: str = ""
    trusted: bool = False
    kind: str = "authentication-results"


@dataclass(frozen=True)
class Authentication:
    """The answer of SPF for one identity.

    :param result: RFC 7208's word, or "unknown".
    :param problem: the code of the reason, "" for none.
    :param domain: what was asked about.
    :param evidence: the whole evaluation, None where there was none.
    """

    result: Word
    problem: str = ""
    domain: str = ""
    evidence: SpfResult | None = None


@dataclass(frozen=True)
class Pointer:
    """What the address that handed the message in is called in DNS.

    :param result: "pass" (a name of it leads back to it), "fail", "temperror", or
        "unknown" where no receiver can ask.
    :param problem: "ptr_absent", "ptr_unconfirmed" (no name leads back), "ptr_private",
        the code of an error of DNS, or "".
    :param names: of the address, printable, at most five.
    :param confirmed: the first of them that leads back, "" for none.
    """

    result: Literal["pass", "fail", "temperror", "unknown"] = "unknown"
    problem: str = ""
    names: tuple[str, ...] = ()
    confirmed: str = ""


@dataclass(frozen=True)
class DmarcVerdict:
    """What DMARC makes of the message (RFC 9989 section 5.3.5).

    :param result: "pass", "fail", "none", "temperror", "permerror" or "unknown".
    :param policy: the policy that would apply: "none", "quarantine", "reject", or ""
        where there is none.
    :param aligned_spf: whether what SPF authenticated counts for From.
    :param aligned_dkim: whether a signature does.
    :param domain: the domain in From, in A-labels.
    :param problem: the code of the reason, "" for none.
    :param evidence: the discovery and each alignment, None where there was none.
    """

    result: Word
    policy: str = ""
    aligned_spf: bool = False
    aligned_dkim: bool = False
    domain: str = ""
    problem: str = ""
    evidence: AlignmentResult | None = None


@dataclass(frozen=True)
class MessageFinding(Finding):
    """Something about the message that is not as it should be.

    ``status`` is "fail" (a receiver demands it, or authentication fails), "warning"
    (it may do harm), "temperror", or "info" (advice that no receiver demands).

    :param cause: the code of the finding that this one follows from, "" for none.
    :param weakens: the best grade that a message with it can have: "A" where it costs
        nothing, "B", "C", "D" or "F".
    :param receivers: who demands it ("Gmail", "Microsoft"...), () for the RFCs.
    :param source: where they say so: the title of a document or page, "" for none.
    :param as_of: the day when that was read, ISO 8601, "" for none.
    """

    cause: str = ""
    weakens: Grade = "A"
    receivers: tuple[str, ...] = ()
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class MessageResult:
    """A message as a receiver sees it.

    :param spf: of MAIL FROM.
    :param helo: SPF of the name in HELO.
    :param dkim: one for each signature, the first ten.
    :param arc: the ARC sets that are there: instance and what each says, not verified.
    :param dmarc: with the policy that would apply.
    :param hops: newest first.
    :param client_ip: the address that handed the message in from outside, "" where
        that can't be told.
    :param findings: worst first, each behind its cause; only what is not as it should
        be, and advice.
    :param grade: the worst letter that applies, None where nothing can be said.
    :param helo_name: the name in HELO that was judged.
    :param mail_from: the envelope sender that was judged, "" for the null sender, None
        where it is not known.
    :param receiver: the host that took the message from outside.
    :param arrived: when, in seconds since 1970; None where that can't be told.
    :param from_domain: the domain in From, "" where there is not exactly one.
    :param reported: what receivers on the way say of it.
    :param proves_nothing: why the message proves nothing: "no_outside_hop",
        "private_only", "same_account", or "".
    :param pointer: what the address that handed it in is called.
    :param tls: whether the session of the hand-over was encrypted, None where unknown.
    """

    spf: Authentication
    helo: Authentication
    dkim: tuple[DkimSignatureResult, ...]
    arc: tuple[str, ...]
    dmarc: DmarcVerdict
    hops: tuple[Hop, ...]
    client_ip: str
    findings: tuple[MessageFinding, ...]
    grade: Grade | None = None
    helo_name: str = ""
    mail_from: str | None = None
    receiver: str = ""
    arrived: int | None = None
    from_domain: str = ""
    reported: tuple[ReportedResult, ...] = ()
    proves_nothing: str = ""
    pointer: Pointer = Pointer()
    tls: bool | None = None
