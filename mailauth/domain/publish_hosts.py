# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The records of its hosts that a domain has to publish, and what is optional."""

from collections.abc import Iterable, Iterator

from ..findings import reason
from .facts import Facts
from .publish_record import Audited, RecordToPublish, State, split_lines, take_over

# Who keeps the mailboxes, by how the names of the mail exchanges end.
MAILBOX_HOSTS = (
    ("Google", (".google.com", ".googlemail.com")),
    ("Microsoft 365", (".mail.protection.outlook.com", ".mx.microsoft")),
)


# --- Where replies and bounces arrive


def make_mx(audited: Audited) -> RecordToPublish:
    finding = audited.first("mx")
    missing = finding.status in ("fail", "warning")
    found = split_lines(finding.found)
    proposed = split_lines(finding.expected)
    if missing and not found and not proposed:
        proposed = _propose_mx(audited.facts)
    state = audited.rate(finding, missing)
    if state in ("add", "replace") and not proposed:
        state = "ask"
    unknown = missing and not finding.expected
    notes = [reason("publish_mx_unknown")] if unknown else []
    if host := find_mailbox_host(list_exchanges(finding.found)):
        notes.append(reason("publish_mx_mailboxes", host=host))
    record = RecordToPublish(
        "mx",
        state,
        audited.domain,
        "MX",
        values=proposed or found,
        current=found,
        why=finding.why if unknown else (),
        notes=tuple(notes),
    )
    return take_over(record, finding)


def _propose_mx(facts: Facts) -> tuple[str, ...]:
    """Return the MX records of the first provider that also takes mail."""
    return next((s.mx_records for s in facts.servers if s.mx_records), ())


def list_exchanges(found: str) -> tuple[str, ...]:
    """Return the host names of MX records.

    :param found: as the finding of ``mx`` shows them, one a line.
    """
    lines = (line.split() for line in found.splitlines())
    return tuple(words[-1].lower().rstrip(".") for words in lines if words)


def find_mailbox_host(exchanges: Iterable[str]) -> str:
    """Return who keeps the mailboxes, "" where that is nobody whom we know."""
    names = [f".{exchange}" for exchange in exchanges]
    hosts = (
        host
        for host, endings in MAILBOX_HOSTS
        if any(name.endswith(endings) for name in names)
    )
    return next(hosts, "")


# --- What is optional


def list_tls_rpt(audited: Audited) -> Iterator[RecordToPublish]:
    finding = audited.first("tls_rpt")
    if finding.expected or finding.found:
        record = RecordToPublish(
            "tls_rpt",
            audited.rate(finding, finding.expected),
            finding.name,
            finding.rdtype,
            values=split_lines(finding.expected or finding.found),
            current=split_lines(finding.found),
            optional=True,
        )
        yield take_over(record, finding)


def make_mta_sts(audited: Audited) -> RecordToPublish:
    finding = audited.first("mta_sts")
    good = finding.status == "pass"
    state: State = "done" if good else "ask"
    return RecordToPublish(
        "mta_sts",
        "unknown" if finding.status == "temperror" else state,
        f"_mta-sts.{audited.domain}",
        "TXT",
        values=split_lines(finding.found),
        current=split_lines(finding.found),
        why=() if good else finding.why,
        notes=() if good else (reason("publish_sts", domain=audited.domain),),
        optional=True,
    )
