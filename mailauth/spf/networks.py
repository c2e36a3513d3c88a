# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which networks a domain's record lets send, for those who name sources by them."""

from ..dns.names import normalize_name
from ..dns.resolver import Resolver, per_check
from ..errors import PermError
from .tree import AuthorizedNetwork, RecordNode
from .walker import MAX_TREE, share_tree

# Bounds of one check, which a record reaches each time.
_BOUNDS = ("dns_too_much",)


async def find_networks(
    domain: str, resolver: Resolver
) -> tuple[AuthorizedNetwork, ...] | None:
    """Return the networks whose addresses pass, each once.

    :return: none where the domain publishes no record; None where DNS has not answered
        everything, so that some may be missing.
    """
    try:
        name = normalize_name(domain)
    except PermError:
        return ()
    async with per_check(resolver) as checked:
        tree = await share_tree(name, checked, MAX_TREE)
    return list_networks(tree)


def list_networks(tree: RecordNode) -> tuple[AuthorizedNetwork, ...] | None:
    """Return the networks of a tree as :func:`find_networks` does."""
    return None if _is_incomplete(tree) else tree.networks


def _is_incomplete(tree: RecordNode) -> bool:
    problems = [tree.problem]
    for _record, node in tree.walk():
        problems.append(node.problem)
        if node.record:
            problems.append(node.record.problem)
    return any(
        problem.startswith("dns_") and problem not in _BOUNDS for problem in problems
    )
