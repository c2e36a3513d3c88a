# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DMARC record to publish, made from what is published now."""

import re
from collections.abc import Iterable
from dataclasses import replace

from .policy import DmarcResult
from .record import MAX_URIS, POLICIES, DmarcRecord, DmarcUri, is_dmarc, parse_dmarc

_ORDER = ("p", "sp", "np", "psd", "t", "adkim", "aspf", "rua", "ruf", "fo")
_DEFAULTS = {("t", "n"), ("psd", "u"), ("adkim", "r"), ("aspf", "r"), ("fo", "0")}
_ADDRESS = re.compile(r"[A-Za-z0-9.+=_/-]+@[A-Za-z0-9.-]+\Z")


def suggest_dmarc(dmarc: DmarcResult, report_address: str = "") -> str:
    """Return the record to publish at the domain, or where its own record is.

    A valid policy and the addresses of reports are kept; what no receiver reads any
    more is left out. Where there is no policy it begins with p=none, so that nothing
    is lost before the reports have been read (RFC 9989 section 5.1).

    :param report_address: added as rua where there is none.
    """
    tags = _collect_tags(dmarc)
    tags.setdefault("p", "none")
    if "rua" not in tags and _ADDRESS.match(report_address):
        tags["rua"] = f"mailto:{report_address}"
    ordered = [f"{name}={tags[name]}" for name in _ORDER if name in tags]
    return "; ".join(("v=DMARC1", *ordered))


def _collect_tags(dmarc: DmarcResult) -> dict[str, str]:
    """Return the valid tags of the record, or of several records merged into one."""
    if dmarc.record:
        return _list_tags(dmarc.record)
    several = [step for step in dmarc.walk if step.status == "several"]
    data = [text.encode("ascii") for step in several for text in step.found]
    records = [parse_dmarc(text) for text in data if is_dmarc(text)]
    return _list_tags(_merge(records)) if records else {}


def _merge(records: list[DmarcRecord]) -> DmarcRecord:
    """Ask for the strictest that any record asks for, and report to all."""
    strictest = max(records, key=lambda record: _rank(record.p))
    return replace(
        strictest,
        sp=max((record.sp for record in records), key=_rank),
        np=max((record.np for record in records), key=_rank),
        rua=_unite(record.rua for record in records),
        ruf=_unite(record.ruf for record in records),
    )


def _rank(policy: str | None) -> int:
    return POLICIES.index(policy) if policy else -1


def _unite(lists: Iterable[tuple[DmarcUri, ...]]) -> tuple[DmarcUri, ...]:
    return tuple(dict.fromkeys(uri for uris in lists for uri in uris))[:MAX_URIS]


def _list_tags(record: DmarcRecord) -> dict[str, str]:
    tags = {
        "p": record.p,
        "sp": record.sp,
        "np": record.np,
        "psd": record.psd,
        "t": "y" if record.testing else "n",
        "adkim": record.adkim,
        "aspf": record.aspf,
        "rua": ",".join(uri.uri for uri in record.rua),
        "ruf": ",".join(uri.uri for uri in record.ruf),
        "fo": ":".join(record.fo) if record.ruf else "",
    }
    return {
        name: value
        for name, value in tags.items()
        if value and (name, value) not in _DEFAULTS
    }
