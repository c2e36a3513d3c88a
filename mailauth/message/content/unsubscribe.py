# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One-click unsubscribe on mailings (RFC 2369, RFC 8058)."""

import re
from collections.abc import Iterator

from ...findings import Reason, reason
from ...printable import printable
from ..receiver_rules import break_rule
from ..result import MessageFinding
from .encoded import is_encoded
from .judged import Judged, unfold
from .url import Target, read_target

_FIELD, _POST = "List-Unsubscribe", "List-Unsubscribe-Post"
_ONE_CLICK = "List-Unsubscribe=One-Click"
_URI = re.compile(r"<([^<>]{1,4000})>")
_WHITE = re.compile(r"\s+")


def list_targets(judged: Judged) -> list[Target]:
    """Return where List-Unsubscribe leads."""
    return [read_target(uri) for uri in _list_uris(judged)]


def _list_uris(judged: Judged) -> list[str]:
    """Return the addresses in the field; white space in them is none (RFC 2369)."""
    return [_WHITE.sub("", uri) for uri in _URI.findall(judged.get(_FIELD))[:20]]


def check_unsubscribe(judged: Judged) -> Iterator[MessageFinding]:
    """Yield the first thing that keeps recipients from unsubscribing with one click."""
    values = judged.message.get_all(_FIELD)
    posts = judged.message.get_all(_POST)
    shown = [f"{_FIELD}: {unfold(value)}" for value in values[:3]]
    shown += [f"{_POST}: {unfold(value)}" for value in posts[:3]]
    found = "\n".join(printable(text) for text in shown)
    if any(is_encoded(value) for value in (*values, *posts)):
        why = reason("unsubscribe_words")
        yield break_rule("unsubscribe_encoded", why, found=found)
    elif why := _find_malformed(judged):
        yield break_rule("unsubscribe_malformed", why, found=found)
    elif not judged.is_mailing:
        return
    elif why := _find_missing(judged):
        yield break_rule("unsubscribe_missing", why, found=found)
    elif why := _find_unsigned(judged):
        yield break_rule("unsubscribe_unsigned", why, found=found)


def _find_malformed(judged: Judged) -> Reason | None:
    for name in (_FIELD, _POST):
        if len(judged.message.get_all(name)) > 1:
            return reason("unsubscribe_twice", field=name)
    if judged.get(_FIELD) and not any(t.scheme for t in list_targets(judged)):
        return reason("unsubscribe_no_uri")
    return None


def _find_missing(judged: Judged) -> Reason | None:
    targets = list_targets(judged)
    if not targets:
        return reason("unsubscribe_absent")
    if not any(target.is_web for target in targets):
        return reason("unsubscribe_by_mail")
    if not any(target.is_web and target.scheme == "https" for target in targets):
        return reason("unsubscribe_http")
    if not judged.has(_POST):
        return reason("unsubscribe_no_post")
    if judged.get(_POST) != _ONE_CLICK:
        return reason("unsubscribe_post_other")
    return None


def _find_unsigned(judged: Judged) -> Reason | None:
    signed = judged.facts.signed_fields
    missing = [name for name in (_FIELD, _POST) if name.lower() not in (signed or ())]
    if not signed or not missing:
        return None
    return reason("unsubscribe_not_signed", fields=", ".join(missing))
