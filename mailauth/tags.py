# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Lists of tag=value, as DKIM and DMARC records have them (RFC 6376 section 3.2)."""

import re
from dataclasses import dataclass, replace

from .errors import PermError
from .printable import printable

_WHITESPACE = " \t\r\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e \t\r\n]*\Z")
_WIDE_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e\x80-\xff \t\r\n]*\Z")
_SHOWN = 100  # characters of a faulty tag that an error repeats


@dataclass(frozen=True)
class Tag:
    """One tag.

    :param name: as written; DKIM compares it case-sensitively. In lower case where
        the list was read so.
    :param value: without surrounding white space, inner white space kept.
    :param position: offset of the name in the record, in bytes from 0.
    """

    name: str
    value: str
    position: int


@dataclass(frozen=True)
class TagProblem:
    """A part of the record that is no tag.

    :param code: "tag_syntax" (no "=", a bad name), "tag_value" (a character that
        a value can't have) or "tag_duplicate".
    :param text: the part, printable ASCII, at most 100 characters.
    :param position: its offset in the record, in bytes from 0.
    :param name: the tag's name where it is known, else "".
    """

    code: str
    text: str
    position: int
    name: str = ""


@dataclass(frozen=True)
class TagList:
    """The tags of a record, and what could not be read.

    :param tags: the valid ones in their order; of a repeated name only the first.
    :param problems: the rest, in their order.
    """

    tags: tuple[Tag, ...]
    problems: tuple[TagProblem, ...] = ()

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the value of a tag, or ``default``."""
        for tag in self.tags:
            if tag.name == name:
                return tag.value
        return default


def scan_tags(data: bytes, *, fold: bool = False, wide: bool = False) -> TagList:
    """Read a tag list as far as it can be read, and never fail.

    For formats that ignore what they can't read (DMARC, RFC 9989 section 4.7).

    :param fold: whether names in capitals are the same names, and become lower case.
    :param wide: whether values may have bytes above ASCII (RFC 8616 section 4); each
        is one character of the value.
    """
    tags: dict[str, Tag] = {}
    problems: list[TagProblem] = []
    position = 0
    parts = data.decode("latin-1").split(";")
    if len(parts) > 1 and not parts[-1].strip(_WHITESPACE):
        parts.pop()
    for part in parts:
        tag = _scan_tag(part, position, _WIDE_VALUE if wide else _VALUE)
        if fold:
            tag = replace(tag, name=tag.name.lower())
        if isinstance(tag, Tag) and tag.name in tags:
            tag = _problem("tag_duplicate", part, tag.position, tag.name)
        if isinstance(tag, Tag):
            tags[tag.name] = tag
        else:
            problems.append(tag)
        position += len(part) + 1
    return TagList(tuple(tags.values()), tuple(problems))


def parse_tags(data: bytes, *, wide: bool = False) -> TagList:
    """Read a tag list that must be valid as a whole (RFC 6376 section 3.2).

    :param wide: as for :func:`scan_tags`.
    :raises PermError: "tag_syntax", "tag_value" or "tag_duplicate", with the part
        and its position.
    """
    tag_list = scan_tags(data, wide=wide)
    for problem in tag_list.problems:
        raise PermError(problem.code, f"{problem.text!r} at {problem.position}")
    return tag_list


def _scan_tag(part: str, position: int, values: re.Pattern) -> Tag | TagProblem:
    name, equals, value = part.partition("=")
    position += len(part) - len(part.lstrip(_WHITESPACE))
    name, value = name.strip(_WHITESPACE), value.strip(_WHITESPACE)
    if not equals or not _NAME.match(name):
        return _problem("tag_syntax", part, position)
    if not values.match(value):
        return _problem("tag_value", part, position, name)
    return Tag(name, value, position)


def _problem(code: str, part: str, position: int, name: str = "") -> TagProblem:
    text = printable(part.strip(_WHITESPACE), _SHOWN)
    return TagProblem(code, text, position, name)
