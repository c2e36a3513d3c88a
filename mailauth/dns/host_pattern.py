# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Patterns of host names, as the catalogues of providers hold them."""

from dataclasses import dataclass

from ..errors import PermError
from .names import MAX_NAME, normalize_name

MAX_PATTERNS = 50


@dataclass(frozen=True)
class HostPattern:
    """One pattern.

    :param labels: lower case; ``*`` alone in front stands for one or more labels,
        elsewhere a label may hold one ``*`` for any characters.
    """

    labels: tuple[str, ...]

    @property
    def weight(self) -> int:
        """How specific it is: the number of its literal characters."""
        return sum(len(label.replace("*", "")) for label in self.labels)

    def matches(self, host: str) -> bool:
        """Whether ``host`` (see :func:`normalize_name`) is one of those meant."""
        own, labels = list(self.labels), host.split(".")
        if own[0] == "*":
            own = own[1:]
            if len(labels) <= len(own):
                return False
            labels = labels[len(labels) - len(own) :]
        if len(own) != len(labels):
            return False
        pairs = zip(own, labels, strict=True)
        return all(_label_matches(mine, label) for mine, label in pairs)


def _label_matches(pattern: str, label: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return pattern == label
    fits = len(label) >= len(head) + len(tail)
    return fits and label.startswith(head) and label.endswith(tail)


def parse_patterns(text: str) -> tuple[HostPattern, ...]:
    """Read patterns separated by commas or white space.

    :raises PermError: ``host_pattern`` with the part that is none; ``host_patterns``:
        more than 50.
    """
    parts = (text or "").replace(",", " ").split()
    if len(parts) > MAX_PATTERNS:
        raise PermError("host_patterns", str(len(parts)))
    return tuple(_parse_pattern(part) for part in parts)


def _parse_pattern(text: str) -> HostPattern:
    labels = text.lower().removesuffix(".").split(".")
    if any(label.count("*") > 1 for label in labels) or len(text) > MAX_NAME:
        raise PermError("host_pattern", text[:MAX_NAME])
    # A pattern must end in a real domain: "*.com" would claim half of the world.
    if len(labels) < 2 or "*" in labels[-1] or labels[-2] == "*":
        raise PermError("host_pattern", text[:MAX_NAME])
    try:
        normalize_name(".".join(label.replace("*", "x") for label in labels))
    except PermError as error:
        raise PermError("host_pattern", text[:MAX_NAME]) from error
    return HostPattern(tuple(labels))


def match_weight(patterns: tuple[HostPattern, ...], host: str) -> int:
    """Return the weight of the most specific pattern that matches, else 0.

    :param host: a host name as typed; what is none matches nothing.
    """
    try:
        name = normalize_name(host)
    except PermError:
        return 0
    weights = (pattern.weight for pattern in patterns if pattern.matches(name))
    return max(weights, default=0)
