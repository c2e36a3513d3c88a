# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The rules as data: ``rules/*.csv``, one file for each provider, one row each.

A rule matches where one of its codes is there and one of its texts, as far as it has
any; the first of a file that matches decides. Codes: "550", "5.7.26", both together
("504/5.7.40"), a range ("5.7.606-649"), a whole subject ("4.3.*"). Texts are lower
case, with `` | `` between alternatives; ``*`` stands for anything between two
parts of one, and ``_`` at either end for the end of a word. There are no regular
expressions in them, so that no text can make the comparison long.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .advice import ADVICE_OF
from .reply import Reply
from .result import BLAME_OF, Blame, Category, Scope

_FOLDER = Path(__file__).with_name("rules")
# A text that a rule looks for: the parts that must follow one another.
_Text = tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where something is written, and the day when it was read ("" for unknown)."""

    title: str = ""
    url: str = ""
    as_of: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Rule:
    """One row: what a provider answers, and what that means.

    :param scope: "" for what the text and the category say.
    :param quote: what the source says.
    """

    provider: str
    codes: tuple[str, ...]
    texts: tuple[_Text, ...]
    category: Category
    advice: str
    blame: Blame
    scope: Scope | Literal[""]
    quote: str
    source: Source

    def matches(self, reply: Reply, words: str) -> bool:
        """Tell whether this is what a reply says.

        :param words: those of the reply that are looked at.
        """
        if self.codes and not any(_has_code(reply, code) for code in self.codes):
            return False
        return not self.texts or any(_has_text(words, text) for text in self.texts)


@dataclass(frozen=True)
class Provider:
    """Who refuses.

    :param kind: "service" (who runs servers), "list" (whose words others repeat),
        "software" (what any server may run), or "generic".
    :param hosts: the domains of its servers.
    :param marks: what only its own texts have in them.
    :param also: providers whose rules apply to it as well.
    """

    code: str
    name: str
    kind: str
    hosts: tuple[str, ...]
    marks: tuple[str, ...]
    also: tuple[str, ...]
    rules: tuple[Rule, ...]


def _has_code(reply: Reply, code: str) -> bool:
    first, slash, second = code.partition("/")
    if slash:
        return reply.reply_code == first and reply.enhanced_code == second
    if "." not in code:
        return reply.reply_code == code
    subject, _dot, detail = code.rpartition(".")
    found, _dot, number = reply.enhanced_code.rpartition(".")
    if found != subject:
        return False
    low, dash, high = detail.partition("-")
    if dash:
        return int(low) <= int(number) <= int(high)
    return detail in ("*", number)


def _has_text(words: str, parts: _Text) -> bool:
    position = 0
    for part in parts:
        position = words.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True


def _read_texts(cell: str) -> tuple[_Text, ...]:
    texts = (text.split("*") for text in cell.split(" | ") if text)
    return tuple(tuple(_read_part(part) for part in text) for text in texts)


def _read_part(part: str) -> str:
    name = part.strip("_")
    before = " " if part.startswith("_") else ""
    return before + name + (" " if part.endswith("_") else "")


def _read_rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _read_rule(provider: str, row: dict[str, str], sources: dict[str, Source]) -> Rule:
    category = row["category"]
    return Rule(
        provider=provider,
        codes=tuple(row["codes"].split()),
        texts=_read_texts(row["text"]),
        category=category,
        advice=row["advice"] or ADVICE_OF[category],
        blame=row["blame"] or BLAME_OF[category],
        scope=row["scope"],
        quote=row["quote"],
        source=sources[row["source"]],
    )


def _read_provider(row: dict[str, str], sources: dict[str, Source]) -> Provider:
    code = row["provider"]
    return Provider(
        code=code,
        name=row["name"],
        kind=row["kind"],
        hosts=tuple(row["hosts"].split()),
        marks=tuple(filter(None, row["marks"].split(";"))),
        also=tuple(row["also"].split()),
        rules=tuple(_read_rule(code, rule, sources) for rule in _read_rows(code)),
    )


def _read_sources() -> dict[str, Source]:
    fields = ("title", "url", "as_of", "licence")
    return {
        row["source"]: Source(**{name: row[name] for name in fields})
        for row in _read_rows("sources")
    }


SOURCES = _read_sources()
# By code, in the order in which they are asked.
PROVIDERS = {
    row["provider"]: _read_provider(row, SOURCES) for row in _read_rows("providers")
}


def find_by_host(host: str) -> str:
    """Return the code of the provider that a host belongs to, "" for none.

    Of several the one with the longest domain: Outlook.com's servers have names below
    those of Exchange Online.
    """
    host = host.strip().rstrip(".").lower()
    found = [
        (len(domain), code)
        for code, provider in PROVIDERS.items()
        for domain in provider.hosts
        if host == domain or host.endswith(f".{domain}")
    ]
    return max(found, default=(0, ""))[1]


def find_by_marks(words: str) -> list[str]:
    """Return the codes of the providers whose own words are in a text."""
    return [
        code
        for code, provider in PROVIDERS.items()
        if any(mark in words for mark in provider.marks)
    ]
