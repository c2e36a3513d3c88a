# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How far a receiver's evaluation of an SPF record comes, and whom it lets pass."""

from dataclasses import dataclass
from typing import Literal

from ..dns.addresses import is_public_network
from ..printable import printable
from .lookups import LookupCost
from .record import Directive, Modifier
from .tree import RecordNode, TermNode

Outcome = Literal["found", "missing", "stopped"]
# What ends an evaluation, by how the code begins, for whoever puts it into words.
KINDS = {
    "record_none": "leads_nowhere",
    "include_none": "leads_nowhere",
    "redirect_none": "leads_nowhere",
    "record_several": "several",
    "syntax": "syntax",
    "include_loop": "loop",
    "too_many_lookups": "lookups",
    "beyond_budget": "lookups",
    "too_many_void_lookups": "void",
    "too_many_mx": "mx",
    "macro": "macro",
}


@dataclass(frozen=True)
class Stop:
    """What ends an evaluation before its end.

    :param code: the code of the error: a problem of :class:`.tree.TermNode` or of
        :class:`.lookups.LookupCost`; ``dns_*`` where it is only so for now.
    :param detail: the term or the domain in question, printable.
    """

    code: str
    detail: str

    @property
    def is_temporary(self) -> bool:
        return self.code.startswith("dns_")

    @property
    def kind(self) -> str:
        """What it is, in one of few words; "other" for what can hardly happen."""
        kinds = (KINDS[begin] for begin in KINDS if self.code.startswith(begin))
        return next(kinds, "other")


@dataclass(frozen=True)
class Reach:
    """Whether a term counts.

    :param outcome: "found", "missing", or "stopped": the evaluation ends before it, or
        at it.
    :param stop: what ended the evaluation.
    :param partly: whether it counts for the clients of one IP version only: those of
        the other stop at void lookups.
    """

    outcome: Outcome
    stop: Stop | None = None
    partly: bool = False


def reach_term(tree: RecordNode, wanted: Directive | Modifier) -> Reach:
    """Tell whether a term counts for all its senders (RFC 7208 section 4.6.4).

    :param wanted: the term; an include is also found where a redirect leads to it.
    """
    return _Search(wanted).find(tree) or Reach("missing")


class _Search:
    """Looks for a term in the order of evaluation, as far as a receiver comes."""

    def __init__(self, wanted: Directive | Modifier):
        self._wanted = wanted
        self._target = _spell_target(wanted)
        self._cost = LookupCost()

    def find(self, record: RecordNode) -> Reach | None:
        """Return what became of it, None where it is not there."""
        if record.problem:
            return Reach("stopped", Stop(record.problem, printable(record.domain)))
        for node in record.terms:
            if reached := self._look_at(node):
                return reached
        return None

    def _look_at(self, node: TermNode) -> Reach | None:
        passes = _lets_pass(node)
        if passes and self._is_wanted(node):
            stop = self._spend(node.cost, node) or find_stop(node)
            partly = bool(self._cost.problem_of_some)
            return Reach("stopped", stop) if stop else Reach("found", partly=partly)
        if node.record and passes:
            stop = self._spend(node.own_cost, node) or _own_stop(node)
            return Reach("stopped", stop) if stop else self.find(node.record)
        stop = self._spend(node.cost, node) or find_stop(node)
        return Reach("stopped", stop) if stop else None

    def _spend(self, cost: LookupCost, node: TermNode) -> Stop | None:
        self._cost += cost
        return _stop_beyond(self._cost, node)

    def _is_wanted(self, node: TermNode) -> bool:
        if self._target and node.record:
            return node.target == self._target
        return _spell(node.term) == _spell(self._wanted)


@dataclass(frozen=True)
class Way:
    """Whether a record lets anybody pass.

    :param open: whether there is an address on the Internet that passes, as far as can
        be told without a message.
    :param stop: what ends the evaluation of whoever does not pass before; with ``open``
        what is in the way of those who come later.
    """

    open: bool
    stop: Stop | None = None


def find_way(tree: RecordNode) -> Way:
    """Tell whether anybody at all can pass a record."""
    search = _WayIn()
    stop = search.go(tree, True, frozenset())
    return Way(search.open, stop)


class _WayIn:
    """Walks a tree in the order of evaluation, for a client that nobody has named."""

    def __init__(self):
        self.open = False
        self._cost = LookupCost()

    def go(
        self, record: RecordNode, passes: bool, refused: frozenset[int]
    ) -> Stop | None:
        """Walk through a record; return what ends the evaluation there.

        :param passes: whether whoever passes here passes in the end.
        :param refused: the IP versions whose clients have been refused all.
        """
        if record.problem:
            return Stop(record.problem, printable(record.domain))
        for node in record.terms:
            stop = self._look_at(node, passes and _lets_pass(node), refused)
            if stop:
                return stop
            if not _lets_pass(node):
                refused |= {n.version for n in node.networks if not n.prefixlen}
        return None

    def _look_at(self, node: TermNode, passes: bool, refused) -> Stop | None:
        self._cost += node.own_cost
        stop = _stop_beyond(self._cost, node) or _own_stop(node)
        if stop:
            return stop
        if passes and _may_match(node, refused):
            self.open = True
        return self.go(node.record, passes, refused) if node.record else None


def _may_match(node: TermNode, refused: frozenset[int]) -> bool:
    """Tell whether a term itself may match a client on the Internet."""
    if node.problem or getattr(node.term, "mechanism", "") == "ptr":
        return True  # the message decides
    if getattr(node.term, "mechanism", "") == "exists":
        return not node.empty
    return any(
        network.version not in refused and is_public_network(network)
        for network in node.networks
    )


def find_stop(node: TermNode) -> Stop | None:
    """Return what ends the evaluation at a term or below it."""
    if stop := _own_stop(node):
        return stop
    below = node.record.terms if node.record else ()
    return next((stop for stop in map(find_stop, below) if stop), None)


def _own_stop(node: TermNode) -> Stop | None:
    if not node.problem or node.problem == "depends_on_message":
        return None
    return Stop(node.problem, printable(node.term.text))


def _stop_beyond(cost: LookupCost, node: TermNode) -> Stop | None:
    return Stop(cost.problem, printable(node.term.text)) if cost.problem else None


def _lets_pass(node: TermNode) -> bool:
    return isinstance(node.term, Modifier) or node.term.qualifier == "+"


def _spell(term: Directive | Modifier) -> str:
    return term.text.lower().removeprefix("+").rstrip(".")


def _spell_target(term: Directive | Modifier) -> str:
    if isinstance(term, Directive) and term.mechanism != "include":
        return ""
    return _spell(term).partition(":")[2]
