# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Clocks of tests: time that passes only where something waits for it."""

import asyncio
import selectors
from datetime import UTC, datetime, time
from unittest.mock import patch

from freezegun import freeze_time


class _InstantSelector(selectors.DefaultSelector):
    """Waits for nothing: the loop's clock jumps to the moment that it waits for."""

    waited = 0.0

    def select(self, timeout=None):
        if not timeout:  # 0: something is ready; None: only another thread can go on
            return super().select(timeout)
        self.waited += timeout
        return super().select(0)


class _InstantLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._instant = _InstantSelector()
        super().__init__(self._instant)

    def time(self):
        return self._instant.waited


def run_in_no_time(coroutine):
    """Run a coroutine that waits for timers only, without waiting.

    Its sleeps, timeouts and deadlines go by a clock that jumps from one to the next, so
    what it does is the same on any machine.

    :returns: its result, and the seconds that have passed on that clock.
    """
    with asyncio.Runner(loop_factory=_InstantLoop) as runner:
        loop = runner.get_loop()
        with patch("time.monotonic", loop.time):
            return runner.run(coroutine), loop.time()


def at_noon():
    """Return a context in which it is noon of today, and time goes on.

    For tests that count by days: none of them sees a reset or a new month.
    """
    noon = datetime.combine(datetime.now(UTC).date(), time(12))
    return freeze_time(noon, tick=True)
