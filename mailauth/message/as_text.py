# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A judged message in lines for a terminal."""

import textwrap
from collections.abc import Iterator

from ..findings import Reason
from ..printable import printable
from .reasons import GRADES, TITLES, TODO, explain, find_title
from .result import Hop, MessageFinding, MessageResult

_WIDTH = 88
_MARGIN = " " * 10
_SHOWN_LINES = 6  # of the evidence for a finding


def render_message(result: MessageResult) -> Iterator[str]:
    """Yield lines: the grade, the answers, the way, and what is not as it should be."""
    grade = result.grade or "none"
    yield f"grade: {grade} ({GRADES[result.grade or '']})"
    yield from _render_answers(result)
    yield from _render_way(result)
    for finding in result.findings:
        yield from _render_finding(finding)
    if not result.findings:
        yield "nothing is wrong with it, as far as can be seen from here"


def _render_answers(result: MessageResult) -> Iterator[str]:
    for name, found in (("spf", result.spf), ("helo", result.helo)):
        domain = f" {printable(found.domain, 253)}" if found.domain else ""
        yield f"{name}: {found.result}{domain}{_note(found.problem)}"
    for one in result.dkim:
        names = f" {one.domain} {one.selector}".rstrip()
        yield f"dkim: {one.result}{printable(names)}{_note(one.problem)}"
    if not result.dkim:
        yield "dkim: none"
    dmarc = result.dmarc
    aligned = [
        name
        for name, counts in (("spf", dmarc.aligned_spf), ("dkim", dmarc.aligned_dkim))
        if counts
    ]
    by = f", by {' and '.join(aligned)}" if aligned else ""
    policy = f", policy {dmarc.policy}" if dmarc.policy else ""
    domain = f" {printable(dmarc.domain, 253)}" if dmarc.domain else ""
    yield f"dmarc: {dmarc.result}{domain}{by}{policy}{_note(dmarc.problem)}"
    for line in result.arc:
        yield f"arc, not verified: {printable(line)}"


def _note(problem: str) -> str:
    return f" ({printable(problem, 60)})" if problem else ""


def _render_way(result: MessageResult) -> Iterator[str]:
    if result.client_ip:
        names = ", ".join(result.pointer.names) or "no name"
        by = f" to {printable(result.receiver, 253)}" if result.receiver else ""
        yield f"handed over by: {printable(result.client_ip)} [{names}]{by}"
    for hop in result.hops:
        yield f"  {_show_hop(hop)}"


def _show_hop(hop: Hop) -> str:
    whom = printable(hop.from_host, 253) or "?"
    address = f" [{printable(hop.from_ip)}]" if hop.from_ip else ""
    by = printable(hop.by, 253) or "?"
    how = f" {printable(hop.protocol, 40)}" if hop.protocol else ""
    tls = {True: ", encrypted", False: ", not encrypted", None: ""}[hop.tls]
    delay = f", {hop.delay} s" if hop.delay is not None else ""
    return f"{whom}{address} -> {by}{how}{tls}{delay}"


def _render_finding(finding: MessageFinding) -> Iterator[str]:
    subject = f" [{printable(finding.subject)}]" if finding.subject else ""
    key = find_title(finding.code, (why.code for why in finding.why))
    title = TITLES.get(key, finding.code)
    yield f"{finding.status.upper():<9} {finding.code}{subject} {title}"
    if finding.cause:
        yield f"{_MARGIN}follows from: {finding.cause}"
    for why in finding.why:
        yield from _wrap(_say(why))
    if todo := TODO.get(key):
        yield from _wrap(f"what to do: {todo}")
    if finding.receivers:
        source = f" ({finding.source}, {finding.as_of})" if finding.source else ""
        yield from _wrap(f"asked by: {', '.join(finding.receivers)}{source}")
    for line in finding.found.splitlines()[:_SHOWN_LINES]:
        yield f"{_MARGIN}found: {printable(line)}"


def _say(why: Reason) -> str:
    """Say a reason in words; what others wrote in it becomes printable ASCII."""
    shown = tuple((name, printable(value)) for name, value in why.params)
    return explain(Reason(why.code, shown))


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=_MARGIN, subsequent_indent=_MARGIN
    )
