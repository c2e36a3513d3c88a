# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The links of HTML, found in bounded work however broken it is.

A parser for HTML is not needed for that, and those that can be had need a time that
grows with the square of what a stranger sends.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_MAX_TAGS = 5000  # that are looked at
_MAX_TAG = 4000  # characters from "<" to ">"
_MAX_SHOWN = 1000  # characters between <a> and </a>
_OPENING = re.compile(r"<(a|area|img|form)(?=[\s/])", re.IGNORECASE)
_CLOSING = re.compile(r"</?a[\s>/]", re.IGNORECASE)
_TARGET = re.compile(
    r"""(?:\s|/|"|')(?:href|src|action)\s{0,9}=\s{0,9}"""
    r"""(?:"([^"]{0,3000})"|'([^']{0,3000})'|([^\s>"']{1,3000}))""",
    re.IGNORECASE,
)
# A picture behind others, as an attribute or as a style.
_BACKGROUND = re.compile(
    r"\bbackground(?:-image)?\s{0,9}[:=]\s{0,9}(?:[^;\"'<>()]{0,100}\burl\(\s{0,9})?"
    r"(?:[\"']|&quot;|&#3[49];)?(https?://[^\s\"'()<>]{1,1000})",
    re.IGNORECASE,
)
_QUOTE_OR_END = re.compile(r"[\"'>]")
_TAG = re.compile(r"<[^<>]{0,1000}>")
_BREAKS = re.compile(r"[\x00-\x20\xa0\u200b\u200c\u200d\ufeff]+")


@dataclass(frozen=True)
class Link:
    """Where something in a message leads.

    :param tag: "a", "area", "img", "form", or "background" for a picture there.
    :param target: the address as it is written, entities decoded.
    :param text: what is shown for it, "" for pictures.
    """

    tag: str
    target: str
    text: str = ""


@dataclass(frozen=True)
class Html:
    """What was found in HTML.

    :param links: in order, the first five thousand.
    """

    links: tuple[Link, ...] = ()


def read_html(text: str) -> Html:
    """Return what HTML leads to; comments are left out.

    :param text: already bounded.
    """
    text = _drop_comments(text)
    links: list[Link] = []
    place = 0
    for _time in range(_MAX_TAGS):
        match = _OPENING.search(text, place)
        if not match:
            break
        place = _find_end(text, match.end())
        if target := _TARGET.search(text, match.end(), place):
            tag = match[1].lower()
            address = unescape(target[1] or target[2] or target[3] or "").strip()
            shown = _read_shown(text, place + 1) if tag == "a" else ""
            links.append(Link(tag, address, shown))
    return Html((*links, *_list_backgrounds(text)))


def _list_backgrounds(text: str) -> Iterator[Link]:
    for match in itertools.islice(_BACKGROUND.finditer(text), _MAX_TAGS):
        yield Link("background", re.split("&quot;|&#3[49];", match[1])[0])


def _find_end(text: str, place: int) -> int:
    """Return where a tag ends; a ">" in quotes does not end it."""
    most = min(len(text), place + _MAX_TAG)
    while sign := _QUOTE_OR_END.search(text, place, most):
        if sign[0] == ">":
            return sign.start()
        closing = text.find(sign[0], sign.end(), most)
        place = closing + 1 or sign.end()
    return most


def _read_shown(text: str, begin: int) -> str:
    closing = _CLOSING.search(text, begin, begin + _MAX_SHOWN)
    if not closing:
        return ""
    shown = _TAG.sub("", text[begin : closing.start()])
    return _BREAKS.sub(" ", unescape(shown)).strip()


def _drop_comments(text: str) -> str:
    kept, place = [], 0
    while (begin := text.find("<!--", place)) >= 0:
        kept.append(text[place:begin])
        end = text.find("-->", begin + 4)
        if end < 0:
            return "".join(kept)
        place = end + 3
    return "".join((*kept, text[place:]))
