# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What can be done about an address, and what it changes."""

from dataclasses import dataclass, field
from typing import Any

MOST = 200  # records that one remedy changes at once
KINDS = [
    ("address", "Address of the Domain"),
    ("inbox", "Handle in Odoo"),
    ("default", "Default Address"),
    ("filter", "Server's Filter"),
]


@dataclass(frozen=True)
class Step:
    """What a remedy does to one record.

    :param model: of the record.
    :param record_id: its id.
    :param values: what is written; of an address, once it is confirmed.
    :param who: the record's name.
    :param before: what is there now, in words.
    :param after: what will be.
    :param hint: what else that means, "" for nothing.
    :param problem: why it can't be done here, "" where it can.
    """

    model: str
    record_id: int
    values: dict[str, Any] = field(default_factory=dict)
    who: str = ""
    before: str = ""
    after: str = ""
    hint: str = ""
    problem: str = ""
