# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""When what was refused for now is tried again."""

import zlib
from datetime import datetime, timedelta

# After the first refusal, the second and so on.
FIRST_TRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))
EARLY = timedelta(hours=12)  # since the first refusal
EARLY_STEP = timedelta(hours=2)
LATE_STEP = timedelta(hours=6)
# The same for all mails that a server does not take.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
# Since the first refusal: the author is told then, by a try that fails once more.
TOLD_AFTER = timedelta(hours=4)
TOLD_WITHIN = timedelta(minutes=4)
SPREAD = 0.1  # part of a step by which mails that were refused together come apart


def find_next_try(
    attempt: int, since: datetime, now: datetime, most: timedelta, key: str = ""
) -> datetime | None:
    """Return when a mail is tried again that was refused for now; None: no more.

    :param attempt: how many times it was refused, 1 for the first.
    :param since: the first refusal.
    :param most: after which time it is not tried any more.
    :param key: what the spread is made of: the same each time for the same mail.
    """
    passed = now - since
    if passed >= most:
        return None
    if attempt <= len(FIRST_TRIES):
        step = FIRST_TRIES[attempt - 1]
    else:
        step = EARLY_STEP if passed < EARLY else LATE_STEP
    part = _get_part(f"{key}:{attempt}")
    # The last try comes when the time is over, whatever step that is.
    moment = min(now + step + step * SPREAD * part, since + most)
    if passed < TOLD_AFTER:
        moment = min(moment, since + TOLD_AFTER + TOLD_WITHIN * part)
    # Full minutes: what is due together wakes the queue once.
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def find_pause(attempt: int) -> timedelta:
    """Return how long a server is left alone.

    :param attempt: how many times in a row it has failed, 1 for the first.
    """
    return PAUSES[min(attempt, len(PAUSES)) - 1]


def _get_part(text: str) -> float:
    """Return a number from 0 to 1, the same each time for the same text."""
    return (zlib.crc32(text.encode()) % 1000) / 1000
