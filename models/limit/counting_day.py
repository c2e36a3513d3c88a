# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The day that the limits count by: it begins at the reset hour, UTC."""

from datetime import date, datetime, timedelta

ONE_DAY = timedelta(days=1)


def day_of(now: datetime, hour: int) -> date:
    """Return the day that a moment counts for; it begins at ``hour`` UTC."""
    return (now - timedelta(hours=hour)).date()


def reset_after(day: date, hour: int) -> datetime:
    """Return when a day is over, UTC."""
    return datetime.combine(day, datetime.min.time()) + timedelta(days=1, hours=hour)


def part_passed(now: datetime, hour: int) -> float:
    """Return the part of the day that is over at a moment, from 0 to 1."""
    left = reset_after(day_of(now, hour), hour) - now
    return 1 - left / ONE_DAY
