# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Bounces that follow no RFC: what their text says to a human reader.

qmail, Exim, Exchange, GMX and IONOS, Yahoo, Sendmail and the older ones of Gmail name
an address on a line of its own, and the reason behind it, until the copy of the mail.
"""

import html
import re
from dataclasses import dataclass

from .reply import MAX_TEXT

MAX_TEXT_PART = 256 * 1024  # characters
_MAX_LINES = 5000
_MAX_ENTRIES = 200
_ADDRESS = r"[^\s<>()\"';:,@]{1,64}@[\w.\-\[\]:]{1,255}"
# A line that begins with who it is about: in brackets, with a colon, a link, a reason.
_ENTRY = re.compile(
    rf"""\s{{0,40}}(?:[a-z][a-z\x20]{{0,60}}\x20to:\s{{1,10}})?
    [<"']?(?P<address>{_ADDRESS})[>"']?
    (?:\s?<mailto:[^<>\s]{{1,400}}>)?
    (?:\s?\([^()]{{0,400}}\))?
    (?:\s?:\s?|\s?\.\.\.\s?|\s{{1,4}}on\s.*|\s{{1,4}})?(?P<rest>.*)\Z""",
    re.VERBOSE | re.IGNORECASE,
)
# What stands before the list of addresses, in any of these bounces.
_INTRODUCTIONS = (
    "the following address",
    "the following recipient",
    "failure reasons",
    "following recipients",
    "these recipients",
    "deliver your message",
    "could not be delivered",
    "couldn't be delivered",
    "can't be delivered",
    "cannot be delivered",
    "wasn't delivered",
    "was not delivered",
    "were not delivered",
    "unable to deliver",
    "did not reach",
    "delivery has failed",
    "delivery failed",
    "delivery to the following",
    "undeliverable",
    "nicht zugestellt",
    "n'a pas pu",
    "no se pudo entregar",
)
# Where the copy of the mail begins.
_COPY = re.compile(
    r"\s{0,10}(?:-{2,}|_{2,}|={2,})?\s{0,4}(?:Below this line is a copy"
    r"|This is a copy of|The header of the original|Original message(?: headers)?\b"
    r"|Original-Nachricht|Message header follows|Returned message follows"
    r"|Message text follows|Included is a copy|Unsent message follows"
    r"|Returned Message\b)",
    re.IGNORECASE,
)
# The copy itself, where no line announces it.
_HEADER = re.compile(r"(?:Received: ?from|Return-Path:|X-Envelope-)", re.IGNORECASE)
_TRANSCRIPT = re.compile(r"\s{0,10}-{2,}\s{0,4}Transcript of session", re.IGNORECASE)
_DELAYED = (
    "warning message only",
    "do not need to resend",
    "will keep trying",
    "will be retried",
    "still being retried",
    "has been delayed",
    "have been delayed",
    "not yet been delivered",
    "delivery attempts will continue",
    "delivery incomplete",
)
_TAG = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li|/font)\b[^<>]{0,400}>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_HIDDEN = re.compile(r"<(style|script)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """What a text says: (address, reason) pairs, and the rest of it.

    :param is_delayed: whether the mail is still being tried.
    :param copy: the text from where the copy of the mail begins, "" for none.
    """

    entries: tuple[tuple[str, str], ...] = ()
    is_delayed: bool = False
    copy: str = ""


def read_told(text: str) -> Told:
    """Read the text of a bounce; nothing where it is not one."""
    lines = text[:MAX_TEXT_PART].splitlines()[:_MAX_LINES]
    begins = (n for n, line in enumerate(lines) if _is_copy(line))
    end = next(begins, len(lines))
    body = " ".join(" ".join(lines[:end]).split()).lower()
    if not any(words in body for words in _INTRODUCTIONS):
        return Told()
    is_delayed = any(words in body for words in _DELAYED)
    return Told(_read_entries(lines[:end]), is_delayed, "\n".join(lines[end:]))


def _is_copy(line: str) -> bool:
    return bool(_COPY.match(line) or _HEADER.match(line))


def _read_entries(lines: list[str]) -> tuple[tuple[str, str], ...]:
    """Return each address with the lines behind it.

    Sendmail puts what was said behind all of them; an address without a reason has
    that of the next one, which is how Exchange lists several.
    """
    found: list[tuple[str, list[str]]] = []
    shared: list[str] | None = None
    for line in lines:
        entry = _ENTRY.match(line) if len(line) < 1000 else None
        if _TRANSCRIPT.match(line):
            shared = []
        elif entry and shared is None and len(found) < _MAX_ENTRIES:
            found.append((entry["address"].strip(".:"), [entry["rest"]]))
        elif shared is not None:
            shared.append(line)
        elif found:
            found[-1][1].append(line)
    return _join(found, shared or [])


def _join(
    found: list[tuple[str, list[str]]], shared: list[str]
) -> tuple[tuple[str, str], ...]:
    reasons: dict[str, str] = {}
    later = _shorten(shared)
    for address, lines in reversed(found):
        reason = _shorten(lines) or later
        later = reason
        # Exchange names an address twice: for the user, and with the server's words.
        key = address.lower()
        reasons[key] = f"{reason}\n{reasons[key]}" if key in reasons else reason
    names = dict.fromkeys(address for address, _lines in found)
    unique = {name.lower(): name for name in reversed(names)}
    return tuple(
        (name, reasons[name.lower()][:MAX_TEXT])
        for name in names
        if unique.get(name.lower()) == name
    )


def _shorten(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines if line.strip())[:MAX_TEXT]


def strip_tags(text: str) -> str:
    """Return the text of a page of HTML, a line for each of its paragraphs."""
    text = text[:MAX_TEXT_PART]
    if hidden := _HIDDEN.search(text):
        end = text.lower().rfind(f"</{hidden[1].lower()}")
        if end > hidden.start():
            text = text[: hidden.start()] + text[end:]
    return html.unescape(_ANY_TAG.sub("", _TAG.sub("\n", text)))
