# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Macros of SPF: parsed once, expanded for each message (RFC 7208 section 7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from ..dns.names import MAX_NAME
from ..errors import PermError

MAX_EXPANSION = 16384
DOMAIN_LETTERS = frozenset("slodiphv")
EXPLANATION_LETTERS = DOMAIN_LETTERS | frozenset("crt")
ESCAPES = {"%": "%", "_": " ", "-": "%20"}
_MACRO = (
    r"%\{(?P<letter>[a-z])(?P<digits>[0-9]*)(?P<reverse>r?)"
    r"(?P<delimiters>[-.+,/_=]*)\}|%(?P<escape>[%_-])|"
)
_FLAGS = re.IGNORECASE | re.ASCII
_DOMAIN_TOKEN = re.compile(_MACRO + r"(?P<literal>[!-$&-~]+)", _FLAGS)
_TEXT_TOKEN = re.compile(_MACRO + r"(?P<literal>[ -$&-~]+)", _FLAGS)


@dataclass(frozen=True)
class Macro:
    """One ``%{...}``.

    :param letter: what it stands for, lower case.
    :param parts: how many right-hand parts are kept, 0 for all.
    :param reverse: whether the parts are reversed first.
    :param delimiters: what the value is split at.
    :param escape: whether the value is escaped as in a URL.
    """

    letter: str
    parts: int = 0
    reverse: bool = False
    delimiters: str = "."
    escape: bool = False


@dataclass(frozen=True)
class MacroString:
    """A text with macros, taken apart.

    :param text: as published.
    :param parts: literal text and macros, in order.
    """

    text: str
    parts: tuple[str | Macro, ...]

    @property
    def letters(self) -> frozenset[str]:
        """The letters of all macros in it."""
        return frozenset(p.letter for p in self.parts if isinstance(p, Macro))


def parse_domain_macros(
    text: str, letters: frozenset[str] = DOMAIN_LETTERS
) -> MacroString:
    """Read a macro-string as terms hold it (RFC 7208 section 7.1).

    :param letters: the macro letters that are allowed.
    :raises PermError: ``macro_syntax``.
    """
    return _parse(text, _DOMAIN_TOKEN, letters)


def parse_explanation(text: str) -> MacroString:
    """Read an explain-string (RFC 7208 section 6.2).

    :raises PermError: ``macro_syntax``.
    """
    return _parse(text, _TEXT_TOKEN, EXPLANATION_LETTERS)


def _parse(text: str, token: re.Pattern, letters: frozenset[str]) -> MacroString:
    parts: list[str | Macro] = []
    position = 0
    while position < len(text):
        match = token.match(text, position)
        if match is None:
            raise PermError("macro_syntax", text[position:])
        parts.append(_read_token(match, letters))
        position = match.end()
    return MacroString(text, tuple(parts))


def _read_token(match: re.Match, letters: frozenset[str]) -> str | Macro:
    if match["literal"]:
        return match["literal"]
    if match["escape"]:
        return ESCAPES[match["escape"]]
    letter = match["letter"].lower()
    digits = match["digits"].lstrip("0")
    if letter not in letters or (match["digits"] and not digits):
        raise PermError("macro_syntax", match[0])
    return Macro(
        letter,
        int(digits[:4] or 0),
        bool(match["reverse"]),
        match["delimiters"] or ".",
        match["letter"].isupper(),
    )


def expand(string: MacroString, values: Mapping[str, str]) -> str:
    """Replace each macro by its value.

    :param values: the value of each letter that may occur.
    :raises PermError: ``macro_too_long`` beyond 16 KB.
    """
    result = []
    size = 0
    for part in string.parts:
        text = part if isinstance(part, str) else _expand_macro(part, values)
        size += len(text)
        if size > MAX_EXPANSION:
            raise PermError("macro_too_long", string.text)
        result.append(text)
    return "".join(result)


def _expand_macro(macro: Macro, values: Mapping[str, str]) -> str:
    value = values[macro.letter]
    first, *others = sorted(set(macro.delimiters))
    for other in others:
        value = value.replace(other, first)
    parts = value.split(first)
    if macro.reverse:
        parts.reverse()
    text = ".".join(parts[-macro.parts :] if macro.parts else parts)
    return quote(text, safe="") if macro.escape else text


def expand_domain(string: MacroString, values: Mapping[str, str]) -> str:
    """Expand a domain-spec to the name that is looked up.

    Labels are dropped from the left until it has at most 253 characters
    (RFC 7208 section 7.3).

    :raises PermError: ``macro_too_long``.
    """
    name = expand(string, values).removesuffix(".")
    if len(name) > MAX_NAME:
        tail = name[-MAX_NAME - 1 :]
        name = tail.partition(".")[2] or tail
    return name
