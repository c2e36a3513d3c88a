"""Which mails may use what of a daily limit."""

from dataclasses import dataclass

DATABASE = 0  # the server id that stands for the whole database

CODE = "code"
ACCOUNT = "account"
PUBLIC = "public"
PEOPLE = "people"
BULK = "bulk"
# Somebody waits for these: they go at once and whole, or fail; they never wait.
WAITED_FOR = frozenset({CODE, ACCOUNT, PUBLIC})

# Where room comes from.
LIMIT = "limit"
RESERVE = "urgent"  # the urgent reserve
BEYOND = "codes"  # login codes, without bound


@dataclass(frozen=True)
class Demand:
    """What asks for room.

    :param send_class: one of code, account, public, people, bulk.
    :param visitor: whether a visitor or an incoming mail has made it; for people's
        mails only.
    :param urgent: whether the urgent reserve may be used where it is of class public.
    """

    send_class: str = PEOPLE
    visitor: bool = False
    urgent: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Where room may come from, in this order."""
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
    """

    used: int = 0
    urgent: int = 0
    codes: int = 0
    public: int = 0
    visitors: int = 0

    @property
    def inside(self) -> int:
        """What counts against the limit."""
        return self.used - self.urgent - self.codes


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
    """

    server_id: int
    name: str
    total: int
    reserve: int = 0
    public: int = 0
    urgent: int = 0
    demand: Demand = ORDINARY

    @property
    def ceiling(self) -> int | None:
        """What could be had of it on a fresh day; None: it is not bounded."""
        rooms = [self.get_room(Usage(), source) for source in self.demand.sources]
        return None if None in rooms else max(rooms)

    def get_room(self, usage: Usage, source: str = LIMIT) -> int | None:
        """Return the recipients that are free; None: not bounded."""
        if not self.total:
            return None
        if source == LIMIT:
            return self._get_room_inside(usage)
        if self.server_id != DATABASE:
            return self.total - usage.inside
        return self.urgent - usage.urgent if source == RESERVE else None

    def _get_room_inside(self, usage: Usage) -> int:
        send_class = self.demand.send_class
        free = self.total - usage.inside
        if self.server_id != DATABASE and send_class not in (CODE, ACCOUNT):
            free -= self.urgent
        if send_class == BULK:
            free -= self.reserve
        elif send_class == PUBLIC:
            free = min(free, self.public - usage.public)
        elif send_class == PEOPLE and self.demand.visitor:
            # Half of what the others have left, what visitors have used included.
            free = min(free, (free + usage.visitors) // 2 - usage.visitors)
        return free

    def get_part(self, source: str) -> str:
        """Return the field of :class:`Usage` that counts besides ``used``, or ""."""
        if source != LIMIT:
            return source if self.server_id == DATABASE else ""
        if self.demand.send_class == PUBLIC:
            return "public"
        is_visitor = self.demand.send_class == PEOPLE and self.demand.visitor
        return "visitors" if is_visitor else ""


def find_room(limits, usage, least: int) -> tuple[str, int | None]:
    """Return where room for ``least`` recipients is, and how much there is.

    :param limits: all that have to be kept to.
    :param usage: by server id, :class:`Usage`.
    :return: (source, recipients): None stands for any number. Where no source has
        enough, the first one's.
    """
    found = [
        (source, _narrow(limits, usage, source)) for source in limits[0].demand.sources
    ]
    fits = (one for one in found if one[1] is None or one[1] >= least)
    return next(fits, found[0])


def _narrow(limits, usage, source):
    rooms = [limit.get_room(usage[limit.server_id], source) for limit in limits]
    return min((room for room in rooms if room is not None), default=None)
