# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Delivery status notifications: RFC 3464, and RFC 6533 for addresses in UTF-8."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .fields import drop_comments, read_fields

MAX_RECIPIENTS = 1000
_MAX_ADDRESS = 320  # characters: 64 + 1 + 255 (RFC 5321 section 4.5.3.1)
Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]
# RFC 3464 section 2.3.3, with what is written instead, by how the word begins.
_ACTIONS: tuple[tuple[str, Action], ...] = (
    ("fail", "failed"),
    ("undeliver", "failed"),
    ("not deliver", "failed"),
    ("reject", "failed"),
    ("bounce", "failed"),
    ("expir", "failed"),
    ("error", "failed"),
    ("delay", "delayed"),
    ("defer", "delayed"),
    ("warn", "delayed"),
    ("relay", "relayed"),
    ("deliver", "delivered"),
    ("expand", "expanded"),
)
# Where there is no action, the class of the status tells what has happened.
_BY_CLASS: dict[str, Action] = {"2": "delivered", "4": "delayed", "5": "failed"}
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_OF_RECIPIENT = ("final-recipient", "original-recipient")


@dataclass(frozen=True)
class Status:
    """What a report says of one recipient.

    :param address: the address that the mail was sent to in the end.
    :param original_address: the one that it was sent to at first, "" for unknown.
    :param status: "5.1.1", "" where there is none.
    :param diagnostic: the Diagnostic-Code without folds, "" for none.
    :param remote_mta: the host that has refused, without its type, "" for none.
    """

    address: str
    action: Action
    status: str = ""
    diagnostic: str = ""
    remote_mta: str = ""
    original_address: str = ""


@dataclass(frozen=True)
class Report:
    """What a part message/delivery-status says."""

    reporting_mta: str = ""
    envelope_id: str = ""
    statuses: tuple[Status, ...] = ()


def read_report(text: str) -> Report:
    """Read a part message/delivery-status or message/global-delivery-status.

    Reports without the empty lines of RFC 3464 are read as they are meant.
    """
    message: dict[str, str] = {}
    statuses = []
    for group in _split_groups(text):
        if status := _read_status(group):
            statuses.append(status)
        for name, value in group.items():
            message.setdefault(name, value)
    return Report(
        _drop_type(message.get("reporting-mta", "")),
        message.get("original-envelope-id", "")[:200],
        tuple(statuses[:MAX_RECIPIENTS]),
    )


def _split_groups(text: str) -> Iterator[dict[str, str]]:
    group: dict[str, str] = {}
    for name, value in read_fields(text):
        # A second recipient begins a group, also where the empty line is missing.
        if (not name or (name in _OF_RECIPIENT and name in group)) and group:
            yield group
            group = {}
        if name:
            group.setdefault(name, value)
    if group:
        yield group


def _read_status(group: dict[str, str]) -> Status | None:
    final = read_address(group.get("final-recipient", ""))
    original = read_address(group.get("original-recipient", ""))
    if not final and not original:
        return None
    status = _STATUS.search(drop_comments(group.get("status", "")))
    code = status[0] if status else ""
    return Status(
        address=final or original,
        action=read_action(group.get("action", ""), code),
        status=code,
        diagnostic=group.get("diagnostic-code", ""),
        remote_mta=_drop_type(group.get("remote-mta", "")),
        original_address=original,
    )


def read_action(text: str, status: str) -> Action:
    """Return what has happened, whatever the spelling."""
    word = text.strip().lower()
    for beginning, action in _ACTIONS:
        if word.startswith(beginning):
            return action
    return _BY_CLASS.get(status[:1], "failed")


def read_address(value: str) -> str:
    r"""Return the address of a field such as ``rfc822; jane@acme.example``.

    ``\x{e4}`` in one of the type utf-8 becomes the character (RFC 6533 section 3).
    """
    kind, semicolon, address = value.partition(";")
    if not semicolon or "@" in kind:
        kind, address = "", value
    address = address.strip()
    if address.endswith(">"):
        address = address.rpartition("<")[2]
    address = address.strip("<>\"' \t")
    if kind.strip().lower() == "utf-8":
        address = _EMBEDDED.sub(_decode, address)
    return address[:_MAX_ADDRESS]


def _decode(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    is_character = number < 0x110000 and not 0xD800 <= number < 0xE000
    return chr(number) if is_character and number > 0x7F else match[0]


def _drop_type(value: str) -> str:
    """Return the name in ``dns; mx.acme.example [192.0.2.25]``."""
    _kind, semicolon, name = value.partition(";")
    words = drop_comments(name if semicolon else value).split()
    return words[0].strip(".[]").lower()[:255] if words else ""
