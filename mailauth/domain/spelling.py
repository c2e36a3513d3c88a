# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What somebody may have meant who has mistyped a domain."""

from collections.abc import Iterable

MOST = 300  # names that a domain is compared with
# Endings that many domains have; of what is close to one of them it is the likelier.
ENDINGS = ("com", "net", "org", "info", "biz", "example")
SHORT = 8  # in a shorter name two mistakes would make another name


def suggest_name(name: str, known: Iterable[str]) -> str:
    """Return the domain that may be meant, "" for none.

    :param name: what was typed, in A-labels and lower case.
    :param known: domains that are likely, in the same spelling.
    """
    known = list(dict.fromkeys(known))[:MOST]
    if name in known:
        return ""
    most = 1 if len(name) < SHORT else 2
    ranked = [
        (distance, number)
        for number, one in enumerate(known)
        if (distance := count_mistakes(name, one, most)) <= most
    ]
    return known[min(ranked)[1]] if ranked else ""


def mend_ending(name: str) -> str:
    """Return a domain that does not exist with the ending that is meant, or "".

    :param name: in A-labels and lower case.
    """
    rest, _dot, ending = name.rpartition(".")
    if not rest or ending in ENDINGS:
        return ""
    near = (one for one in ENDINGS if count_mistakes(ending, one, 1) == 1)
    meant = next(near, "")
    return meant and f"{rest}.{meant}"


def count_mistakes(typed: str, meant: str, most: int) -> int:
    """Return how many letters are wrong, missing, too many, or swapped with the next.

    The distance of Damerau and Levenshtein, with each letter swapped at most once.

    :param most: what lies beyond is not told from ``most + 1``.
    """
    if abs(len(typed) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        before, above, row = row, before, [i]
        for j, other in enumerate(meant, 1):
            best = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                best = min(best, above[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
    return row[-1]
