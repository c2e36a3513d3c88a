# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Message-ID and Date: there, once, and sane."""

import datetime
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from ...findings import Reason, reason
from ...printable import printable
from ..receiver_rules import break_rule
from ..result import MessageFinding
from .encoded import is_encoded
from .facts import ContentFacts
from .judged import Judged, unfold

_DAY = 86400
_AHEAD = _DAY  # clocks and zones are wrong by less
_BEHIND = 14 * _DAY  # servers try for five days (RFC 5321 section 4.5.4.1)
_OLDEST = 536_457_600  # 1987; a clock that was never set begins at 1970 or 1980
_MAX_DATE = 200  # characters
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_ID = re.compile(r"<\s?[^\s<>@]+@[^\s<>@]+\s?>|<\"[^\"<>]+\"@[^\s<>@]+>")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def check_message_id(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that there is no Message-ID, or one that is none."""
    values = judged.message.get_all("Message-ID")
    if len(values) > 1 or any(is_encoded(value) for value in values):
        return  # other rules say so
    text = unfold(values[0]) if values else ""
    bare = _COMMENT.sub("", text).strip()
    if not bare:
        code = "message_id_empty" if values else "message_id_absent"
        yield break_rule("message_id_missing", reason(code))
    elif not _ID.fullmatch(bare):
        found = printable(text)
        yield break_rule("message_id_invalid", reason("message_id_form"), found=found)


def check_date(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that there is no date, none that can be read, or one that can't be."""
    values = judged.message.get_all("Date")
    if len(values) > 1:
        return  # another rule says so
    if not values:
        yield break_rule("date_wrong", reason("date_absent"))
        return
    text = unfold(values[0])
    if why := _find_fault(text, judged.facts):
        yield break_rule("date_wrong", why, found=printable(text))


def _find_fault(text: str, facts: ContentFacts) -> Reason | None:
    try:
        date = parsedate_to_datetime(text[:_MAX_DATE])
        if date.tzinfo is None:  # "-0000"
            date = date.replace(tzinfo=datetime.UTC)
        written = (date - _EPOCH).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return reason("date_unreadable")
    latest = facts.now if facts.arrived is None else facts.arrived
    if latest is not None and written - latest > _AHEAD:
        code = "date_in_future" if facts.arrived is None else "date_ahead"
        return reason(code, days=round((written - latest) / _DAY, 1))
    if facts.arrived is not None and facts.arrived - written > _BEHIND:
        return reason("date_behind", days=round((facts.arrived - written) / _DAY))
    if written < _OLDEST:
        return reason("date_before_mail")
    return None
