# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which mails may use what of a daily limit."""

from collections import defaultdict
from dataclasses import dataclass, replace

DATABASE = 0  # the server id that stands for the whole database

CODE = "code"
ACCOUNT = "account"
PUBLIC = "public"
PEOPLE = "people"
BULK = "bulk"
# Somebody waits for these: they go at once and whole, or fail; they never wait.
WAITED_FOR = frozenset({CODE, ACCOUNT, PUBLIC})

# In this order mails leave; those of one are alike, and the oldest of them go first.
RANKS = (WAITED_FOR, frozenset({PEOPLE}), frozenset({BULK}))

# How a day is shared out.
AT_ONCE = 10  # mass mailings: one part in so many needs not wait for the pace
TODAY = 4  # one part in so many is kept for what people write today
FADES_IN = 0.25  # the last part of a day, in which what is kept free is given away
LAST = 1 / 95  # of it, with the last release of a day: nothing is kept free any more

# Where room comes from.
LIMIT = "limit"
RESERVE = "urgent"  # the urgent reserve
BEYOND = "codes"  # login codes, without bound
RELEASED = "released"  # what an administrator lets go, without bound


@dataclass(frozen=True)
class Demand:
    """What asks for room.

    :param send_class: one of code, account, public, people, bulk.
    :param visitor: whether it is caused from outside; for classes people and code.
    :param urgent: whether the urgent reserve may be used where it is of class public.
    :param large: whether a visitor's message is larger than half of the limit: it goes
        where nothing else of theirs has gone on that day.
    :param waited: whether it has waited: it leaves room for what is written today, and
        for the public part. For class people.
    :param released: whether an administrator lets it go today, before its turn and
        beyond the database's limit. For classes people and bulk.
    """

    send_class: str = PEOPLE
    visitor: bool = False
    urgent: bool = False
    large: bool = False
    waited: bool = False
    released: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Where room may come from, in this order."""
        if self.released:
            return (LIMIT, RELEASED)
        if self.send_class == CODE:
            return (LIMIT, BEYOND)
        if self.send_class == ACCOUNT or (self.send_class == PUBLIC and self.urgent):
            return (LIMIT, RESERVE)
        return (LIMIT,)


ORDINARY = Demand()


@dataclass(frozen=True)
class Usage:
    """What was used of a limit since the last reset, in recipients.

    :param used: all together.
    :param urgent: of these, from the urgent reserve: beyond the limit.
    :param codes: of these, login codes beyond the limit.
    :param public: of these, from the public budget.
    :param visitors: of these, people's mails that visitors have made.
    :param bulk: of these, mass mailings.
    :param released: of these, what an administrator has let go beyond the limit.
    :param waited: those that had to wait; they are not used yet.
    :param usual: what others than mass mailings use on a busy day, from the history.
    :param backlog: whether people's mails wait that could go: no mass mailing goes
        before them.
    :param visitors_wait: whether such mails wait that visitors have made: late in the
        day mass mailings have what these may not use. Else anybody could stop them.
    """

    used: int = 0
    urgent: int = 0
    codes: int = 0
    public: int = 0
    visitors: int = 0
    bulk: int = 0
    released: int = 0
    waited: int = 0
    usual: int = 0
    backlog: bool = False
    visitors_wait: bool = False

    @property
    def inside(self) -> int:
        """What counts against the limit."""
        return self.used - self.urgent - self.codes - self.released

    @property
    def people(self) -> int:
        """What others than mass mailings have taken of the limit."""
        return self.inside - self.bulk

    def add(self, count: int, part: str = "") -> "Usage":
        """Return the usage once so many recipients more were sent to.

        :param part: the field that counts them besides ``used``, or "".
        """
        changes = {"used": self.used + count}
        if part:
            changes[part] = getattr(self, part) + count
        return replace(self, **changes)


@dataclass(frozen=True)
class Limit:
    """One limit that a mail has to keep to.

    :param server_id: the server whose count it bounds; 0: the whole database.
    :param name: of the server, for the history.
    :param total: recipients per day; 0: counted, not bounded.
    :param reserve: what mass mailings leave free of it.
    :param public: the public budget, inside it.
    :param urgent: the urgent reserve: the database's stands beside the limit, a
        server's, which is its provider's and never exceeded, is kept free inside it.
    :param demand: what asks for room.
    :param passed: the part of the counting day that is over, from 0 to 1: mass mailings
        are paced by it.
    :param set_by: what it is set by, ids of servers, 0: the parameters; it is read
        again while a batch of mails runs. Empty: it stays as it is.
    """

    server_id: int
    name: str
    total: int
    reserve: int = 0
    public: int = 0
    urgent: int = 0
    demand: Demand = ORDINARY
    passed: float = 1.0
    set_by: tuple[int, ...] = ()

    @property
    def ceiling(self) -> int | None:
        """What could be had of it on a fresh day; None: it is not bounded."""
        evening = replace(self, passed=1.0)
        rooms = [evening.get_room(Usage(), source) for source in self.demand.sources]
        return None if None in rooms else max(rooms)

    def get_room(self, usage: Usage, source: str = LIMIT, least: int = 1) -> int | None:
        """Return the recipients that are free; None: not bounded.

        :param least: recipients of the smallest message: one that is larger than what
            the pace ever lets go at once doesn't wait for it.
        """
        if not self.total:
            return None
        if source == LIMIT:
            return self._get_room_inside(usage, least)
        if self.server_id != DATABASE:
            return self._get_room_at_provider(usage)
        if source == RESERVE:
            return self.urgent - usage.urgent
        if source == RELEASED:
            return None
        # Strangers have accounts, too, where anybody may sign up.
        return self.public - usage.codes if self.demand.visitor else None

    @property
    def ordinary(self) -> int:
        """What of the total is for other mails than codes and accounts."""
        return self.total if self.server_id == DATABASE else self.total - self.urgent

    def _get_room_at_provider(self, usage: Usage) -> int:
        """Return what a server has left for mails that its database lets go."""
        keeps_free = self.demand.send_class in (CODE, ACCOUNT)
        total = self.total if keeps_free else self.ordinary
        return total - usage.inside

    @property
    def _kept(self) -> float:
        """How much of what is kept free still is: it is not to be wasted."""
        left = 1.0 - self.passed
        return min(1.0, left / FADES_IN) if left > LAST else 0.0

    def _get_room_of_bulk(self, usage: Usage, least: int) -> int:
        """Return what mass mailings may take now.

        They are spread over the day: when half of it is over, all mails together have
        taken half of what mass mailings may use, or there is no room for them. What
        people usually use, and haven't yet today, is kept for them until late, and a
        part where nothing is known of them.
        """
        if usage.backlog or (usage.visitors_wait and self._kept == 1):
            return 0
        share = self.ordinary - self.reserve
        left = share - usage.inside
        usual = max(usage.usual, self.ordinary // TODAY)
        held = int(max(0, usual - usage.people) * self._kept)
        at_once = max(1, share // AT_ONCE)
        pace = max(round(share * self.passed) - usage.inside, at_once - usage.bulk)
        return min(left if least > at_once else pace, left - held)

    def _keep_for_today(self, usage: Usage) -> int:
        """Return what mails that have waited leave free."""
        public = max(0, self.public - usage.public)
        return int((public + self.ordinary // TODAY) * self._kept)

    def _get_room_inside(self, usage: Usage, least: int) -> int:
        send_class = self.demand.send_class
        if self.demand.released:
            return self.ordinary - usage.inside
        if send_class == BULK:
            return self._get_room_of_bulk(usage, least)
        urgent = send_class in (CODE, ACCOUNT)
        free = (self.total if urgent else self.ordinary) - usage.inside
        if send_class == PUBLIC:
            return min(free, self.public - usage.public)
        if self.demand.waited:
            kept = self._keep_for_today(usage)
            free -= kept if least <= self.ordinary - kept else 0
        if not self.demand.visitor:
            return free
        if self.demand.large:
            return 0 if usage.visitors else free
        # Half of what the others have left, what visitors have used included.
        return min(free, (free + usage.visitors) // 2 - usage.visitors)

    def get_part(self, source: str) -> str:
        """Return the field of :class:`Usage` that counts besides ``used``, or ""."""
        if source != LIMIT:
            return source if self.server_id == DATABASE else ""
        if self.demand.send_class in (PUBLIC, BULK):
            return self.demand.send_class
        return "visitors" if self.demand.visitor else ""


def ask_of(limits, demand: Demand) -> tuple[Limit, ...]:
    """Return limits with what asks for room."""
    return tuple(replace(limit, demand=demand) for limit in limits)


def is_bounded(limits) -> bool:
    """Whether any of these bounds what leaves."""
    return any(limit.total for limit in limits)


def forget_today(usage) -> defaultdict[int, Usage]:
    """Return what is known of a day that has not begun.

    :param usage: by server id, what was used today.
    """
    return defaultdict(
        Usage, {one: Usage(usual=used.usual) for one, used in usage.items()}
    )


def find_room(limits, usage, least: int) -> tuple[str, int | None]:
    """Return where room for ``least`` recipients is, and how much there is.

    :param limits: all that have to be kept to.
    :param usage: by server id, :class:`Usage`.
    :return: (source, recipients): None stands for any number. Where no source has
        enough, the first one's.
    """
    found = [
        (source, _narrow(limits, usage, source, least))
        for source in limits[0].demand.sources
    ]
    fits = (one for one in found if one[1] is None or one[1] >= least)
    return next(fits, found[0])


def count_room(limits, usage) -> int | None:
    """Return how many recipients there is room for in all, None for any number.

    :param limits: all that have to be kept to.
    :param usage: by server id, :class:`Usage`.
    """
    rooms = [_count_room(limit, usage[limit.server_id]) for limit in limits]
    return min((room for room in rooms if room is not None), default=None)


def _count_room(limit, usage):
    rooms = [limit.get_room(usage, source) for source in limit.demand.sources]
    if None in rooms:
        return None
    rooms = [max(0, room) for room in rooms]
    # The sources are parts of the database's budget; a server has one total for all.
    return sum(rooms) if limit.server_id == DATABASE else max(rooms)


def _narrow(limits, usage, source, least):
    rooms = [limit.get_room(usage[limit.server_id], source, least) for limit in limits]
    return min((room for room in rooms if room is not None), default=None)


def ceiling_of(limits) -> int | None:
    """Return what all of these limits allow on a fresh day; None: not bounded."""
    ceilings = [limit.ceiling for limit in limits if limit.ceiling is not None]
    return min(ceilings, default=None)


def is_public_used_up(limit: Limit, usage: Usage) -> bool:
    """Whether visitors have used up the public budget of a limit."""
    return bool(limit.total) and usage.public >= limit.public


def level_of(used: int, total: int) -> int:
    """Return 100, 80 or 0: the percentage that administrators are told about."""
    if not total:
        return 0
    return next((level for level in (100, 80) if used * 100 >= total * level), 0)
