# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Refusals and bounces in lines for a terminal."""

from collections.abc import Iterator

from ..printable import printable
from .advice import ADVICE
from .bounce import Bounce
from .result import Refusal
from .rules import PROVIDERS

_MARGIN = " " * 10


def render_refusal(refusal: Refusal) -> Iterator[str]:
    """Yield lines: who refuses, why, whose it is, what to do, and who says so."""
    provider = PROVIDERS.get(refusal.provider)
    who = provider.name if provider else "unknown"
    host = f" ({printable(refusal.host, 255)})" if refusal.host else ""
    yield f"refused by: {who}{host}"
    yield f"category: {refusal.category}"
    yield f"blame: {refusal.blame}"
    yield f"scope: {refusal.scope}"
    yield f"temporary: {'yes' if refusal.temporary else 'no'}"
    yield f"advice: {ADVICE[refusal.advice]} ({refusal.advice})"
    if refusal.source:
        as_of = f", read on {refusal.as_of}" if refusal.as_of else ""
        yield f"source: {refusal.source}{as_of}: {refusal.rule}"


def render_bounce(bounce: Bounce) -> Iterator[str]:
    """Yield lines: what it is, what it is about, and each recipient."""
    yield f"kind: {bounce.kind}"
    if bounce.original_message_id:
        yield f"about: {printable(bounce.original_message_id, 998)}"
    if bounce.reporting_mta:
        yield f"reported by: {printable(bounce.reporting_mta, 255)}"
    for one in bounce.recipients:
        status = f" {one.status}" if one.status else ""
        why = f": {one.category}, {one.blame}" if one.refusal else ""
        yield f"{one.action:<9} {printable(one.address)}{status}{why}"
        if one.diagnostic:
            yield f"{_MARGIN}{printable(one.diagnostic)}"
        if one.refusal:
            yield f"{_MARGIN}{ADVICE[one.advice]}"
