# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Programs that end with whoever has started them, without a word on Ctrl-C."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

from .state import SetupError

END_SECONDS = 30
START_SECONDS = 120
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Children:
    """Programs that run beside each other; a context that ends them.

    Each has a process group of its own: Ctrl-C reaches the one who started them, who
    ends them in order, and none of them writes a traceback into the terminal.
    """

    def __init__(self):
        self._running: list[subprocess.Popen] = []

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        # A second Ctrl-C while they end would leave some of them behind.
        with ignored(*SIGNALS):
            for child in reversed(self._running):
                child.terminate()
            for child in self._running:
                _end(child)

    def start(self, words, **options) -> subprocess.Popen:
        """Start a program that runs until the context ends."""
        command = [str(word) for word in words]
        child = subprocess.Popen(command, process_group=0, **options)
        self._running.append(child)
        return child

    def start_server(self, words) -> int:
        """Start a server that prints its address first; returns the port.

        :raises SetupError: it printed nothing.
        """
        child = self.start(words, stdout=subprocess.PIPE, text=True)
        line = child.stdout.readline()
        if not line:
            raise SetupError(f"{words[2]} did not start")
        return int(line.rpartition(":")[2])


def call(words, **options) -> int:
    """Run a program to its end; whoever interrupts that ends it at once."""
    command = [str(word) for word in words]
    with subprocess.Popen(command, process_group=0, **options) as child:
        try:
            return child.wait()
        except BaseException:
            child.kill()
            raise


def wait_for_web(url: str) -> None:
    """Wait until a web server answers.

    :raises SetupError: it does not.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=60).close()
            return
        time.sleep(0.2)
    raise SetupError(f"nothing answers at {url}")


def _end(child: subprocess.Popen) -> None:
    try:
        child.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()


@contextmanager
def ignored(*numbers):
    """Ignore signals."""
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def own_terminal():
    """Have Ctrl-C to ourselves.

    make, which the terminal tells as well, would end with an error whatever its command
    comes to. Without a terminal, or in the background, nothing is changed.
    """
    group = os.getpgrp()
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield
        return
    try:
        if os.tcgetpgrp(terminal) != group or group == os.getpid():
            yield
            return
        # Who takes the terminal is told so, and make would not see that we sleep.
        with ignored(signal.SIGTTOU, signal.SIGTSTP):
            os.setpgid(0, 0)
            os.tcsetpgrp(terminal, os.getpgrp())
            try:
                yield
            finally:
                os.tcsetpgrp(terminal, group)
                os.setpgid(0, group)
    finally:
        os.close(terminal)
