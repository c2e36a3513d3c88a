# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What strangers wrote, made safe to show.

Whoever runs a zone or writes a mail decides what stands in it: control characters that
repaint a terminal, signs that turn the direction of writing, megabytes. What comes from
here is bounded and holds none of that; it is not escaped for HTML.
"""

import re
import unicodedata
from collections.abc import Iterable

MAX_SHOWN = 500
_SHOWN_LINES = 10
_SHOWN_LENGTH = 2000  # characters of a line
# The data of a public key, that of an Ed25519 one included (44).
_KEY = re.compile(r"(?<=p=)([A-Za-z0-9+/]{40,}={0,2})")


def printable(text: str | bytes, most: int = MAX_SHOWN) -> str:
    r"""Return printable ASCII: other bytes as ``\xe9``, characters as Python has them.

    What is printable ASCII already stays as it is, so that nothing is escaped twice.

    :param most: characters of the result at most; the rest is cut off.
    """
    cut = text[:most]
    escape = _escape_byte if isinstance(cut, bytes) else _escape_character
    signs = map(chr, cut) if isinstance(cut, bytes) else cut
    return "".join(s if " " <= s <= "~" else escape(s) for s in signs)[:most]


def _escape_byte(sign: str) -> str:
    return f"\\x{ord(sign):02x}"


def _escape_character(sign: str) -> str:
    return ascii(sign)[1:-1]


def shorten(text: str, most: int) -> str:
    """Return a text that can be shown, with dots at its end where it was cut.

    :param most: characters of the result at most, the dots included.
    """
    return text if len(text) <= most else text[: most - 3] + "..."


def shorten_keys(text: str) -> str:
    """Return records of DKIM keys with the keys cut in their middle.

    What is left tells two keys apart: all of one kind begin alike, and nearly all RSA
    keys end alike, with the exponent.
    """
    return _KEY.sub(lambda key: f"{key[1][:8]}...{key[1][-16:]}", text)


def drop_hidden(text: str) -> str:
    """Return a text in any alphabet without what can't be seen in it.

    Line breaks separate words; the other characters of Unicode's category C (control,
    format, surrogate, private use) only hide something.
    """
    spaced = (" " if sign.isspace() else sign for sign in text)
    return "".join(sign for sign in spaced if unicodedata.category(sign)[0] != "C")


def show_records(records: Iterable[bytes]) -> str:
    """Return TXT records as printable lines, bounded in number and length.

    Sorted: servers send them in another order each time, and nothing has changed.
    """
    shown = sorted(records)[: _SHOWN_LINES + 1]
    return show_lines(printable(record, _SHOWN_LENGTH + 1) for record in shown)


def show_lines(lines: Iterable[str]) -> str:
    """Return lines that are printable already, bounded in number and length."""
    shown = list(lines)
    more = ["..."] if len(shown) > _SHOWN_LINES else []
    lines = [shorten(line, _SHOWN_LENGTH) for line in shown[:_SHOWN_LINES]]
    return "\n".join([*lines, *more])
