# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the suites with processes of their own share."""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

import odoo.modules.registry
from odoo import SUPERUSER_ID, api
from odoo.tools import config

TESTS = Path(__file__).parents[2] / "tests"
PATIENCE = 240


def begin() -> str:
    """Configure Odoo as the command line of a suite says; returns the database."""
    database = sys.argv.pop(1)
    config.parse_config(["-d", database, "--log-level=critical", "--no-http"])
    return database


def run_tests() -> None:
    """Run the tests of the program, say what came of them, and exit."""
    result = unittest.main(exit=False, verbosity=2).result
    # As Odoo's own runner puts it: see dev/devenv/suite.py.
    print(
        f"{len(result.failures)} failed, {len(result.errors)} error(s) of "
        f"{result.testsRun} tests"
    )
    sys.exit(not result.wasSuccessful())


@contextlib.contextmanager
def environment(database):
    registry = odoo.modules.registry.Registry(database)
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
    registry.signal_changes()  # to the workers of a running server


def wait_until(condition, problem: str, patience: float = PATIENCE) -> None:
    """Wait till a condition holds.

    :raises TimeoutError: with this problem, it never did.
    """
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(problem)
        time.sleep(0.005)


class Program:
    """A program of tests/ that prints its port and runs until it is stopped."""

    def __init__(self, name, *words):
        # -P: the folders of tests/ are named like packages that the program imports.
        self._words = [sys.executable, "-P", TESTS / name, *map(str, words)]
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exception):
        self.stop()

    def start(self, *words) -> None:
        """Start it, with further arguments."""
        command = [*self._words, *map(str, words)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline().rpartition(":")[2])

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)
        process.stdout.close()


class Sink(Program):
    """The SMTP server, in a process of its own; it survives what the workers don't.

    :param port: where it listens; 0: the system picks one.
    """

    def __init__(self, port: int = 0):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        super().__init__("smtp_sink.py", self.folder, "--port", port)

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self._folder.cleanup()

    def envelopes(self):
        """Each delivery: path of the message, recipients; the oldest first."""
        for path in sorted(self.folder.glob("*.json")):
            yield path.with_suffix(".eml"), json.loads(path.read_text())["rcpt_tos"]

    def count(self) -> int:
        """How many mails have come."""
        return sum(1 for _envelope in self.folder.glob("*.json"))

    def wait_for(self, count: int) -> None:
        """Wait till that many mails have come."""
        wait_until(lambda: self.count() >= count, "no mails come")

    @contextlib.contextmanager
    def hold(self, count: int):
        """Answer no message from now on; go on when that many wait for an answer."""
        (self.folder / "hold").touch()
        try:
            wait_until(lambda: self._count_held() >= count, "no mails are on their way")
            yield
        finally:
            (self.folder / "hold").unlink()

    def _count_held(self) -> int:
        return sum(1 for _held in self.folder.glob("*.held"))

    def recipients(self) -> Counter:
        """How often each recipient got something."""
        return Counter(to for _path, rcpt_tos in self.envelopes() for to in rcpt_tos)
