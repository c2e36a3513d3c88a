# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The tree of records that one SPF record stands for, as far as it could be fetched."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ..dns.names import display_name
from ..printable import printable, shorten
from .lookups import MAX_LOOKUPS, LookupCost
from .record import Directive, Modifier, Network, SpfRecord

# Problems of a term that say nothing about the record.
INCOMPLETE = ("depends_on_message", "beyond_budget")
EVERYTHING: dict[int, Network] = {
    4: ipaddress.IPv4Network("0.0.0.0/0"),
    6: ipaddress.IPv6Network("::/0"),
}
MAX_LINES = 80  # of a tree as text
MAX_WIDTH = 120  # characters of a name or a term in it


@dataclass(frozen=True)
class AuthorizedNetwork:
    """A network whose addresses pass.

    :param network: in CIDR notation.
    :param term: the term that names it.
    :param domain: the domain whose record holds that term.
    :param path: the domains on the way there, the one asked first.
    """

    network: str
    term: str
    domain: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class TermNode:
    """One term that may be evaluated, and what it stands for.

    :param term: the term.
    :param target: the name that it looks up, "" for none.
    :param networks: the addresses that match.
    :param record: the record that an include or a redirect leads to.
    :param void: for clients of which IP versions one of its own questions has an empty
        answer.
    :param empty: whether a name that it asks for is not there, or has no address.
    :param problem: why this is not complete: the code of an error; ``include_none``,
        ``redirect_none``, ``include_loop``, ``too_many_mx``; ``depends_on_message``
        (its macros can't be expanded here), ``beyond_budget`` (not looked up);
        ``dns_deadline`` or ``dns_too_much``: there was more than could be looked at.
    """

    term: Directive | Modifier
    target: str = ""
    networks: tuple[Network, ...] = ()
    record: "RecordNode | None" = None
    void: frozenset[int] = frozenset()
    empty: bool = False
    problem: str = ""

    @property
    def own_cost(self) -> LookupCost:
        """What it costs without what is below it."""
        void4, void6 = int(4 in self.void), int(6 in self.void)
        return LookupCost(int(self.term.costs_lookup), void4, void6)

    @cached_property
    def cost(self) -> LookupCost:
        """What it costs with all that is below it."""
        return self.own_cost + (self.record.cost if self.record else LookupCost())


@dataclass(frozen=True)
class RecordNode:
    """A domain's SPF record with all that it leads to.

    :param domain: where it was looked for.
    :param record: the record, None where there is none or more than one.
    :param terms: what may be evaluated, in order.
    :param problem: ``record_none``, ``record_several``, ``syntax`` or the code of a
        failed lookup; "" where the record stands.
    """

    domain: str
    record: SpfRecord | None = None
    terms: tuple[TermNode, ...] = ()
    problem: str = ""

    @cached_property
    def cost(self) -> LookupCost:
        """What the whole tree costs: what a sender at the very end does."""
        return sum((node.cost for node in self.terms), LookupCost())

    @cached_property
    def networks(self) -> tuple[AuthorizedNetwork, ...]:
        """What :meth:`authorized` yields, each once."""
        return tuple(dict.fromkeys(self.authorized()))

    def walk(self) -> Iterator[tuple["RecordNode", TermNode]]:
        """Yield every term of the tree in the order of evaluation."""
        for node in self.terms:
            yield self, node
            if node.record:
                yield from node.record.walk()

    def authorized(self, path: tuple[str, ...] = ()) -> Iterator[AuthorizedNetwork]:
        """Yield the networks that pass; earlier negative terms are not taken off."""
        path = (*path, self.domain)
        for node in self.passing():
            if node.record:
                yield from node.record.authorized(path)
            term = printable(node.term.text) if node.networks else ""
            for network in node.networks:
                yield AuthorizedNetwork(str(network), term, self.domain, path)

    def passing(self) -> Iterator[TermNode]:
        """Yield the record's own terms that let senders pass."""
        for node in self.terms:
            if isinstance(node.term, Modifier) or node.term.qualifier == "+":
                yield node


def render_tree(tree: RecordNode) -> str:
    """Return a tree as text, one term a line, with what each costs; 81 lines at most.

    Failures are part of it.
    """
    lines = []
    for line in _render_record(tree, ""):
        if len(lines) == MAX_LINES:
            lines.append("...")
            break
        lines.append(line)
    return "\n".join(lines)


def _render_record(node: RecordNode, indent: str) -> Iterator[str]:
    problem = f" {node.problem}" if node.problem else ""
    name = shorten(display_name(node.domain), MAX_WIDTH)
    yield f"{indent}{name}: {node.cost.lookups} of {MAX_LOOKUPS} lookups{problem}"
    for term in node.terms:
        yield from _render_term(term, indent + "  ")


def _render_term(node: TermNode, indent: str) -> Iterator[str]:
    lookups = node.cost.lookups
    cost = f" [{lookups}]" if lookups else ""
    problem = f" {node.problem}" if node.problem else ""
    yield f"{indent}{shorten(printable(node.term.text), MAX_WIDTH)}{cost}{problem}"
    if node.record:
        yield from _render_record(node.record, indent + "  ")
