# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What receivers ask of a message, as data: who asks, where they say so, and when."""

import json
from dataclasses import dataclass
from pathlib import Path

from ..findings import Reason, Status
from .result import Grade, MessageFinding


@dataclass(frozen=True)
class ReceiverRule:
    """One row of ``receiver_rules.json``.

    What a message that fails SPF, DKIM or DMARC gets depends on all three, so that
    their rows only say who asks for them.

    :param status: what a message that breaks it gets: "fail" where a receiver demands
        it, "warning" where it may do harm, "info" for advice that no receiver demands.
    :param weakens: the best grade that such a message can have.
    :param receivers: who demands it, () for the RFCs alone.
    :param source: title of the document or page that says so.
    :param as_of: the day when that was read, ISO 8601.
    :param rfc: the section that asks the same, "" for none.
    """

    status: Status
    weakens: Grade
    receivers: tuple[str, ...]
    source: str
    as_of: str
    rfc: str = ""


def _read_rules() -> dict[str, ReceiverRule]:
    rows = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return {
        code: ReceiverRule(**{**row, "receivers": tuple(row["receivers"])})
        for code, row in rows.items()
    }


# Each rule by the code of the finding of a message that breaks it.
RULES = _read_rules()


def break_rule(
    code: str, *why: Reason, found: str = "", subject: str = ""
) -> MessageFinding:
    """Return the finding of a message that breaks a rule.

    :param code: of the rule.
    :param why: what is wrong, at least one reason.
    :param found: what shows it, printable lines.
    :param subject: what it is about where a rule can be broken several times.
    """
    rule = RULES[code]
    return MessageFinding(
        code,
        rule.status,
        found=found,
        why=why,
        rfc=rule.rfc,
        subject=subject,
        weakens=rule.weakens,
        receivers=rule.receivers,
        source=rule.source,
        as_of=rule.as_of,
    )
