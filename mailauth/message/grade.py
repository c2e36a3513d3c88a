# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The grade of a message: the worst letter that applies.

A  SPF and DKIM pass aligned, a DMARC record is published, no rule fails
B  at least one receiver's rule fails that is not authentication
C  only one of SPF and DKIM passes aligned, or there is no DMARC record
D  nothing aligned passes, and no policy is enforced
F  a receiver would refuse it
"""

import itertools
from collections.abc import Iterable, Sequence

from ..dkim.verify import DkimSignatureResult
from .authentication import Judged
from .result import Authentication, Grade, MessageFinding, Pointer

_ENFORCED = ("quarantine", "reject")
_OPEN = ("temperror", "unknown")


def grade_message(
    spf: Authentication,
    signatures: Sequence[DkimSignatureResult],
    judged: Judged,
    pointer: Pointer,
    findings: Iterable[MessageFinding],
) -> Grade | None:
    """Return the letter, None where what is not known decides which it is."""
    # What DNS did not tell is one of the cases below.
    weakens = [one.weakens for one in findings if one.status != "temperror"]
    rules = {max(weakens, default="A")}
    if pointer.result == "temperror":
        rules |= {max(*rules, "B")}
    verdict = judged.verdict
    policies = {verdict.policy}
    if verdict.evidence and verdict.evidence.dmarc.problem == "temperror":
        policies = {"", "none", "reject"}
    spf_open = spf.result in _OPEN and judged.spf_aligned is not False
    cases = itertools.product(
        _list_cases(verdict.aligned_spf, spf_open),
        _list_cases(verdict.aligned_dkim, _is_open(signatures, judged)),
        policies,
        rules,
    )
    letters = {_grade(*case) for case in cases}
    return letters.pop() if len(letters) == 1 else None


def _is_open(signatures: Sequence[DkimSignatureResult], judged: Judged) -> bool:
    """Tell whether a signature may count that nothing is known of."""
    return any(
        one.result in _OPEN and judged.aligned.get(one.domain) is not False
        for one in signatures
    )


def _list_cases(counts: bool, is_open: bool) -> set[bool]:
    return {counts, True} if is_open else {counts}


def _grade(spf: bool, dkim: bool, policy: str, rules: Grade) -> Grade:
    if not spf and not dkim:
        return max("F" if policy in _ENFORCED else "D", rules)
    return max("A" if spf and dkim and policy else "C", rules)
