# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lookups of authors' domains that one process has under way.

Strangers choose which domains are asked about, and how long these let wait. So who is
waited for has a gate of its own, nobody keeps a place there for longer than a turn, and
made-up subdomains share the places of the domain above them.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from ...mailauth.dmarc.policy import DmarcResult, discover_dmarc
from ...mailauth.dns.names import guess_registrable
from ...mailauth.dns.resolver import CheckResolver, DnsResolver

_logger = logging.getLogger(__name__)

# Lookups side by side. Each opens at most MAX_QUESTIONS sockets: 540 in all, where a
# process may usually open 1,024 files.
MAX_WAITED_FOR = 40
MAX_SLOW = 120  # that had their turn and have no answer yet
MAX_AHEAD = 20
MAX_QUESTIONS = 3
MAX_OF_OWNER = 4  # in either gate
# Seconds that a lookup keeps a place of those that are waited for. 160 a second that
# never answer leave the others their place within the two seconds that sending waits,
# and an answer as much as a second.
TURN = 0.25
MAX_BACKLOG = 100  # lookups under way beyond which nothing is asked ahead
NOTED_FOR = 3600.0  # seconds in which a process does not look at a domain again
MAX_NOTED = 10_000  # domains

Key = tuple[str, str]  # the database's name, the domain in A-labels


@dataclass(eq=False)
class Lookup:
    """One question that is under way, in whatever gate.

    :param keep: is called with the result, in a thread that nobody waits for.
    :ivar answer: the result; cancelled where there is none to come.
    :ivar ended: set when its answer is stored, or none is to come.
    :ivar waiting: how many threads wait for it.
    :ivar begun: when DNS was asked (monotonic), None before.
    """

    key: Key
    resolver: DnsResolver
    keep: Callable[[DmarcResult], None]
    answer: Future = field(default_factory=Future)
    ended: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0
    begun: float | None = None

    def get_time_left(self, timeout: float) -> float:
        """Return how long to wait where DNS gets ``timeout`` seconds in all."""
        asked_for = 0 if self.begun is None else time.monotonic() - self.begun
        return max(0.0, timeout - asked_for)


class Gates:
    """The event loop on which a process asks DNS, in a thread of its own.

    :param claim: takes a lookup and whether it stands in the gate of those that are
        waited for; tells whether it is to begin there.
    :param end: takes a lookup and its result, None where it was given up.
    """

    def __init__(self, claim, end):
        self._claim, self._end = claim, end
        self._loop = asyncio.new_event_loop()
        self._waited_for = asyncio.Semaphore(MAX_WAITED_FOR)
        self._ahead = asyncio.Semaphore(MAX_AHEAD)
        self._shares = WeakValueDictionary()
        self._slow: dict[asyncio.Task, Lookup] = {}
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="author_lookups", daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError:
            self._loop.close()
            raise

    def is_open(self) -> bool:
        """Whether what is put here is still worked on."""
        return self._thread.is_alive()

    def put(self, lookup: Lookup, waited_for: bool) -> None:
        """Let a lookup stand in line; it may stand in both, and begins once."""
        line = self._stand_in_line(lookup, waited_for)
        started = asyncio.run_coroutine_threadsafe(line, self._loop)
        started.add_done_callback(_log_failure)

    async def _stand_in_line(self, lookup: Lookup, waited_for: bool) -> None:
        gate = self._waited_for if waited_for else self._ahead
        async with self._get_share(lookup, waited_for), gate:
            if not self._claim(lookup, waited_for):
                return
            task = asyncio.create_task(self._ask(lookup))
            task.add_done_callback(_log_failure)
            await asyncio.wait([task], timeout=TURN if waited_for else None)
        if not task.done():
            self._go_on_outside(task, lookup)

    def _get_share(self, lookup: Lookup, waited_for: bool) -> asyncio.Semaphore:
        key = (lookup.key[0], guess_registrable(lookup.key[1]), waited_for)
        return self._shares.setdefault(key, asyncio.Semaphore(MAX_OF_OWNER))

    def _go_on_outside(self, task: asyncio.Task, lookup: Lookup) -> None:
        self._slow[task] = lookup
        task.add_done_callback(lambda done: self._slow.pop(done, None))
        if len(self._slow) > MAX_SLOW:
            # One that nobody waits for is missed least; else the oldest, which has had
            # the most time for an answer.
            unwanted = (slow for slow, other in self._slow.items() if not other.waiting)
            given_up = next(unwanted, next(iter(self._slow)))
            del self._slow[given_up]
            given_up.cancel()

    async def _ask(self, lookup: Lookup) -> None:
        result = None
        try:
            result = await _discover(lookup.key[1], lookup.resolver)
        finally:
            self._end(lookup, result)


class Lookups:
    """What one process looks up, and has looked at; of all its databases."""

    def __init__(self):
        self._lock = threading.RLock()
        self._gates: Gates | None = None
        self._under_way: dict[Key, Lookup] = {}
        self._considered: set[Key] = set()
        self._noted: dict[Key, float] = {}
        # One thread, and with it one database connection, for each purpose.
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="author_keeper")
        self._considerer = ThreadPoolExecutor(1, thread_name_prefix="author_ahead")

    def is_idle(self) -> bool:
        """Whether nothing is under way, nor waits to be considered."""
        with self._lock:
            return not self._under_way and not self._considered

    def is_under_way(self, key: Key) -> bool:
        """Whether a domain is being asked about, or its answer is not stored yet."""
        return key in self._under_way

    def wait_until_ended(self, key: Key, timeout: float) -> None:
        """Wait until the answer about a domain is stored, if it is being asked about.

        :param timeout: seconds.
        """
        if lookup := self._under_way.get(key):
            lookup.ended.wait(timeout)

    # ------------------------------------------------------------
    # Waited for
    # ------------------------------------------------------------

    def ask(
        self,
        dbname: str,
        domains: Iterable[str],
        resolver: DnsResolver,
        keep: Callable[[DmarcResult], None],
        timeout: float,
    ) -> dict[str, DmarcResult]:
        """Ask DNS about domains, those first that are named first.

        What does not end in time goes on, and is kept when it ends. What DNS has been
        asked for as long as ``timeout`` is not waited for again.

        :param domains: in A-labels.
        :param keep: stores a result; called in another thread, for each.
        :param timeout: seconds for all together; 0: nobody waits.
        :return: the results at hand in time, by domain.
        """
        waits = timeout > 0
        lookups = {}
        try:
            for domain in domains:
                lookup = self._join((dbname, domain), resolver, keep, waits)
                if lookup:
                    lookups[domain] = lookup
            _wait(lookups.values(), timeout)
        finally:
            for lookup in lookups.values() if waits else ():
                self._leave(lookup)
        answers = {domain: lookup.answer for domain, lookup in lookups.items()}
        return {
            domain: answer.result()
            for domain, answer in answers.items()
            if answer.done() and not answer.cancelled()
        }

    def _join(self, key, resolver, keep, waits) -> Lookup | None:
        with self._lock:
            lookup = self._under_way.get(key)
            new = lookup is None
            if new:
                if not waits and len(self._under_way) >= MAX_BACKLOG:
                    return None
                lookup = self._under_way[key] = Lookup(key, resolver, keep)
            # One that was asked ahead may stand behind many that nobody waits for: it
            # gets a place among those that are waited for, too.
            put = new or (waits and not lookup.waiting and lookup.begun is None)
            lookup.waiting += waits
        if put:
            self._put(lookup, waits)
        return lookup

    def _leave(self, lookup: Lookup) -> None:
        """Wait no longer; what has not begun waits among those asked ahead."""
        with self._lock:
            lookup.waiting -= 1
            if lookup.waiting or lookup.begun is not None:
                return
            if len(self._under_way) > MAX_BACKLOG:
                self._forget(lookup)
                return
        self._put(lookup, waited_for=False)

    # ------------------------------------------------------------
    # Ahead
    # ------------------------------------------------------------

    def is_noted(self, key: Key) -> bool:
        """Whether a domain has been considered lately."""
        return time.monotonic() - self._noted.get(key, -NOTED_FOR) < NOTED_FOR

    def consider(self, key: Key, function: Callable[[], None]) -> None:
        """Call what decides about asking ahead, in a thread of its own.

        Nothing happens where many wait already, nor twice within an hour.
        """
        with self._lock:
            backlog = len(self._under_way) + len(self._considered)
            if backlog >= MAX_BACKLOG or key in self._considered or self.is_noted(key):
                return
            if len(self._noted) >= MAX_NOTED:
                self._noted.clear()
            self._noted[key] = time.monotonic()
            self._considered.add(key)
        if not _submit(self._considerer, self._consider, key, function):
            self._considered.discard(key)

    def _consider(self, key: Key, function: Callable[[], None]) -> None:
        try:
            function()
        finally:
            self._considered.discard(key)

    # ------------------------------------------------------------
    # The way of a lookup
    # ------------------------------------------------------------

    def _put(self, lookup: Lookup, waited_for: bool) -> None:
        try:
            self._get_gates(lookup).put(lookup, waited_for)
        except RuntimeError as error:
            # No thread starts while the interpreter ends.
            _logger.debug("%s is not looked up: %s", lookup.key[1], error)
            self._forget(lookup)
        except OSError as error:
            # An event loop needs files, and the process has none left.
            _logger.warning("%s is not looked up: %s", lookup.key[1], error)
            self._forget(lookup)

    def _get_gates(self, lookup: Lookup) -> Gates:
        with self._lock:
            if self._gates is None or not self._gates.is_open():
                self._gates = Gates(self._claim, self._end)
                # Nobody works any more on what was under way before.
                for other in list(self._under_way.values()):
                    if other is not lookup:
                        self._forget(other)
            return self._gates

    def _claim(self, lookup: Lookup, waited_for: bool) -> bool:
        with self._lock:
            gone = self._under_way.get(lookup.key) is not lookup
            unwanted = waited_for and not lookup.waiting
            if gone or unwanted or lookup.begun is not None:
                return False
            lookup.begun = time.monotonic()
            return True

    def _end(self, lookup: Lookup, result: DmarcResult | None) -> None:
        """Tell who waits, and only then store the answer."""
        if result is not None:
            lookup.answer.set_result(result)
        if result is None or not _submit(self._keeper, self._keep, lookup, result):
            self._forget(lookup)

    def _keep(self, lookup: Lookup, result: DmarcResult) -> None:
        try:
            lookup.keep(result)
        finally:
            self._forget(lookup)

    def _forget(self, lookup: Lookup) -> None:
        """Let others ask again; where there is no answer, nobody needs to wait."""
        with self._lock:
            lookup.ended.set()
            if self._under_way.get(lookup.key) is not lookup:
                return
            del self._under_way[lookup.key]
            if lookup.answer.cancel():
                lookup.answer.set_running_or_notify_cancel()


_process = Lookups()
_inherited: list[Lookups] = []


def get() -> Lookups:
    """Return what this process looks up."""
    return _process


def _begin_anew() -> None:
    """Give a process that was forked its own, which has no locks and no threads yet.

    The parent's stays: its sockets, when they were collected here, would leave the
    epoll that both processes share.
    """
    global _process  # noqa: PLW0603
    _inherited.append(_process)
    _process = Lookups()


os.register_at_fork(after_in_child=_begin_anew)


def _wait(lookups: Iterable[Lookup], timeout: float) -> None:
    """Wait for those that DNS has not been asked for long enough."""
    left = {lookup.answer: lookup.get_time_left(timeout) for lookup in lookups}
    hopeful = [answer for answer, seconds in left.items() if seconds]
    wait(hopeful, timeout=max(left.values(), default=0))


def _submit(pool: ThreadPoolExecutor, function: Callable, *arguments) -> bool:
    """Start a function in a pool; tell whether it starts."""
    try:
        started = pool.submit(function, *arguments)
    except RuntimeError as error:
        # The interpreter closes all pools before the last requests have ended.
        _logger.debug("%s is not run: %s", function.__name__, error)
        return False
    started.add_done_callback(_log_failure)
    return True


def _log_failure(done) -> None:
    if not done.cancelled() and (error := done.exception()):
        _logger.warning("Looking up an author's policy failed", exc_info=error)


async def _discover(domain: str, resolver: DnsResolver) -> DmarcResult:
    """Find a policy without opening a socket for each name of a long walk."""
    checked = CheckResolver(resolver, resolver.timeout, MAX_QUESTIONS)
    try:
        return await discover_dmarc(domain, checked)
    finally:
        await checked.close()
