# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DKIM keys that a domain has to publish: ours, and those of its providers."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..dkim.record import read_public_key, record_name, record_value
from ..errors import PermError
from ..findings import Finding, Reason, reason
from .facts import Server, SigningKey
from .keys import find_missing, list_their_selectors, name_key, signs_with_ours
from .own_keys import list_own_keys
from .publish_record import (
    RELAXED,
    Audited,
    RecordToPublish,
    State,
    split_lines,
    take_over,
)

_DNS_SILENT = "dns_failed"


def list_our_keys(audited: Audited) -> Iterator[RecordToPublish]:
    """Return the records of the keys that sign, or have to be published to do so."""
    facts = audited.facts
    needed = not all(server.signs for server in facts.servers)
    keys = list_own_keys(audited.domain, facts)
    next_ones = _pick_drafts(keys) if needed else ()
    for key in keys:
        used = key.published and signs_with_ours(facts.servers, key.selector)
        shown = (key.published or needed) and _is_shown(audited, key)
        if used or shown or key in next_ones:
            yield _make_our_key(audited, key)


def _is_shown(audited: Audited, key: SigningKey) -> bool:
    domain = key.domain or audited.domain
    finding = audited.find_key(name_key(key.selector, domain, audited.domain))
    return bool(finding) and _is_good(finding)


def _pick_drafts(keys: tuple[SigningKey, ...]) -> tuple[SigningKey, ...]:
    """Return the drafts that are the next to be published, one of each algorithm.

    Where a key signs already, a draft is nobody's business but its own form's.
    """
    if any(key.usable and (key.active or key.published) for key in keys):
        return ()
    drafts = [key for key in keys if not key.published and key.usable]
    return tuple({key.algorithm: key for key in reversed(drafts)}.values())


def _make_our_key(audited: Audited, key: SigningKey) -> RecordToPublish:
    domain = key.domain or audited.domain
    finding = audited.find_key(name_key(key.selector, domain, audited.domain))
    notes = [reason("publish_key_ours" if key.usable else "publish_key_unusable")]
    value = key.cname_target or _get_value(key)
    record = RecordToPublish(
        "dkim",
        _rate_our_key(audited, finding) if key.usable else "ask",
        record_name(key.selector, domain),
        "CNAME" if key.cname_target else "TXT",
        values=(value,) if value else (),
        current=split_lines(finding.found) if finding else (),
        notes=tuple(notes),
        selector=key.selector,
    )
    if finding is None:
        return record
    return take_over(_mind_cname(record, key, finding), finding)


def _mind_cname(
    record: RecordToPublish, key: SigningKey, finding: Finding
) -> RecordToPublish:
    """Say what becomes of a CNAME: nothing may stand beside it (RFC 1034 3.6.2)."""
    there = _find_alias(finding)
    if not there or record.state in ("done", "unknown"):
        return record
    if there != key.cname_target:
        old = reason("publish_key_replace_cname", target=there)
        return replace(record, notes=(*record.notes, old))
    # The CNAME is right, and the key behind it is not: that is another zone's.
    why = reason("publish_key_behind_cname", target=there, value=_get_value(key))
    return replace(record, state="ask", why=finding.why, notes=(why,))


def _find_alias(finding: Finding) -> str:
    """Return where the name of a record leads, "" where it is no CNAME."""
    words = finding.found.partition("\n")[0].split()
    return words[1].rstrip(".") if len(words) == 2 and words[0] == "CNAME" else ""


def _rate_our_key(audited: Audited, finding: Finding | None) -> State:
    if finding is None:
        return "add"  # the key was made after the audit
    if any(why.code == _DNS_SILENT for why in finding.why):
        return "unknown"
    return audited.rate(finding, finding.status != "pass" and not _is_good(finding))


def _is_good(finding: Finding) -> bool:
    return any(why.code == "key_ok" for why in finding.why)


def _get_value(key: SigningKey) -> str:
    try:
        return record_value(read_public_key(key.public_key, key.algorithm))
    except PermError:
        return ""


def list_their_keys(audited: Audited) -> Iterable[RecordToPublish]:
    """Return the keys of the servers that sign by themselves, each selector once."""
    servers = audited.facts.servers
    for (selector, domain), signers in list_their_selectors(
        audited.domain, servers
    ).items():
        yield _make_their_key(audited, selector, domain, signers)
    for server in servers:
        if missing := find_missing(server):
            yield _make_unknown_key(server, missing)


def _make_their_key(
    audited: Audited, selector: str, domain: str, servers: tuple[Server, ...]
) -> RecordToPublish:
    finding = audited.find_key(name_key(selector, domain, audited.domain))
    target = _find_target(selector, servers)
    by_cname = bool(target) or any(server.wants_cnames for server in servers)
    state = _rate_their_key(audited, finding, target)
    value = finding.expected or target if finding else target
    record = RecordToPublish(
        "dkim",
        state,
        record_name(selector, domain),
        (finding and finding.rdtype) or ("CNAME" if by_cname else "TXT"),
        values=(value,) if value and state != "done" else (),
        current=split_lines(finding.found) if finding else (),
        notes=_note_their_key(state, finding, by_cname),
        selector=selector,
        server=servers[0].name,
        provider=servers[0].provider,
    )
    if finding is None:
        return record
    why = finding.why if state in ("ask", "replace") and finding.found else ()
    return take_over(replace(record, why=_drop_about(why)), finding)


def _find_target(selector: str, servers: tuple[Server, ...]) -> str:
    pairs = (pair for server in servers for pair in server.cname_targets)
    return next((host for name, host in pairs if name.lower() == selector), "")


def _rate_their_key(audited: Audited, finding: Finding | None, target: str) -> State:
    if finding is None:
        return "add" if target else "ask"
    wanted = finding.expected or finding.status not in RELAXED
    state = audited.rate(finding, wanted)
    return "ask" if state in ("add", "replace") and not finding.expected else state


def _drop_about(why: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(one for one in why if not one.code.startswith("mended_"))


def _note_their_key(
    state: State, finding: Finding | None, by_cname: bool
) -> tuple[Reason, ...]:
    unseen = finding and any(why.code == "key_unseen" for why in finding.why)
    if unseen or state == "done":  # there is nothing left to publish
        return (reason("publish_key_switch"),) if unseen else ()
    if finding and _is_good(finding):
        return ()
    if by_cname and state == "ask":
        return (reason("publish_key_cname"),)
    return (reason("publish_key_theirs"),)


def _make_unknown_key(server: Server, missing: str) -> RecordToPublish:
    codes = {"unknown_domain": "publish_key_domain"}
    return RecordToPublish(
        "dkim",
        "ask",
        "",
        "",
        notes=(reason(codes.get(missing, "publish_key_unknown")),),
        server=server.name,
        provider=server.provider,
    )
