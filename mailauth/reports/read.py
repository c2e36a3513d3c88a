# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A report as reporters write it, made of what its document says."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..errors import PermError
from .document import Node, read_document
from .result import (
    NOTES,
    Auth,
    DmarcReport,
    Policy,
    Record,
    Refused,
    Reports,
)
from .unpack import MAX_DOCUMENTS, Document, Room, list_documents

MAX_RECORDS = 200_000
# What only a report of RFC 9990 has.
_MARKS = (b"urn:ietf:params:xml:ns:dmarc-2.0", b"<discovery_method>", b"<testing>")
_MAX_COUNT = 2**63 - 1
_DAY = 24 * 60 * 60
_DKIM = ("none", "pass", "fail", "policy", "neutral", "temperror", "permerror")
_SPF = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")
_SPF += ("policy",)
# RFC 7489 appendix C names the first two; the others are seen.
_WORDS = {
    "unknown": "temperror",
    "error": "permerror",
    "hardfail": "fail",
    "hard_fail": "fail",
    "soft_fail": "softfail",
    "permfail": "permerror",
    "invalid": "permerror",
}
_DISPOSITIONS = ("none", "pass", "quarantine", "reject")


def read_report(data: bytes, name: str = "", content_type: str = "") -> Reports:
    """Read all reports in a file: XML, gzip, zip, or a mail with one of these.

    :param data: the file; at most 25 MB.
    :param name: its name, for who is told of it.
    :param content_type: what it claims to be; it is looked at instead.
    :return: what was read, and what was not; never raises.
    """
    return merge_reports(_read_each(data, name))


def merge_reports(found: Iterable[Reports]) -> Reports:
    """Return what is in several files, each report once."""
    reports: dict[tuple, DmarcReport] = {}
    refused: list[Refused] = []
    for one in found:
        refused.extend(one.refused)
        for report in one.reports:
            if report.key in reports:
                refused.append(Refused(report.name, "duplicate"))
            reports.setdefault(report.key, report)
    return Reports(tuple(reports.values()), tuple(refused))


def _read_each(data: bytes, name: str) -> Iterator[Reports]:
    room, left = Room(), MAX_RECORDS
    try:
        for number, document in enumerate(list_documents(data, name)):
            if number == MAX_DOCUMENTS:
                raise PermError("too_many_members")
            try:
                report = _read_one(document, room.measure(document), left)
                left -= len(report.records)
                yield Reports(reports=(report,))
            except PermError as error:
                yield Reports(refused=(Refused(document.name, error.code),))
    except PermError as error:
        yield Reports(refused=(Refused(name, error.code),))


@dataclass
class _Making:
    """A report while its document is read.

    :param most: how many records it may have.
    """

    is_new: bool
    most: int
    records: list[Record] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    # Most texts are in many records: each is kept once.
    texts: dict[str, str] = field(default_factory=dict)
    auths: dict[Auth, Auth] = field(default_factory=dict)

    def take(self, node: Node) -> None:
        if not node:
            self.records.clear()
            self.noted.clear()
            return
        if len(self.records) >= self.most:
            raise PermError("too_many_records")
        self.records.append(self._make_record(node))

    def get(self, node: Node, name: str, required: bool = True) -> str:
        """Return the first text of a name.

        :param required: whether it is noted where it is missing; what is there and
            empty always is.
        """
        for value in node.get(name, ()):
            if isinstance(value, str) and value:
                return self.texts.setdefault(value, value)
        if required or name in node:
            self.noted.add("field_missing")
        return ""

    def get_node(self, node: Node, *names: str) -> Node:
        """Return the first element of one of these names."""
        for name in names:
            for value in node.get(name, ()):
                if isinstance(value, dict):
                    if name != names[0]:
                        self.noted.add("markup_repaired")
                    return value
        self.noted.add("field_missing")
        return {}

    def get_domain(self, node: Node, name: str, required: bool = True) -> str:
        domain = self.get(node, name, required)
        if domain != domain.lower():
            self.noted.add("upper_case")
        if domain.endswith("."):
            self.noted.add("value_mended")
        folded = domain.rstrip(".").lower()
        return self.texts.setdefault(folded, folded)

    def get_word(
        self, node: Node, name: str, words: tuple[str, ...], required: bool = True
    ) -> str:
        """Return a word of a list, whatever its spelling."""
        value = self.get(node, name, required)
        word = value.lower()
        word = word if word in words else _WORDS.get(word, "")
        if word != value:
            self.noted.add("value_mended")
        return word if word in words else ""

    def _make_record(self, node: Node) -> Record:
        row = self.get_node(node, "row")
        evaluated = self.get_node(row, "policy_evaluated")
        names = self.get_node(node, "identifiers", "identities")
        reasons = (one for one in evaluated.get("reason", ()) if isinstance(one, dict))
        is_asked = not self.is_new
        return Record(
            source_ip=self._read_address(row),
            count=self._read_count(row),
            disposition=self.get_word(evaluated, "disposition", _DISPOSITIONS),
            dkim=self.get_word(evaluated, "dkim", ("pass", "fail")),
            spf=self.get_word(evaluated, "spf", ("pass", "fail")),
            header_from=self.get_domain(names, "header_from"),
            envelope_from=self.get_domain(names, "envelope_from", is_asked),
            envelope_to=self.get_domain(names, "envelope_to", False),
            auth=tuple(self._list_auth(node)),
            reasons=tuple(self.get(one, "type", False) for one in reasons)[:20],
        )

    def _read_address(self, row: Node) -> str:
        texts = (one for one in row.get("source_ip", ()) if isinstance(one, str))
        try:
            address = ipaddress.ip_address(next(texts, "").strip("[]"))
        except ValueError:
            self.noted.add("source_missing")
            return ""
        if isinstance(address, ipaddress.IPv6Address):
            # What stands behind "%" is a name within the reporter's own host.
            address = ipaddress.IPv6Address(int(address))
            if address.ipv4_mapped:
                self.noted.add("address_mapped")
                return str(address.ipv4_mapped)
        return str(address)

    def _read_count(self, row: Node) -> int:
        text = self.get(row, "count")
        if not text.isascii() or not text.isdigit():
            if text:
                self.noted.add("value_mended")
            return 0
        count = min(int(text[:30]), _MAX_COUNT)
        if count >= 2**31:
            self.noted.add("count_huge")
        return count

    def _list_auth(self, node: Node) -> Iterable[Auth]:
        results = self.get_node(node, "auth_results")
        for kind, words in (("dkim", _DKIM), ("spf", _SPF)):
            for one in results.get(kind, ()):
                if isinstance(one, dict):
                    is_dkim = kind == "dkim"
                    auth = Auth(
                        kind,
                        self.get_domain(one, "domain"),
                        self.get(one, "selector") if is_dkim else "",
                        self.get_word(one, "result", words),
                    )
                    yield self.auths.setdefault(auth, auth)


def _read_one(document: Document, head: bytes, most: int) -> DmarcReport:
    plain = head.replace(b"\0", b"")  # of UTF-16
    making = _Making(any(mark in plain for mark in _MARKS), most)
    root, notes = read_document(document, making.take)
    metadata = making.get_node(root, "report_metadata")
    published = making.get_node(root, "policy_published")
    if not metadata or not published:
        raise PermError("no_report")
    if len(root["policy_published"]) > 1:
        making.noted.add("duplicate_policy")
    email = making.get(metadata, "email")
    begin, end = _read_times(making, metadata)
    report = DmarcReport(
        format="rfc9990" if making.is_new else "rfc7489",
        org_name=making.get(metadata, "org_name") or email.rpartition("@")[2].lower(),
        report_id=making.get(metadata, "report_id"),
        domain=making.get_domain(published, "domain"),
        begin=begin,
        end=end,
        policy=_read_policy(making, published),
        records=tuple(making.records),
        email=email,
        version=making.get(root, "version"),
        name=document.name,
        errors=tuple(one for one in metadata.get("error", ()) if isinstance(one, str)),
    )
    noted = making.noted.union(notes)
    return replace(report, notes=tuple(note for note in NOTES if note in noted))


def _read_times(making: _Making, metadata: Node) -> tuple[int, int]:
    dates = making.get_node(metadata, "date_range")
    begin, end = (_read_time(making, dates, name) for name in ("begin", "end"))
    if begin > end or end - begin > _DAY:
        making.noted.add("time_odd")
    return min(begin, end), max(begin, end)


def _read_time(making: _Making, dates: Node, name: str) -> int:
    text = making.get(dates, name)
    whole, dot, _fraction = text.partition(".")
    if dot or (text and not whole.isdigit()):
        making.noted.add("time_odd")
    return int(whole[:12]) if whole.isascii() and whole.isdigit() else 0


def _read_policy(making: _Making, published: Node) -> Policy:
    policies = ("none", "quarantine", "reject")
    get, is_asked = making.get, not making.is_new
    return Policy(
        p=making.get_word(published, "p", policies),
        sp=making.get_word(published, "sp", policies, is_asked),
        np=making.get_word(published, "np", policies, False),
        adkim=making.get_word(published, "adkim", ("r", "s"), False),
        aspf=making.get_word(published, "aspf", ("r", "s"), False),
        pct=get(published, "pct", False),
        fo=get(published, "fo", False),
        testing=making.get_word(published, "testing", ("n", "y"), False),
        discovery_method=get(published, "discovery_method", False),
    )
