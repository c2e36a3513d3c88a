# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""When today's limit is used up, if it goes on like this."""

from datetime import datetime, timedelta

from ..limit.counting_day import ONE_DAY

TOO_EARLY = timedelta(hours=1)  # since the reset: nothing can be told from less


def foresee_full(
    used: int, total: int, now: datetime, reset: datetime
) -> datetime | None:
    """Return when a limit is used up, None where it lasts or nothing can be told.

    :param used: recipients since the last reset.
    :param total: recipients a day.
    :param now: UTC.
    :param reset: when the count starts again, UTC.
    """
    start = reset - ONE_DAY
    if now - start < TOO_EARLY or not 0 < used < total:
        return None
    full = start + (now - start) * total / used
    return full if full < reset else None
