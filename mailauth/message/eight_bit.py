# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether bytes above 127 can be the ones that were sent.

On the way in they may have been read as text in one encoding and written in another:
by odoo-mailgate, by XML-RPC, by a text field. Then every hash fails, whatever was
signed, and nothing says so but the bytes themselves.
"""

import codecs
import re

from .mime import Part, find_codec, read_structure
from .raw_message import RawMessage

_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")
_SAMPLE = 256 * 1024  # bytes
_MAX_BEFORE = 1000  # bytes of a line before the first one above 127
_LABELLED = ("8bit", "binary")
# What else than UTF-8 a program on the way may have taken text for.
_LOCALES = (
    "latin-1",
    "cp1252",
    "iso-8859-15",
    "iso-8859-2",
    "cp1250",
    "cp1251",
    "koi8-r",
)


def is_damaged(message: RawMessage) -> bool:
    """Tell whether bytes of a message above 127 may be others than were sent."""
    if message.data.isascii():
        return False
    values = [value for _name, value in message.fields if not value.isascii()]
    if any(_is_text_damaged(value, "utf-8") for value in values):
        return True
    return any(_is_part_damaged(part) for part in read_structure(message).parts)


def _is_part_damaged(part: Part) -> bool:
    data = part.data  # a copy
    if data.isascii():
        return False
    if part.encoding not in _LABELLED:
        return True
    if part.content_type.startswith("text/"):
        return _is_text_damaged(data, part.charset or "utf-8")
    # What is no text is hardly ever UTF-8 by chance, and always when it was read as
    # text on the way. A message in the message has its own charsets.
    nested = part.content_type.startswith("message/")
    return not nested and (_REPLACED in data or _is_utf8(_take_sample(data)))


def _is_text_damaged(data: bytes, charset: str) -> bool:
    name = find_codec(charset)
    if not name or _REPLACED in data:
        return True
    data = _take_sample(data)
    try:
        text = data.decode(name)
    except (ValueError, LookupError):
        return True
    if codecs.lookup(name).name != "utf-8":
        return _is_utf8(data)
    return any(_is_doubled(text, locale) for locale in _LOCALES)


def _take_sample(data: bytes) -> bytes:
    """Return the lines from the first byte above 127 on, bounded.

    Whatever has changed letters on the way has changed all of them.
    """
    found = _EIGHT_BIT.search(data)
    first = found.start() if found else 0
    start = max(data.rfind(b"\n", 0, first) + 1, first - _MAX_BEFORE)
    sample = data[start : start + _SAMPLE]
    whole = start + _SAMPLE >= len(data)
    return sample if whole else sample.rpartition(b"\n")[0] or sample[:-4]


def _is_doubled(text: str, charset: str) -> bool:
    """Tell whether UTF-8 was read in another charset and written as UTF-8 again."""
    try:
        return _is_utf8(text.encode(charset))
    except UnicodeEncodeError:
        return False


def _is_utf8(data: bytes) -> bool:
    """Tell whether bytes, not all of them ASCII, are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
