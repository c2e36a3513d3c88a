# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""In what a key record differs from the one that should be there, to be shown."""

from dataclasses import dataclass
from itertools import takewhile

from ..tags import scan_tags

# What a record means that does not say it (RFC 6376 section 3.6.1).
_DEFAULTS = {"v": "DKIM1", "k": "rsa"}
_COMPARED = ("v", "k", "p")
_SHORT = 40  # characters that are shown whole
_ENDS = 8
_MIDDLE = 16


@dataclass(frozen=True)
class TagDifference:
    """A tag that has two values.

    :param tag: its name.
    :param found: the value in DNS, shortened; "" where it has none.
    :param expected: the value of the key, shortened.
    :param found_length: characters of the whole value in DNS.
    :param expected_length: those of the key's.
    """

    tag: str
    found: str
    expected: str
    found_length: int
    expected_length: int


def compare_records(found: str, expected: str) -> tuple[TagDifference, ...]:
    """Return where two records say another thing; white space has no meaning there.

    :param found: the record in DNS, hostile: printable ASCII, bounded.
    :param expected: the record to publish.
    """
    there, ours = _read(found), _read(expected)
    pairs = ((tag, there.get(tag, ""), ours.get(tag, "")) for tag in _COMPARED)
    return tuple(_describe(*pair) for pair in pairs if pair[1] != pair[2])


def _read(record: str) -> dict[str, str]:
    tags = scan_tags(record.encode()).tags
    values = {tag.name: "".join(tag.value.split()) for tag in tags}
    return {**_DEFAULTS, **values}


def _describe(tag: str, found: str, expected: str) -> TagDifference:
    pairs = zip(found, expected, strict=False)
    same = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
    lengths = (len(found), len(expected))
    return TagDifference(tag, _shorten(found, same), _shorten(expected, same), *lengths)


def _shorten(value: str, start: int) -> str:
    """Return both ends and what stands where the difference begins.

    All keys of one kind begin alike, and nearly all of RSA end alike.
    """
    if len(value) <= _SHORT:
        return value
    start = min(max(start, _ENDS), len(value) - _ENDS - _MIDDLE)
    before = "..." if start > _ENDS else ""
    end = start + _MIDDLE
    after = "..." if end < len(value) - _ENDS else ""
    return f"{value[:_ENDS]}{before}{value[start:end]}{after}{value[-_ENDS:]}"
