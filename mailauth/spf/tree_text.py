"""An SPF record with all that it leads to, as lines that a person can follow."""

from collections.abc import Iterator

from ..dns.names import display_name, normalize_name
from ..dns.resolver import CheckResolver
from .record import printable
from .tree import MAX_TREE, RecordNode, TermNode, share_tree

MAX_LINES = 80
MAX_WIDTH = 120


async def outline_spf(domain: str, resolver: CheckResolver) -> str:
    """Return the tree of a domain's record, one term a line, with what each costs.

    Failures are part of it. Answers that the check has already are not asked again.

    :param resolver: of one check, see :func:`mailauth.dns.resolver.per_check`.
    """
    tree = await share_tree(normalize_name(domain), resolver, MAX_TREE)
    lines = []
    for line in _outline_record(tree, ""):
        if len(lines) == MAX_LINES:
            lines.append("...")
            break
        lines.append(line)
    return "\n".join(lines)


def _outline_record(node: RecordNode, indent: str) -> Iterator[str]:
    problem = f" {node.problem}" if node.problem else ""
    name = _shorten(display_name(node.domain))
    yield f"{indent}{name}: {node.lookups} of 10 lookups{problem}"
    for term in node.terms:
        yield from _outline_term(term, indent + "  ")


def _outline_term(node: TermNode, indent: str) -> Iterator[str]:
    cost = f" [{node.lookups}]" if node.lookups else ""
    problem = f" {node.problem}" if node.problem else ""
    yield f"{indent}{_shorten(printable(node.term.text))}{cost}{problem}"
    if node.record:
        yield from _outline_record(node.record, indent + "  ")


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_WIDTH else text[: MAX_WIDTH - 3] + "..."
