# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DKIM keys that a domain has to publish: ours, and those of its providers."""

from collections.abc import Iterable, Iterator

from ..dkim.record import read_public_key, record_name, record_value
from ..errors import PermError
from ..findings import Finding, reason
from .check_dkim import name_key
from .facts import Server, SigningKey
from .own_keys import list_own_keys
from .publish_record import (
    RELAXED,
    Audited,
    RecordToPublish,
    State,
    split_lines,
    take_over,
)


def list_our_keys(audited: Audited) -> Iterator[RecordToPublish]:
    facts = audited.facts
    needed = not all(server.signs for server in facts.servers)
    for key in list_own_keys(audited.domain, facts):
        if needed or key.published:
            yield _make_our_key(audited, key)


def _make_our_key(audited: Audited, key: SigningKey) -> RecordToPublish:
    domain = key.domain or audited.domain
    finding = audited.find_key(name_key(key.selector, domain, audited.domain))
    state, note = _rate_our_key(audited, finding), "publish_key_ours"
    if not key.usable:
        state, note = "ask", "publish_key_unusable"
    value = key.cname_target or _get_value(key)
    record = RecordToPublish(
        "dkim",
        state,
        record_name(key.selector, domain),
        "CNAME" if key.cname_target else "TXT",
        values=(value,) if value else (),
        current=split_lines(finding.found) if finding else (),
        notes=(reason(note),),
        selector=key.selector,
    )
    return take_over(record, finding) if finding else record


def _rate_our_key(audited: Audited, finding: Finding | None) -> State:
    if finding is None:
        return "add"  # the key was made after the audit
    return audited.rate(finding, finding.expected)


def _get_value(key: SigningKey) -> str:
    try:
        return record_value(read_public_key(key.public_key, key.algorithm))
    except PermError:
        return ""


def list_their_keys(audited: Audited) -> Iterable[RecordToPublish]:
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


def _make_their_key(audited: Audited, server: Server, selector: str) -> RecordToPublish:
    finding = audited.find_key(selector.lower())
    target = dict(server.cname_targets).get(selector, "")
    state: State = "add"
    if finding:
        state = audited.rate(finding, finding.status not in RELAXED)
    if not target and state in ("add", "replace"):
        state = "ask"
    record = RecordToPublish(
        "dkim",
        state,
        record_name(selector, audited.domain),
        "CNAME" if target else "TXT",
        values=(target,) if target else (),
        current=split_lines(finding.found) if finding else (),
        notes=(reason("publish_key_theirs"),) if state != "done" else (),
        selector=selector,
        server=server.name,
        provider=server.provider,
    )
    return take_over(record, finding) if finding else record


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
