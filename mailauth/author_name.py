# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An author's display name that can't be taken for somebody's address."""

import re
import unicodedata
from collections.abc import Iterable

from .from_filter import matches_filter
from .printable import drop_hidden

MAX_NAME = 200  # characters
# What a reader takes for an address: several domains in a row are one, so that ours
# at the end excuses none before it. A domain may have any letter beyond ASCII.
_LABEL = r"[^\s\x00-,./:-@\[-^`{-\x7f]"
_ADDRESS_IN_NAME = re.compile(
    r"""[^\s<>()\[\]"',;:@|/=]+"""
    rf"""(?:@[\s"'(<]*(?:\[[^\]]*\]?|(?:{_LABEL}|\.)+\.{_LABEL}{{2,}}))+"""
)
# Signs that show nothing although they are no control characters (Unicode's
# Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_IDEOGRAPHIC_DOT = "\u3002"
_BRACKETS = re.compile(r"<\s*>|\(\s*\)|\[\s*\]|\"\s*\"|'\s*'")


def clean_name(name: str, own_domains: Iterable[str] = ()) -> str:
    """Return a display name that can't be taken for somebody's address.

    Control characters, invisible ones and those that change the direction of writing
    go away, and so does every address whose domain is not ours.

    :param own_domains: domains and addresses that may be named.
    """
    own = tuple(own_domains)

    def cut(match: re.Match) -> str:
        address, single = match[0].strip("."), match[0].count("@") == 1
        ours = single and any(matches_filter(address, part) for part in own)
        return match[0] if ours else " "

    # The name has been decoded. An encoded word left in it would be decoded by the
    # reader's program, and could hold what is cut here: so it must not look like one.
    text = drop_hidden(name).replace("=?", "= ?")[: 4 * MAX_NAME]
    seen = _unmask(text)
    if _ADDRESS_IN_NAME.search(seen):
        text = _BRACKETS.sub(" ", _ADDRESS_IN_NAME.sub(cut, seen))
        text = text if any(map(str.isalnum, text)) else ""
    return " ".join(text.split())[:MAX_NAME].strip()


def _unmask(text: str) -> str:
    """Return a text as a reader sees it: one sign for all that look alike."""
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return seen.replace(_IDEOGRAPHIC_DOT, ".")[: 4 * MAX_NAME]
