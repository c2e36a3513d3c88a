# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Everything that is known of a message when its findings are made."""

from dataclasses import dataclass

from ..dkim.verify import DkimSignatureResult
from ..findings import Reason, Status
from .authentication import Author, Judged
from .changes import Changes
from .handover import Way
from .raw import RawMessage
from .receiver_rules import RULES
from .result import Authentication, Grade, MessageFinding, Pointer


@dataclass(frozen=True)
class Case:
    """What the findings are made of.

    :param message: its bytes.
    :param way: how it came.
    :param author: whom From names.
    :param spf: of MAIL FROM.
    :param helo: of the name in HELO.
    :param signatures: what was found of each.
    :param judged: what DMARC says.
    :param pointer: the names of the address that handed it in.
    :param changes: what was done to it on its way.
    """

    message: RawMessage
    way: Way
    author: Author
    spf: Authentication
    helo: Authentication
    signatures: tuple[DkimSignatureResult, ...]
    judged: Judged
    pointer: Pointer
    changes: Changes = Changes()

    @property
    def passes(self) -> bool:
        """Whether anything authenticates the domain in From."""
        verdict = self.judged.verdict
        return verdict.aligned_spf or verdict.aligned_dkim


def make_finding(
    code: str,
    status: Status,
    *why: Reason,
    weakens: Grade = "A",
    **values,
) -> MessageFinding:
    """Return a finding; who demands it, and where, follows from its code."""
    if rule := RULES.get(code):
        asked = {"receivers": rule.receivers, "source": rule.source}
        values = {**asked, "as_of": rule.as_of, "rfc": rule.rfc, **values}
    return MessageFinding(code, status, why=why, weakens=weakens, **values)
