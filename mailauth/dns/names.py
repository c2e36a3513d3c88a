# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Domain names: one spelling for each, whatever alphabet it was typed in."""

import idna

from ..errors import PermError

MAX_NAME = 253
MAX_LABEL = 63
# Second labels below which others register: "co.uk", "com.au". There are more.
_SUFFIXES = frozenset(
    ("ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "gv", "mil", "ne", "net")
    + ("nom", "or", "org", "sch")
)


def normalize_name(name: str) -> str:
    """Return the one spelling of a domain name that is asked and compared.

    A-labels (RFC 5890, mapped as UTS 46 says), lower case, no trailing dot.

    :param name: a domain name in U-labels, A-labels or both, as typed.
    :raises PermError: ``name_invalid``: an empty or overlong label or name.
    """
    text = name.removesuffix(".")
    labels = [_normalize_label(label) for label in _split(text)]
    ascii_name = ".".join(labels)
    if not ascii_name or len(ascii_name) > MAX_NAME:
        raise PermError("name_invalid", name[:MAX_NAME])
    return ascii_name


def _split(text: str) -> list[str]:
    if len(text) > 4 * MAX_NAME:
        raise PermError("name_invalid", text[:MAX_NAME])
    if text.isascii():
        return text.split(".")
    # The ideographic and the half-width full stops separate labels too (UTS 46).
    return text.translate({0x3002: ".", 0xFF0E: ".", 0xFF61: "."}).split(".")


def _normalize_label(label: str) -> str:
    if label.isascii():
        result = label.lower()
    else:
        try:
            result = idna.encode(label, uts46=True, transitional=False).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise PermError("name_invalid", label[:MAX_NAME]) from error
    if not 1 <= len(result) <= MAX_LABEL:
        raise PermError("name_invalid", label[:MAX_NAME])
    return result


def display_name(name: str) -> str:
    """Return a domain name as its owner reads it: U-labels where they decode safely."""
    try:
        return idna.decode(name) if "xn--" in name.lower() else name
    except (idna.IDNAError, UnicodeError):
        return name


def guess_registrable(name: str) -> str:
    """Return the domain that somebody has registered, as far as its form tells.

    Which one it is, only DNS or a public suffix list tells.

    :param name: in A-labels, lower case.
    """
    labels = name.split(".")
    registry = labels[-2:-1] and len(labels[-1]) == 2 and labels[-2] in _SUFFIXES
    return ".".join(labels[-3 if registry else -2 :])


def is_within(name: str, domain: str) -> bool:
    """Tell whether a name is a domain or below it, both in one spelling."""
    return name == domain or name.endswith(f".{domain}")
