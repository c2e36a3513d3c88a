# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A new address for somebody, made as a company makes its addresses."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

from .address import MAX_LOCAL_PART

# What people type where a keyboard has no such letter; NFKD takes none of them apart.
_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "ð": "d",
        "ø": "o",
        "þ": "th",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "œ": "oe",
        "ŧ": "t",
        "ß": "ss",
    }
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_MAX_NAME = 200  # characters of a name that are looked at
_MOST = 1000  # people whose addresses are looked at

Format = Callable[[str, str], str]
# By what they look like for Ada Lovelace; the first is taken where none is known.
FORMATS: dict[str, Format] = {
    "first.last": lambda first, last: f"{first}.{last}",
    "f.last": lambda first, last: f"{first[0]}.{last}",
    "flast": lambda first, last: f"{first[0]}{last}",
    "firstlast": lambda first, last: f"{first}{last}",
    "first_last": lambda first, last: f"{first}_{last}",
    "first-last": lambda first, last: f"{first}-{last}",
    "firstl": lambda first, last: f"{first}{last[0]}",
    "first.l": lambda first, last: f"{first}.{last[0]}",
    "last.first": lambda first, last: f"{last}.{first}",
    "lastf": lambda first, last: f"{last}{first[0]}",
    "last": lambda _first, last: last,
    "first": lambda first, _last: first,
}


def find_format(known: Iterable[tuple[str, str]]) -> str:
    """Return the format that most of some addresses have, a key of ``FORMATS``.

    :param known: pairs: somebody's name, and the local part of their address.
    """
    counted: Counter[str] = Counter()
    for name, local_part in list(known)[:_MOST]:
        for umlauts in (True, False):
            fits = _list_formats(split_name(name, umlauts=umlauts), local_part.lower())
            if fits:
                counted.update(fits)
                break
    if not counted:
        return next(iter(FORMATS))
    most = max(counted.values())
    return next(name for name in FORMATS if counted[name] == most)


def suggest_local_part(
    name: str, form: str, taken: Iterable[str] = (), *, umlauts: bool = False
) -> str:
    """Return a local part for somebody that nobody else has, "" where none is known.

    :param name: as people write it; one in another script has no local part.
    :param form: a key of ``FORMATS``.
    :param taken: local parts that are in use, in lower case.
    :param umlauts: whether ä becomes ae, and not a.
    """
    words = split_name(name, umlauts=umlauts)
    if not words:
        return ""
    first, last = words[0], words[-1]
    made = first if len(words) == 1 else FORMATS[form](first, last)
    made = made[: MAX_LOCAL_PART - 4].strip(".-_")
    used = set(taken)
    if made and made not in used:
        return made
    numbers = (f"{made}{number}" for number in range(2, 1000))
    return next((one for one in numbers if one not in used), "") if made else ""


def split_name(name: str, *, umlauts: bool = False) -> list[str]:
    """Return the words of a name in plain letters, [] for one in another script.

    Titles and initials between first and last name are words as well.
    """
    text = unicodedata.normalize("NFC", name[:_MAX_NAME]).lower()
    if umlauts:
        text = text.translate(_UMLAUTS)
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    text = "".join(one for one in text if not unicodedata.combining(one))
    text = re.sub(r"['’`´ʼ]", "", text)
    last, _comma, first = text.partition(",")
    if first:
        text = f"{first} {last}"  # "Lovelace, Ada"
    words = re.split(r"[\s.,_/()\"&+]+", text)
    words = [word.strip("-") for word in words if word.strip("-")]
    if any(not re.fullmatch(r"[a-z0-9-]+", word) for word in words):
        return []
    return words


def uses_umlauts(known: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a company writes ä as ae, by the addresses that show it."""
    counted: Counter[bool] = Counter()
    for name, local_part in list(known)[:_MOST]:
        wide, narrow = split_name(name, umlauts=True), split_name(name)
        if wide != narrow:
            counted[True] += bool(_list_formats(wide, local_part.lower()))
            counted[False] += bool(_list_formats(narrow, local_part.lower()))
    return counted[True] > counted[False]


def _list_formats(words: list[str], local_part: str) -> list[str]:
    """Return the formats by which somebody has this local part."""
    if len(words) < 2:
        return []
    first, last = words[0], words[-1]
    return [name for name, make in FORMATS.items() if make(first, last) == local_part]
