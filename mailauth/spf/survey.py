# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the terms of a proposed SPF record lead to: how far a receiver would come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..printable import printable
from .lookups import LookupCost
from .reach import Stop, find_stop, find_way
from .record import Directive, Modifier
from .tree import RecordNode, TermNode

Term = Directive | Modifier


class Survey:
    """What DNS shows of terms, wherever in a record they will stand.

    :param nodes: by the text of each term that costs a lookup what it leads to; one
        that is not in it costs one lookup, and nothing is known of it.
    """

    def __init__(self, nodes: Mapping[str, TermNode] | None = None):
        self._nodes = dict(nodes or {})
        self._stops = {text: find_stop(node) for text, node in self._nodes.items()}

    def get_cost(self, term: Term) -> LookupCost:
        """Return what a term costs with all that is below it."""
        node = self._nodes.get(term.text)
        return node.cost if node else LookupCost(int(term.costs_lookup))

    def is_unsure(self, term: Term) -> bool:
        """Tell whether DNS did not answer what decides about a term."""
        stop = self._stops.get(term.text)
        return stop is not None and stop.is_temporary

    def list_dead(self) -> dict[str, str]:
        """Return by their text the terms that match nobody, and why it is so.

        Each of them ends the evaluation, or is a lookup for nothing. One that refuses
        somebody before it ends counts: without it he might pass.
        """
        kinds = {text: self._find_death(node) for text, node in self._nodes.items()}
        return {text: kind for text, kind in kinds.items() if kind}

    def _find_death(self, node: TermNode) -> str:
        if node.empty and not node.networks:
            return "empty"
        way = find_way(RecordNode("", terms=(_as_passing(node),)))
        if way.open or way.stop is None or way.stop.is_temporary:
            return ""
        # Of what lies beyond the budget nothing is known.
        return "" if way.stop.code == "beyond_budget" else way.stop.kind

    def find_stop(
        self, terms: Sequence[Term], version: int, unlisted: bool = False
    ) -> tuple[int, Stop | None]:
        """Return how many of the terms count, and what ends the evaluation there.

        :param version: of IP, that of the client.
        :param unlisted: whether names that are made of the message, such as an entry
            for the client on a list, are not there: then each is a void lookup.
        """
        cost = LookupCost()
        for index, term in enumerate(terms):
            cost += self.get_cost(term)
            if unlisted and (node := self._nodes.get(term.text)):
                void = _count_open(node)
                cost += LookupCost(0, void, void)
            if problem := cost.find_problem(version):
                return index, Stop(problem, printable(term.text))
            if stop := self._stops.get(term.text):
                return index, Stop(stop.code, printable(term.text))
        return len(terms), None

    def count_reached(self, terms: Sequence[Term], needed: Term) -> int:
        """Return how many of the terms come before what may end the evaluation.

        :param needed: whose senders are to pass: an address has one version of IP.
        """
        network = needed.network if isinstance(needed, Directive) else None
        versions = (network.version,) if network else (4, 6)
        return min(self.find_stop(terms, one, unlisted=True)[0] for one in versions)

    def loses(self, terms: Sequence[Term], more: Sequence[Term]) -> bool:
        """Tell whether some of the terms don't count any more with one more term."""
        return any(
            self.find_stop(more, version)[0] <= self.find_stop(terms, version)[0]
            for version in (4, 6)
        )

    def is_open(self, terms: Sequence[Term]) -> bool:
        """Tell whether anybody could pass a record, as far as is known."""
        nodes = tuple(self._nodes.get(term.text) or _read(term) for term in terms)
        way = find_way(RecordNode("", terms=nodes))
        return way.open or (way.stop is not None and way.stop.is_temporary)


def _as_passing(node: TermNode) -> TermNode:
    """Return a term as if those that it matches passed."""
    if isinstance(node.term, Modifier):
        return node
    return replace(node, term=replace(node.term, qualifier="+"))


def _count_open(node: TermNode) -> int:
    """Return how many lookups at and below a term only the message decides."""
    below = node.record.terms if node.record else ()
    own = node.problem == "depends_on_message"
    return own + sum(map(_count_open, below))


def _read(term: Term) -> TermNode:
    if term.costs_lookup:
        return TermNode(term, problem="depends_on_message")
    network = term.network if isinstance(term, Directive) else None
    return TermNode(term, networks=(network,) if network else ())
