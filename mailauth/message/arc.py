# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The ARC sets of a message (RFC 8617): read and shown, not verified."""

import re

from ..printable import printable
from .authentication_results import (
    AuthenticationResults,
    parse_authentication_results,
)
from .lexer import unfold
from .raw_message import RawMessage

MAX_SETS = 50  # RFC 8617 section 4.2.1
_MAX_FIELDS = 3 * MAX_SETS
_TAG = re.compile(r"(?:\A|;) ?(i|cv|d|s) ?= ?([^;]{0,255})")


def read_arc(message: RawMessage) -> tuple[str, ...]:
    """Return a line for each set, newest first: who sealed it, and what it says."""
    seals = [_read_seal(value) for value in _get_bounded(message, "ARC-Seal")]
    found = {results.instance: results for results in read_arc_results(message)}
    lines = {seal["i"]: _show_seal(seal) for seal in seals}
    for instance, results in found.items():
        line = lines.get(instance, f"i={instance} (no seal)")
        lines[instance] = f"{line}: {_show_results(results)}"
    ordered = sorted(lines, reverse=True)[:MAX_SETS]
    return tuple(printable(lines[instance]) for instance in ordered)


def read_arc_results(message: RawMessage) -> list[AuthenticationResults]:
    """Return what the sets say of the message, as they stand in it."""
    values = _get_bounded(message, "ARC-Authentication-Results")
    found = [parse_authentication_results(value) for value in values]
    return [results for results in found if 1 <= results.instance <= MAX_SETS]


def _get_bounded(message: RawMessage, name: str) -> list[bytes]:
    return message.get_all(name)[:_MAX_FIELDS]


def _read_seal(value: bytes) -> dict:
    tags = {name: text.strip() for name, text in _TAG.findall(unfold(value))}
    number = tags.get("i", "")
    known = number.isascii() and number.isdigit() and len(number) <= 3
    return {**tags, "i": int(number) if known else 0}


def _show_seal(seal: dict) -> str:
    told = f"i={seal['i']} d={seal.get('d', '')}"
    return f"{told} cv={seal['cv']}" if seal.get("cv") else told


def _show_results(results: AuthenticationResults) -> str:
    words = [f"{found.method}={found.result}" for found in results.results]
    return " ".join([results.host, *words]).strip()
