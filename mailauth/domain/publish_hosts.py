# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The records of its hosts that a domain has to publish, and what is optional."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..findings import Finding, Reason, reason
from ..mta_sts import POLICY_PATH, make_policy_id, make_sts_policy
from .facts import Facts
from .publish_record import Audited, RecordToPublish, split_lines, take_over

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


# --- The names of our own hosts


def list_ptr(audited: Audited) -> Iterator[RecordToPublish]:
    """Return the names of our own addresses, and the records that lead back."""
    for finding in audited.list_of("ptr"):
        if finding.found or finding.status in ("fail", "temperror"):
            yield from _list_names(audited, finding)


def _list_names(audited: Audited, finding: Finding) -> Iterator[RecordToPublish]:
    host, address = finding.expected, finding.subject
    found = split_lines(finding.found)
    state = audited.rate(finding, finding.status == "fail")
    if host not in found:
        # Not in our zone: nobody can add it there.
        todo = state in ("add", "replace")
        note = reason("publish_ptr", address=address, host=host)
        yield RecordToPublish(
            "ptr",
            "ask" if todo else state,
            finding.name,
            "PTR",
            values=(host,) if host else found,
            current=found,
            why=finding.why[:1] if todo else (),
            notes=(note,) if todo and host else (),
            subject=address,
        )
    for why in finding.why:
        if why.code == "ptr_needs_address" and state != "done":
            yield RecordToPublish(
                "ptr",
                "add",
                host,
                why.get("type"),
                values=(address,),
                notes=(reason("publish_ptr_host", address=address),),
                subject=address,
            )


# --- What is optional


def list_tls_rpt(audited: Audited) -> Iterator[RecordToPublish]:
    """Return the record for reports about TLS, where there is one or an address."""
    finding = audited.first("tls_rpt")
    if not finding.expected and (not finding.found or finding.status == "info"):
        return  # whoever does without it needs none
    state = audited.rate(finding, finding.expected)
    unclear = state == "done" and finding.status != "pass"
    record = RecordToPublish(
        "tls_rpt",
        "ask" if unclear else state,
        finding.name,
        finding.rdtype,
        values=() if unclear else split_lines(finding.expected or finding.found),
        current=split_lines(finding.found),
        why=finding.why if unclear else (),
        optional=True,
    )
    yield take_over(record, finding)


def list_mta_sts(audited: Audited) -> Iterator[RecordToPublish]:
    """Return the record of MTA-STS with the policy that it needs, as far as known."""
    finding = audited.first("mta_sts")
    if not finding.found:
        yield from _propose_sts(audited, finding)
        return
    record = RecordToPublish(
        "mta_sts",
        "done",
        finding.name,
        finding.rdtype,
        values=split_lines(finding.found),
        current=split_lines(finding.found),
        optional=True,
    )
    if finding.status in ("pass", "info"):
        if not finding.found.startswith("CNAME "):
            yield record
        return
    if finding.status == "temperror":
        yield replace(record, state="unknown")
        return
    yield _mend_sts(audited, finding, record)


def _mend_sts(
    audited: Audited, finding: Finding, record: RecordToPublish
) -> RecordToPublish:
    """Return what to publish where the record or its policy is not right."""
    policy = _make_policy(audited)
    value = finding.expected
    if policy and not value and finding.rdtype == "TXT":
        value = f"v=STSv1; id={make_policy_id(policy)}"
    if not value:
        return replace(record, state="ask", values=(), why=finding.why)
    return replace(
        record,
        state=audited.rate(finding, value),
        values=(value,),
        notes=_note_policy(audited, policy),
        **_place_policy(audited, policy),
    )


def _propose_sts(audited: Audited, finding: Finding) -> Iterator[RecordToPublish]:
    policy = _make_policy(audited)
    if not policy or not finding.name or finding.status == "temperror":
        return
    yield RecordToPublish(
        "mta_sts",
        audited.rate(finding, policy),
        finding.name,
        "TXT",
        values=(f"v=STSv1; id={make_policy_id(policy)}",),
        notes=_note_policy(audited, policy),
        optional=True,
        **_place_policy(audited, policy),
    )


def _make_policy(audited: Audited) -> str:
    """Return the policy for the exchanges that were found, "" without any."""
    mx = audited.first("mx")
    exchanges = list_exchanges(mx.found) if mx.status in ("pass", "info") else ()
    return make_sts_policy(exchanges)


def _place_policy(audited: Audited, policy: str) -> dict[str, str]:
    if not policy:
        return {}
    url = f"https://mta-sts.{audited.domain}{POLICY_PATH}"
    return {"file_url": url, "file_text": policy}


def _note_policy(audited: Audited, policy: str) -> tuple[Reason, ...]:
    return (reason("publish_sts", domain=audited.domain),) if policy else ()
