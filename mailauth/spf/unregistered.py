# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Terms that lead to a domain which nobody owns: whoever registers it may send."""

import asyncio
from collections.abc import Iterable

from ..dns.names import guess_registrable, normalize_name
from ..dns.resolver import Resolver
from ..errors import MailauthError
from .record import Directive, Modifier

MAX_ASKED = 40  # terms of one record; one with more of them has too many lookups
_QUESTIONS = {"include": "TXT", "redirect": "TXT", "a": "A", "mx": "MX"}


async def find_unregistered(
    terms: Iterable[Directive | Modifier], resolver: Resolver
) -> dict[str, str]:
    """Return by their text the terms whose domain could be registered by anybody.

    :return: the domain that does not exist, by the text of the term. What DNS does not
        answer counts as registered.
    """
    named = {term.text: term for term in terms if _get_question(term)}
    asked = list(named)[:MAX_ASKED]
    found = await asyncio.gather(*(_find(named[text], resolver) for text in asked))
    return {text: name for text, name in zip(asked, found, strict=True) if name}


def _get_question(term: Directive | Modifier) -> str:
    """Return the type of what a term looks up, "" where it does not matter."""
    if isinstance(term, Modifier):
        return _QUESTIONS.get(term.name, "")
    # A record breaks at any include; the others only let somebody send.
    if term.domain is None or (term.mechanism != "include" and term.qualifier != "+"):
        return ""
    return _QUESTIONS.get(term.mechanism, "")


async def _find(term: Directive | Modifier, resolver: Resolver) -> str:
    string = term.value if isinstance(term, Modifier) else term.domain
    assert string is not None
    if "%" in string.text:
        return ""
    try:
        name = normalize_name(string.text)
        answer = await resolver.query(name, _get_question(term))
        if answer.status != "nxdomain" or answer.cnames:
            return ""
        owned = guess_registrable(name)
        if owned != name and (await resolver.query(owned, "NS")).status != "nxdomain":
            return ""
    except MailauthError:
        return ""
    return owned
