# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Header-like fields, as reports have them inside of their parts."""

import re
from collections.abc import Iterator

MAX_FIELDS = 20_000  # of one part: a report of 1,000 recipients has some 8,000
MAX_VALUE = 4000  # characters
# RFC 5322 section 2.2, and the spaces before the colon that old software writes.
_FIELD = re.compile(r"([\x21-\x39\x3b-\x7e]{1,100})[ \t]{0,20}:")
_ID = re.compile(r"<[^<>\s]{1,900}>")
_COMMENT = re.compile(r"\([^()]*\)")


def read_fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name (lower case) and the unfolded value of each field.

    An empty line is yielded as ("", ""), what is no field is left out.
    """
    name, value = "", ""
    for line in text.splitlines()[:MAX_FIELDS]:
        if line[:1] in (" ", "\t") and line.strip():
            if name and len(value) < MAX_VALUE:
                value = f"{value} {line.strip()}"
            continue
        if name:
            yield name, value[:MAX_VALUE].strip()
            name = ""
        if not line.strip():
            yield "", ""
        elif match := _FIELD.match(line):
            name, value = match[1].lower(), line[match.end() :]
    if name:
        yield name, value[:MAX_VALUE].strip()


def find_id(value: str) -> str:
    """Return the first message identifier, "" for none (RFC 5322 section 3.6.4).

    Some software leaves the angle brackets out; then they are added.
    """
    if match := _ID.search(value[:MAX_VALUE]):
        return match[0]
    word = value[:MAX_VALUE].split(maxsplit=1)[:1]
    return f"<{word[0]}>" if word and "@" in word[0] else ""


def find_ids(value: str) -> list[str]:
    """Return all message identifiers of References or In-Reply-To, at most 50."""
    return _ID.findall(value[:MAX_VALUE])[:50]


def drop_comments(value: str) -> str:
    """Return a value without comments in parentheses (RFC 5322 section 3.2.2)."""
    return _COMMENT.sub(" ", value).strip()
