# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DMARC record that a domain has to publish."""

from ..dmarc.record import DmarcRecord, parse_dmarc
from ..errors import PermError
from ..findings import Reason, reason
from .publish_record import Audited, RecordToPublish, State, split_lines, take_over


def make_dmarc(audited: Audited) -> RecordToPublish:
    finding = audited.first("dmarc_record")
    state = audited.rate(finding, finding.expected)
    value = finding.expected or finding.found
    record = RecordToPublish(
        "dmarc",
        state,
        finding.name or f"_dmarc.{audited.domain}",
        finding.rdtype or "TXT",
        values=split_lines(value),
        current=split_lines(finding.found),
        notes=_note_dmarc(_read_dmarc(value), state),
    )
    return take_over(record, finding)


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
