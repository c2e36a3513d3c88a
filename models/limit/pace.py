# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""When what has no room now will have some: what is told of it, and when to look again.

All of it is foreseen, as if people wrote what they usually do. What leaves is decided
when it leaves, by :class:`.send_class.Limit`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .send_class import BULK, LIMIT, Limit, Usage, forget_today

STEP = timedelta(minutes=15)  # between two releases of today
LATER_STEP = timedelta(hours=1)  # of the days after it
DAY = timedelta(days=1)
FORESEEN = 7  # days; what waits longer is looked at again then


def foresee_releases(
    limits: Sequence[Limit],
    usage: dict[int, Usage],
    now: datetime,
    reset: datetime,
    least: int = 1,
    taken: int = 0,
) -> Iterator[tuple[datetime, int]]:
    """Yield when there will be room, and for how many recipients more.

    :param limits: all that have to be kept to, with what asks for room.
    :param usage: by server id, what was used today.
    :param now: UTC.
    :param reset: when the count starts again, UTC.
    :param least: as in :meth:`.send_class.Limit.get_room`.
    :param taken: recipients that go now, besides what was used.
    """
    moments = _list_moments(now, reset, STEP)
    yield from _foresee_day(limits, usage, moments, reset, least, taken)
    for _day in range(FORESEEN):
        begin, reset = reset, reset + DAY
        fresh = forget_today(usage)
        moments = [begin, *_list_moments(begin, reset, LATER_STEP)]
        yield from _foresee_day(limits, fresh, moments, reset, least)


def is_paced(limit: Limit, usage: Usage) -> bool:
    """Tell whether a limit has room that is kept for later, or for others.

    :param limit: that has no room now, with what asks for it.
    :param usage: what was used of it today.
    """
    evening = replace(limit, passed=1.0)
    room = evening.get_room(replace(usage, backlog=False))
    return room is not None and room > 0


def _list_moments(begin, end, step):
    """Return the full quarters or hours after ``begin`` and before ``end``."""
    hour = begin.replace(minute=0, second=0, microsecond=0)
    moment = hour + ((begin - hour) // step + 1) * step
    moments = []
    while moment < end:
        moments.append(moment)
        moment += step
    return moments


def _foresee_day(limits, usage, moments, reset, least=1, taken=0):
    for moment in moments:
        passed = 1 - (reset - moment) / DAY
        rooms = []
        for limit in limits:
            then = replace(limit, passed=passed)
            used = _expect(limit, usage[limit.server_id], passed)
            used = used.add(taken, then.get_part(LIMIT))
            rooms.append(then.get_room(used, least=least))
        room = _find_least(rooms)
        if room >= least:
            yield moment, room
            taken += room


def _expect(limit, usage, passed):
    """Return what will be used, if people write as usual in the rest of the day."""
    if limit.demand.send_class != BULK or limit.passed >= 1:
        return usage
    part = (passed - limit.passed) / (1 - limit.passed)
    if part < 0:  # of a day that has not begun
        part = passed
    more = int(max(0, usage.usual - usage.people) * part)
    return usage.add(more)


@dataclass(frozen=True)
class Wait:
    """A mail that waits.

    :param size: its recipients.
    :param least: those of its smallest message.
    """

    size: int
    least: int = 1


def share_out(
    waits: Sequence[Wait],
    foresee: Callable[..., Iterator[tuple[datetime, int]]],
    ahead: int,
    otherwise: datetime,
) -> list[datetime]:
    """Return when each of the mails that wait has its turn.

    :param waits: in their order.
    :param foresee: :func:`foresee_releases`, called with ``least`` alone.
    :param ahead: recipients whose turn comes before.
    :param otherwise: for those for whom no release is foreseen.
    """
    releases = list(foresee())
    largest = max((room for _moment, room in releases), default=0)
    moment, room, moments = otherwise, -ahead, []
    later = iter(releases)
    for wait in waits:
        if wait.least > largest:
            # One message to many: it needs not wait for its turn, but for its room.
            first = next(foresee(least=wait.least), None)
            moments.append(first[0] if first else otherwise)
            continue
        while room < wait.size and (release := next(later, None)):
            moment, more = release
            room += more
        room -= wait.size
        moments.append(moment)
    return moments


@dataclass(frozen=True)
class Forecast:
    """How long a mass mailing takes.

    :param days: counted with today; 1: all of it goes today. None: it can't be told,
        or never ends.
    :param until: when the last of it goes, UTC; None likewise.
    :param per_day: the recipients a day that the narrowest limit lets go of all mails
        together; None: not bounded.
    """

    days: int | None
    until: datetime | None
    per_day: int | None


FAR_AWAY = 1000  # days


def forecast(
    count: int,
    limits: Sequence[Limit],
    usage: dict[int, Usage],
    now: datetime,
    reset: datetime,
) -> Forecast:
    """Return how long it takes until a mass mailing has left.

    :param count: its recipients, and those of mailings that wait already.
    :param limits: all that it has to keep to; its class is bulk for this.
    :param usage: by server id, what was used today, and what people usually use.
    :param now: UTC.
    :param reset: when the count starts again, UTC.
    """
    bounded = [limit for limit in limits if limit.total]
    if not bounded:
        return Forecast(1, now, None)
    per_day = min(limit.total for limit in bounded)
    evening = [_as_bulk(limit) for limit in bounded]
    today = {one.server_id: _fill(usage[one.server_id]) for one in bounded}
    fresh = forget_today(today)
    first = _get_room(evening, today)
    each = _get_room(evening, {one: _fill(used) for one, used in fresh.items()})
    if count <= first:
        at_once = [
            replace(limit, passed=was.passed)
            for limit, was in zip(evening, bounded, strict=True)
        ]
        left = count - _get_room(at_once, {one: usage[one] for one in today})
        until = now if left <= 0 else _find_end(count, at_once, usage, now, reset)
        return Forecast(1, until, per_day)
    days = -(-(count - first) // each) if each else FAR_AWAY
    if days >= FAR_AWAY:
        return Forecast(None, None, per_day)
    rest = count - first - (days - 1) * each
    start = reset + (days - 1) * DAY
    morning = [replace(limit, passed=0.0) for limit in evening]
    until = _find_end(rest, morning, fresh, start, start + DAY)
    return Forecast(days + 1, until, per_day)


def _as_bulk(limit):
    demand = replace(limit.demand, send_class=BULK, visitor=False, waited=False)
    return replace(limit, demand=demand, passed=1.0)


def _fill(usage):
    """Return what is used at the end of a day on which people write as usual."""
    more = max(0, usage.usual - usage.people)
    return replace(usage, used=usage.used + more, backlog=False)


def _get_room(limits, usage):
    return max(0, _find_least(one.get_room(usage[one.server_id]) for one in limits))


def _find_least(rooms):
    return min((room for room in rooms if room is not None), default=0)


def _find_end(count, limits, usage, start, end):
    """Return when the last of ``count`` recipients of one day goes, at most its end."""
    moments = [start, *_list_moments(start, end, STEP)]
    for moment, room in _foresee_day(limits, usage, moments, end):
        count -= room
        if count <= 0:
            return moment
    return end
