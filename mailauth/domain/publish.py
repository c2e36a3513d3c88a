# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The records that a domain has to publish, made from what its audit found.

Values and codes only: whoever shows them makes the sentences.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ..dkim.record import read_public_key, record_name, record_value
from ..dmarc.record import DmarcRecord, parse_dmarc
from ..errors import PermError
from ..findings import Finding, Reason, reason
from ..spf.record import parse_record
from .check_dkim import name_key
from .facts import Facts, Server, SigningKey
from .own_keys import list_own_keys

State = Literal["done", "pending", "add", "replace", "ask", "unknown"]
Kind = Literal["spf", "dkim", "dmarc", "mx", "tls_rpt", "mta_sts"]

# Who keeps the mailboxes, by how the names of the mail exchanges end.
MAILBOX_HOSTS = (
    ("Google", (".google.com", ".googlemail.com")),
    ("Microsoft 365", (".mail.protection.outlook.com", ".mx.microsoft")),
)
# What may be said of how a record is published; a reason's code is one of these.
NOTES = (
    "publish_spf_merge",  # count: receivers accept only one of so many
    "publish_spf_edit",  # the record that is there, never a second one
    "publish_key_ours",  # signs as soon as it is seen
    "publish_key_unusable",  # its private half can't be read
    "publish_key_theirs",  # provider: signs once that is set up there
    "publish_key_unknown",  # provider: so, with selectors that nobody told us
    "publish_dmarc_none",  # changes nothing yet
    "publish_dmarc_unread",  # nobody gets the reports
    "publish_mx_unknown",  # whoever keeps the mailboxes knows them
    "publish_mx_mailboxes",  # host: mailboxes for replies must exist there
    "publish_sts",  # domain: needs a policy on a web server first
)
_RELAXED = ("pass", "info")
_SPF_CHECKS = ("spf_single", "spf_syntax", "spf_lookups")


@dataclass(frozen=True)
class RecordToPublish:
    """A DNS record of a domain, and what is to be done about it.

    :param kind: what it is for.
    :param state: "done"; "pending" (the zone's own servers have it, others not yet);
        "add"; "replace" (what is in ``current``); "ask" (what to publish has to be
        cleared up first); "unknown" (DNS did not answer).
    :param name: its name in full, "" where nobody told us.
    :param rdtype: its type, "" where nobody told us.
    :param values: what it should hold, one record each; () where that is not known.
    :param current: what DNS shows, one record each.
    :param why: the reasons of the findings, where something is to be cleared up.
    :param notes: what to know about publishing it: codes of :data:`NOTES`.
    :param optional: whether mails arrive without it just as well.
    :param selector: of a DKIM key.
    :param server: whose key it is by its name in the facts, "" for ours.
    :param provider: the provider of that server.
    """

    kind: Kind
    state: State
    name: str
    rdtype: str
    values: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    why: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    optional: bool = False
    selector: str = ""
    server: str = ""
    provider: str = ""


def list_records(
    domain: str,
    facts: Facts,
    findings: Iterable[Finding],
    pending: Collection[tuple[str, str]] = (),
) -> tuple[RecordToPublish, ...]:
    """Return all records of a domain, in the order in which they are shown.

    :param domain: in A-labels.
    :param facts: how its mails are sent. A key that was made after the audit is in it.
    :param findings: of the audit.
    :param pending: (code, subject) of the findings that the zone's own servers don't
        show any more.
    """
    audited = _Audited(domain, facts, tuple(findings), pending)
    return (
        *_list_spf(audited),
        *_list_our_keys(audited),
        *_list_their_keys(audited),
        _make_dmarc(audited),
        _make_mx(audited),
        *_list_tls_rpt(audited),
        _make_mta_sts(audited),
    )


@dataclass(frozen=True)
class _Audited:
    """A domain, and what is known of it."""

    domain: str
    facts: Facts
    findings: tuple[Finding, ...]
    pending: Collection[tuple[str, str]]

    def list_of(self, code: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.code == code]

    def first(self, code: str) -> Finding:
        """Return the finding of a check; one that says nothing where there is none."""
        return next(iter(self.list_of(code)), Finding(code, "info"))

    def find_key(self, subject: str) -> Finding | None:
        keys = self.list_of("dkim_key")
        return next((one for one in keys if one.subject == subject), None)

    def rate(self, finding: Finding, wanted: object) -> State:
        """Return what is to be done about the record of a finding.

        :param wanted: whether another one should be there.
        """
        if finding.status == "temperror":
            return "unknown"
        if not wanted:
            return "done"
        if self._is_pending(finding):
            return "pending"
        return "replace" if finding.found else "add"

    def _is_pending(self, finding: Finding) -> bool:
        """Tell whether the zone has the record, by any check that stands on it."""
        protocol = finding.code.partition("_")[0]
        return any(
            (other.code, other.subject) in self.pending
            for other in self.findings
            if other.code.startswith(protocol) and other.name == finding.name
        )


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines())


# --- SPF


def _list_spf(audited: _Audited) -> Iterator[RecordToPublish]:
    for finding in audited.list_of("spf_record"):
        if record := _make_spf(audited, finding):
            yield record


def _make_spf(audited: _Audited, finding: Finding) -> RecordToPublish | None:
    others = _list_spf_faults(audited, finding.name)
    wanted = finding.expected or ("" if others else soften_neutral(finding.found))
    state = audited.rate(finding, wanted)
    if state == "done" and (others or finding.status not in _RELAXED):
        state = "ask"
    if state == "done" and not finding.found:
        return None  # no server needs one
    current = _split(finding.found)
    unclear = state in ("ask", "unknown")
    return RecordToPublish(
        "spf",
        state,
        finding.name,
        "TXT",
        values=(wanted,) if wanted else current[:1] if state == "done" else (),
        current=current,
        why=_collect_why([finding, *others]) if unclear else (),
        notes=_note_spf(len(current)) if state == "replace" else (),
    )


def _list_spf_faults(audited: _Audited, name: str) -> list[Finding]:
    """Return what other checks of the same SPF record found to be wrong."""
    return [
        finding
        for finding in audited.findings
        if finding.code in _SPF_CHECKS
        and finding.name == name
        and finding.status not in _RELAXED
    ]


def soften_neutral(text: str) -> str:
    """Return an SPF record that ends in ?all with ~all instead, "" for any other.

    :param text: what DNS shows, one record a line.
    """
    if "\n" in text:
        return ""
    try:
        record = parse_record(text)
    except PermError:
        return ""
    end = record.all_term
    if end is None or end is not record.terms[-1] or end.qualifier != "?":
        return ""
    return f"{text[: end.position]}~all"


def _collect_why(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    return tuple(why for finding in findings for why in finding.why)


def _note_spf(count: int) -> tuple[Reason, ...]:
    if count > 1:
        return (reason("publish_spf_merge", count=count),)
    return (reason("publish_spf_edit"),)


# --- DKIM


def _list_our_keys(audited: _Audited) -> Iterator[RecordToPublish]:
    facts = audited.facts
    needed = not all(server.signs for server in facts.servers)
    for key in list_own_keys(audited.domain, facts):
        if needed or key.published:
            yield _make_our_key(audited, key)


def _make_our_key(audited: _Audited, key: SigningKey) -> RecordToPublish:
    domain = key.domain or audited.domain
    finding = audited.find_key(name_key(key.selector, domain, audited.domain))
    state, note = _rate_our_key(audited, finding), "publish_key_ours"
    if not key.usable:
        state, note = "ask", "publish_key_unusable"
    value = key.cname_target or _get_value(key)
    return RecordToPublish(
        "dkim",
        state,
        record_name(key.selector, domain),
        "CNAME" if key.cname_target else "TXT",
        values=(value,) if value else (),
        current=_split(finding.found) if finding else (),
        notes=(reason(note),),
        selector=key.selector,
    )


def _rate_our_key(audited: _Audited, finding: Finding | None) -> State:
    if finding is None:
        return "add"  # the key was made after the audit
    return audited.rate(finding, finding.expected)


def _get_value(key: SigningKey) -> str:
    try:
        return record_value(read_public_key(key.public_key, key.algorithm))
    except PermError:
        return ""


def _list_their_keys(audited: _Audited) -> Iterable[RecordToPublish]:
    """Return the keys of the servers that sign by themselves, each selector once."""
    records: dict[str, RecordToPublish] = {}
    for server in audited.facts.servers:
        if not server.signs:
            continue
        for selector in server.selectors:
            if selector not in records:
                records[selector] = _make_their_key(audited, server, selector)
        if not server.selectors:
            records.setdefault(server.name, _make_unknown_key(server))
    return records.values()


def _make_their_key(
    audited: _Audited, server: Server, selector: str
) -> RecordToPublish:
    finding = audited.find_key(selector.lower())
    target = dict(server.cname_targets).get(selector, "")
    state: State = "add"
    if finding:
        state = audited.rate(finding, finding.status not in _RELAXED)
    if not target and state in ("add", "replace"):
        state = "ask"
    return RecordToPublish(
        "dkim",
        state,
        record_name(selector, audited.domain),
        "CNAME" if target else "TXT",
        values=(target,) if target else (),
        current=_split(finding.found) if finding else (),
        notes=(reason("publish_key_theirs"),) if state != "done" else (),
        selector=selector,
        server=server.name,
        provider=server.provider,
    )


def _make_unknown_key(server: Server) -> RecordToPublish:
    return RecordToPublish(
        "dkim",
        "ask",
        "",
        "",
        notes=(reason("publish_key_unknown"),),
        server=server.name,
        provider=server.provider,
    )


# --- DMARC


def _make_dmarc(audited: _Audited) -> RecordToPublish:
    finding = audited.first("dmarc_record")
    state = audited.rate(finding, finding.expected)
    value = finding.expected or finding.found
    return RecordToPublish(
        "dmarc",
        state,
        finding.name or f"_dmarc.{audited.domain}",
        "TXT",
        values=_split(value),
        current=_split(finding.found),
        notes=_note_dmarc(_read_dmarc(value), state),
    )


def _read_dmarc(text: str) -> DmarcRecord | None:
    try:
        return parse_dmarc(text.encode())
    except PermError:
        return None


def _note_dmarc(record: DmarcRecord | None, state: State) -> tuple[Reason, ...]:
    if record is None or record.p != "none":
        return ()
    notes = (reason("publish_dmarc_none"),)
    if record.rua or state == "done":
        return notes
    return (*notes, reason("publish_dmarc_unread"))


# --- Where replies and bounces arrive


def _make_mx(audited: _Audited) -> RecordToPublish:
    finding = audited.first("mx")
    missing = finding.status in ("fail", "warning")
    found = _split(finding.found)
    proposed = _propose_mx(audited.facts) if missing and not found else ()
    state = audited.rate(finding, missing)
    if state in ("add", "replace") and not proposed:
        state = "ask"
    notes = [reason("publish_mx_unknown")] if missing else []
    if host := find_mailbox_host(list_exchanges(finding.found)):
        notes.append(reason("publish_mx_mailboxes", host=host))
    return RecordToPublish(
        "mx",
        state,
        audited.domain,
        "MX",
        values=proposed or found,
        current=found,
        why=finding.why if missing else (),
        notes=tuple(notes),
    )


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


def _list_tls_rpt(audited: _Audited) -> Iterator[RecordToPublish]:
    finding = audited.first("tls_rpt")
    if finding.expected or finding.found:
        yield RecordToPublish(
            "tls_rpt",
            audited.rate(finding, finding.expected),
            finding.name,
            "TXT",
            values=_split(finding.expected or finding.found),
            current=_split(finding.found),
            optional=True,
        )


def _make_mta_sts(audited: _Audited) -> RecordToPublish:
    finding = audited.first("mta_sts")
    good = finding.status == "pass"
    state: State = "done" if good else "ask"
    return RecordToPublish(
        "mta_sts",
        "unknown" if finding.status == "temperror" else state,
        f"_mta-sts.{audited.domain}",
        "TXT",
        values=_split(finding.found),
        current=_split(finding.found),
        why=() if good else finding.why,
        notes=() if good else (reason("publish_sts", domain=audited.domain),),
        optional=True,
    )
