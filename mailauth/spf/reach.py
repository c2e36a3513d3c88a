# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether a receiver's evaluation of an SPF record comes as far as one of its terms."""

from .lookups import LookupCost
from .record import Directive, Modifier
from .tree import RecordNode, TermNode


def reach_term(tree: RecordNode, wanted: Directive | Modifier) -> str:
    """Tell whether a term counts for all its senders (RFC 7208 section 4.6.4).

    :param wanted: the term; an include is also found where a redirect leads to it.
    :return: "found", "" where it is not there, or the code of what ends the evaluation
        at the term or before it.
    """
    return _Search(wanted).find(tree)


class _Search:
    """Looks for a term in the order of evaluation, as far as a receiver comes.

    :param wanted: the term; an include is also found where a redirect leads to it.
    """

    def __init__(self, wanted: Directive | Modifier):
        self._wanted = wanted
        self._target = _spell_target(wanted)
        self._cost = LookupCost()

    def find(self, record: RecordNode) -> str:
        """Return "found", "" where it is not there, or what ends the evaluation."""
        if record.problem:
            return record.problem
        for node in record.terms:
            outcome = self._look_at(node)
            if outcome:
                return outcome
        return ""

    def _look_at(self, node: TermNode) -> str:
        term = node.term
        passes = isinstance(term, Modifier) or term.qualifier == "+"
        if passes and self._is_wanted(node):
            return self._spend(node.cost) or _find_problem(node) or "found"
        if node.record and passes:
            return self._spend(node.own_cost) or self.find(node.record)
        return self._spend(node.cost) or _find_problem(node)

    def _spend(self, cost: LookupCost) -> str:
        self._cost += cost
        return self._cost.problem

    def _is_wanted(self, node: TermNode) -> bool:
        if self._target and node.record:
            return node.target == self._target
        return _spell(node.term) == _spell(self._wanted)


def _find_problem(node: TermNode) -> str:
    """Return what ends the evaluation at a term or below it."""
    if node.problem and node.problem != "depends_on_message":
        return node.problem
    below = node.record.terms if node.record else ()
    return next((p for p in map(_find_problem, below) if p), "")


def _spell(term: Directive | Modifier) -> str:
    return term.text.lower().removeprefix("+").rstrip(".")


def _spell_target(term: Directive | Modifier) -> str:
    if isinstance(term, Directive) and term.mechanism != "include":
        return ""
    return _spell(term).partition(":")[2]
