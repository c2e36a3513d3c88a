# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Structured header fields in words, comments and quotes (RFC 5322 section 3.2).

In linear time, and without an end to how deep comments nest.
"""

import re
from typing import Literal, NamedTuple

MAX_VALUE = 8192  # characters of a field that are read
_MARK = re.compile(r'\\.|[()"]', re.DOTALL)
_PIECE = re.compile(r"[^\s;]+|;")


class Token(NamedTuple):
    """One piece of a field.

    :param kind: what it is.
    :param text: without the marks around it.
    """

    kind: Literal["word", "comment", "quoted", ";"]
    text: str


def unfold(value: bytes) -> str:
    """Return the value of a field in one line, bounded, each run of white space one."""
    text = value[: 2 * MAX_VALUE].decode("utf-8", "replace")
    return " ".join(text.split())[:MAX_VALUE]


def lex(text: str) -> list[Token]:
    """Return the pieces of a field; what opens and never closes is part of a word.

    :param text: as :func:`unfold` returns it.
    """
    tokens: list[Token] = []
    position = 0
    for start, end in _find_spans(text):
        tokens += _split_words(text[position:start])
        kind = "comment" if text[start] == "(" else "quoted"
        tokens.append(Token(kind, text[start + 1 : end]))
        position = end + 1
    return tokens + _split_words(text[position:])


def without_comments(text: str) -> str:
    """Return a field with a space in place of each comment; quotes stay."""
    kept, position = [], 0
    for start, end in _find_spans(text):
        if text[start] == "(":
            kept.append(text[position:start])
            position = end + 1
    return " ".join([*kept, text[position:]])


def split_at_semicolons(text: str) -> list[str]:
    """Return what stands between the semicolons that are in no comment or quotes."""
    parts, position, looked = [], 0, 0
    for start, end in [*_find_spans(text), (len(text), len(text))]:
        while (found := text.find(";", looked, start)) >= 0:
            parts.append(text[position:found].strip())
            position = looked = found + 1
        looked = end + 1
    return [*parts, text[position:].strip()]


def _split_words(text: str) -> list[Token]:
    pieces = _PIECE.findall(text)
    return [Token(";" if piece == ";" else "word", piece) for piece in pieces]


def _find_spans(text: str) -> list[tuple[int, int]]:
    """Return where the outermost comments and quotes begin and end, in order."""
    spans: list[tuple[int, int]] = []
    open_at: list[int] = []  # of comments
    quoted_at = -1
    odd = text.rfind('"') if text.count('"') % 2 else -1
    for mark in _MARK.finditer(text):
        sign, place = mark[0], mark.start()
        if quoted_at >= 0:
            if sign == '"':
                spans.append((quoted_at, place))
                quoted_at = -1
        elif sign == "(":
            open_at.append(place)
        elif sign == ")" and open_at:
            spans.append((open_at.pop(), place))
        elif sign == '"' and not open_at and place != odd:
            quoted_at = place
    return _keep_outermost(spans)


def _keep_outermost(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not kept or start > kept[-1][1]:
            kept.append((start, end))
    return kept
