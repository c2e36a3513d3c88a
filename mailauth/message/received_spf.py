# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The field Received-SPF (RFC 7208 section 9.1), as receivers write it.

Many write only the result and the comment, which names the same things in words.
"""

import ipaddress
import re
from dataclasses import dataclass

from ..printable import printable
from .lexer import lex, unfold

MAX_FIELDS = 10  # of a message
_PAIR = re.compile(
    r"(?<![\w-])([a-z][a-z-]{0,30}) ?= ?"
    r"""(?:"((?:[^"\\]|\\.){0,500})"|([^\s;"]{0,500}))""",
    re.IGNORECASE,
)
_WRITER = re.compile(r"\s*([a-z0-9][a-z0-9._-]{0,254}):\s", re.IGNORECASE)
_IN_WORDS = re.compile(
    r"\bdesignates? ([0-9a-f]{0,4}[.:][0-9a-f.:]{2,45}) as\b", re.IGNORECASE
)
_FIRST_ADDRESS = re.compile(
    r"(?<![\w.:])([0-9a-f]{0,4}[.:][0-9a-f.:]{2,45}) is (?:neither|not)", re.IGNORECASE
)
_DOMAIN_OF = re.compile(r"\bdomain of (?:transitioning )?([^\s()]{1,320})")
_WORDS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")
# Of libraries that are older than RFC 7208.
_OLD_WORDS = {"error": "temperror", "unknown": "permerror", "hardfail": "fail"}


@dataclass(frozen=True)
class ReceivedSpf:
    """What one field says.

    :param result: its word in lower case, "" for none that is known.
    :param host: who writes it, "" where it says none.
    :param client_ip: the client's address, "" where it says none.
    :param envelope_from: MAIL FROM, None where it says none.
    :param helo: the name in HELO, "" where it says none.
    :param identity: "mailfrom", "helo" or "".
    """

    result: str
    host: str = ""
    client_ip: str = ""
    envelope_from: str | None = None
    helo: str = ""
    identity: str = ""


def parse_received_spf(value: bytes) -> ReceivedSpf:
    """Read a field; what can't be read of it is left out.

    :param value: with its folds.
    """
    tokens = lex(unfold(value))
    words = [token.text for token in tokens if token.kind == "word"]
    comment = next((token.text for token in tokens if token.kind == "comment"), "")
    word = words[0].lower() if words else ""
    pairs = _read_pairs(tokens)
    writer = _WRITER.match(comment)
    receiver = pairs.get("receiver", "")
    if "." not in receiver and writer:
        receiver = writer[1]
    sender = pairs.get("envelope-from")
    if sender is None and (named := _DOMAIN_OF.search(comment)):
        sender = named[1]
    return ReceivedSpf(
        _OLD_WORDS.get(word, word if word in _WORDS else ""),
        printable(receiver if "." in receiver else "", 255),
        _read_ip(pairs.get("client-ip", "")) or _find_ip(comment),
        None if sender is None else printable(sender.strip("<>"), 320),
        printable(pairs.get("helo", ""), 255),
        printable(pairs.get("identity", "").lower(), 20),
    )


def _read_pairs(tokens: list) -> dict[str, str]:
    """Return the key=value pairs, the first of each key."""
    text = " ".join(
        f'"{token.text}"' if token.kind == "quoted" else token.text
        for token in tokens
        if token.kind != "comment"
    )
    pairs: dict[str, str] = {}
    for key, quoted, plain in _PAIR.findall(text):
        pairs.setdefault(key.lower(), quoted or plain)
    return pairs


def _find_ip(comment: str) -> str:
    match = _IN_WORDS.search(comment) or _FIRST_ADDRESS.search(comment)
    return _read_ip(match[1]) if match else ""


def _read_ip(text: str) -> str:
    try:
        ip = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(ip, "ipv4_mapped", None) or ip)
