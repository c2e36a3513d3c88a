# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A domain is checked, what the records say is published, and it is checked again."""

from dataclasses import dataclass
from functools import cached_property

from ..mailauth.dmarc.record import is_dmarc
from ..mailauth.dns.names import normalize_name
from ..mailauth.domain.check import check_domain
from ..mailauth.domain.publish import RecordToPublish, list_records
from ..mailauth.domain.reasons import explain
from ..mailauth.findings import Finding, worst_status
from ..mailauth.printable import printable
from ..mailauth.spf.record import select_records
from .common import ZoneResolver, run
from .dns_server import txt_strings

DOMAIN = "acme.example"
TO_DO = ("add", "replace")
_RELAXED = ("pass", "info")


@dataclass(frozen=True)
class Outcome:
    """What a check found, and the records that follow from it."""

    zone: dict
    findings: tuple[Finding, ...]
    records: tuple[RecordToPublish, ...]

    @cached_property
    def status(self):
        return worst_status(self.findings)

    @cached_property
    def statuses(self):
        """The worst status of each check."""
        codes = {finding.code: [] for finding in self.findings}
        for finding in self.findings:
            codes[finding.code].append(finding.status)
        order = ("pass", "info", "warning", "temperror", "fail")
        return {code: max(found, key=order.index) for code, found in codes.items()}

    @cached_property
    def to_do(self):
        """What is not green: the worst status of each check that is neither."""
        return {c: s for c, s in self.statuses.items() if s not in _RELAXED}

    @cached_property
    def open_records(self):
        """The records that are needed and not done, as "kind: state"."""
        return {
            f"{one.kind}: {one.state}"
            for one in self.records
            if not one.optional and one.state != "done"
        }

    def of_kind(self, kind):
        return [one for one in self.records if one.kind == kind]

    def proposals(self, kind):
        """The values that are to be published, one a line."""
        records = [one for one in self.of_kind(kind) if one.state in TO_DO]
        return "\n".join(value for one in records for value in one.values)

    def said(self, kind=""):
        """All sentences of the findings and records of a kind, with their evidence."""
        findings = [w for f in self.findings if f.code.startswith(kind) for w in f.why]
        return "\n".join([self._explain(findings), self.noted(kind)])

    def noted(self, kind):
        """The sentences of the records of a kind."""
        records = [one for one in self.records if one.kind.startswith(kind)]
        return self._explain(w for one in records for w in (*one.why, *one.notes))

    @staticmethod
    def _explain(whys):
        # What is said of how to publish a record has its words in Odoo.
        texts = [explain(w) for w in whys if not w.code.startswith("publish_")]
        return "\n".join(dict.fromkeys(texts))


def is_told(kind, state):
    """Whether a record says what is to be done; the name of an address is asked for."""
    return state in TO_DO or (kind, state) == ("ptr", "ask")


def judge(zone, facts, domain=DOMAIN):
    """Check a domain, and list its records."""
    findings = run(check_domain(domain, facts, ZoneResolver(zone)))
    records = list_records(normalize_name(domain), facts, findings)
    return Outcome(zone, findings, records)


def publish(outcome, values=None):
    """Return the zone as it is after doing exactly what the records say.

    A record replaces what it shows as present, of whatever type, and leaves all others
    at its name alone.

    :param values: by kind, what is published in place of the value proposed.
    """
    zone = dict(outcome.zone)
    for one in outcome.records:
        if is_told(one.kind, one.state) and one.values:
            if one.state == "replace":
                remove_shown(zone, one.name, one.current)
            texts = (values or {}).get(one.kind, one.values)
            key = (one.name, one.rdtype)
            zone[key] = [*zone.get(key, ()), *map(_as_record(one.rdtype), texts)]
    return zone


def remove_shown(zone, name, shown):
    """Remove the records of a name that are shown, of whatever type they are."""
    for rdtype in ("TXT", "CNAME", "MX", "PTR"):
        held = zone.get((name, rdtype), ())
        kept = [record for record in held if _show(rdtype, record) not in shown]
        if len(kept) < len(held):
            zone[(name, rdtype)] = kept
            if not kept:
                del zone[(name, rdtype)]


def _show(rdtype, record):
    if rdtype == "CNAME":
        return f"CNAME {record.removesuffix('.')}."
    if rdtype == "MX":
        return f"{record[0]} {record[1]}."
    return printable(_bytes(record), 2001)


def _as_record(rdtype):
    if rdtype == "MX":
        return lambda text: (int(text.split()[0]), text.split()[1])
    return lambda text: text


def list_faults(zone):
    """Tell what no zone may hold: records beside a CNAME, two of what must be one."""
    for (name, rdtype), records in zone.items():
        if rdtype == "CNAME":
            beside = [t for (n, t) in zone if n == name and t != "CNAME"]
            if beside or len(records) > 1:
                yield f"{name}: CNAME beside {beside or 'another'}"
        if rdtype == "TXT":
            texts = [_bytes(record) for record in records]
            for kind in (select_records(texts), list(filter(is_dmarc, texts))):
                if len(kind) > 1:
                    yield f"{name}: {len(kind)} records of what must be one"


def _bytes(record):
    return b"".join(txt_strings(record))
