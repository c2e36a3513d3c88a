# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a proposed SPF record would make receivers do that they don't do so far.

A record that they ignored had no effect; what takes its place may have one.
"""

from collections.abc import Collection

from ..dns.resolver import CheckResolver
from ..errors import MailauthError
from ..printable import printable
from ..spf.lint import SpfLint
from ..spf.lookups import MAX_LOOKUPS
from ..spf.record import Modifier, parse_record
from ..spf.suggest import SpfSuggestion
from ..spf.walker import share_record


def is_in_force(lint: SpfLint) -> bool:
    """Tell whether receivers act by the record that is published, to its end."""
    broken = [i for i in lint.issues if i.status == "fail" and i.code != "pass_all"]
    return len(lint.records) == 1 and not broken


def is_listed(terms: Collection[str], suggestion: SpfSuggestion) -> bool:
    """Tell whether a proposal lets pass all that is known of a server.

    :param terms: what it needs; () where nothing is known of it.
    """
    left_out = {n.text for n in suggestion.notes if n.code.startswith("omitted_")}
    return bool(terms) and not any(printable(term) in left_out for term in terms)


async def refuses(suggestion: SpfSuggestion, resolver: CheckResolver) -> bool:
    """Tell whether a proposal ends in -all, or in a redirect to a record that does.

    Where something ends the evaluation before, nobody comes that far.
    """
    if _stops_before(suggestion):
        return False
    record = parse_record(suggestion.text)
    for _step in range(MAX_LOOKUPS):
        if record.all_term:
            return record.all_term.qualifier == "-"
        if record.redirect is None:
            return False
        try:
            record = await share_record(record.redirect.value.text, resolver)
        except MailauthError:
            return False
    return False


def _stops_before(suggestion: SpfSuggestion) -> bool:
    return any(note.code == "effect_spf_still_stops" for note in suggestion.notes)


def begins_to_mark(suggestion: SpfSuggestion, lint: SpfLint) -> bool:
    """Tell whether a proposal marks others with ~all that nothing has marked so far."""
    if "~all" not in suggestion.text.lower().split() or _stops_before(suggestion):
        return False
    return not (is_in_force(lint) and _marks(lint.records[0]))


def _marks(text: bytes) -> bool:
    """Tell whether a record has an end for those who are not on the list."""
    record = parse_record(text)
    end = record.all_term
    return end.qualifier in "-~" if end else record.redirect is not None


def soften_end(text: str) -> str:
    """Return a record with ~all at its end, in which the same senders pass."""
    terms: list[str] = []
    for term in parse_record(text).terms:
        if isinstance(term, Modifier) and term.name == "redirect":
            include = f"include:{term.value.text}"
            terms += ["~all"] if include in terms else [include, "~all"]
        else:
            is_end = not isinstance(term, Modifier) and term.text.lower() == "-all"
            terms.append("~all" if is_end else term.text)
    return " ".join(["v=spf1", *terms])
