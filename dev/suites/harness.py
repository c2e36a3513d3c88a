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
from collections import Counter
from pathlib import Path

import odoo.modules.registry
from odoo import SUPERUSER_ID, api

TESTS = Path(__file__).parents[2] / "tests"
PATIENCE = 240


@contextlib.contextmanager
def environment(database):
    registry = odoo.modules.registry.Registry(database)
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
    registry.signal_changes()  # to the workers of a running server


class Program:
    """A program of tests/ that prints its port and runs until it is stopped."""

    def __init__(self, name, *words):
        # -P: the folders of tests/ are named like packages that the program imports.
        self._words = [sys.executable, "-P", TESTS / name, *map(str, words)]

    def __enter__(self):
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline().rpartition(":")[2])
        return self

    def __exit__(self, *_exception):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=PATIENCE)
        self._process.stdout.close()


class Sink(Program):
    """The SMTP server, in a process of its own; it survives what the workers don't."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        super().__init__("smtp_sink.py", self.folder)

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
        deadline = time.monotonic() + PATIENCE
        while self.count() < count:
            if time.monotonic() > deadline:
                raise TimeoutError("no mails come")
            time.sleep(0.005)

    def recipients(self) -> Counter:
        """How often each recipient got something."""
        return Counter(to for _path, rcpt_tos in self.envelopes() for to in rcpt_tos)
