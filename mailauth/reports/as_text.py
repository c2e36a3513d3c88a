# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reports as a table for a terminal."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ..printable import printable
from .result import DmarcReport, Record, Reports

_HEAD = ("source", "count", "disposition", "dkim", "spf", "from", "authenticated")


def render_reports(found: Reports) -> Iterator[str]:
    """Yield lines: each report with a row for each of its records."""
    for report in found.reports:
        yield from _render_report(report)
    for refused in found.refused:
        yield f"refused: {printable(refused.name) or '-'}: {refused.reason}"


def _render_report(report: DmarcReport) -> Iterator[str]:
    days = " to ".join(_show_time(one) for one in (report.begin, report.end))
    count = sum(record.count for record in report.records)
    domain, reporter = printable(report.domain, 253), printable(report.org_name)
    yield f"{domain}, by {reporter}: {days} UTC"
    policy = report.policy.p or "-"
    number = printable(report.report_id)
    yield f"report {number} ({report.format}), policy {policy}, {count} mails"
    if report.notes:
        yield f"notes: {', '.join(report.notes)}"
    rows = [_HEAD, *(_show_record(record) for record in report.records)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def _show_time(seconds: int) -> str:
    # Reporters write any number.
    bounded = min(seconds, 253402300799)
    return datetime.fromtimestamp(bounded, UTC).strftime("%Y-%m-%d %H:%M")


def _show_record(record: Record) -> tuple[str, ...]:
    auth = (
        f"{one.kind}={one.result or '-'} {one.domain} {one.selector}".rstrip()
        for one in record.auth
    )
    return (
        record.source_ip or "-",
        str(record.count),
        record.disposition or "-",
        record.dkim or "-",
        record.spf or "-",
        printable(record.header_from, 253) or "-",
        printable(", ".join(auth), 200),
    )
