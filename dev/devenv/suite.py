# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run Odoo's test runner, and believe it only where it really ran something."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from .odoo import Odoo
from .state import ROOT, checkout_folder, say

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
SKIPPED = re.compile(r": skipped (\S.*)$", re.M)
QUIET = re.compile(r"^\S+ \S+ \d+ (INFO|DEBUG) ")
# The runner exits with 0 all the same.
NOT_FOUND = re.compile(r"invalid module names, ignored: .*")
HINT = """\
tests were skipped: the tours need Chromium and Python's websocket-client.
  As root: apt-get install chromium"""


@dataclass(frozen=True)
class Outcome:
    """What a run of tests came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Beside:
    """Another command of this environment, which runs while something else is done.

    :param name: of the command; it has to end in one line of counts.
    """

    def __init__(self, name: str):
        self._name = name
        self._log = checkout_folder() / f"{name}.log"

    def __enter__(self):
        command = (sys.executable, "-P", "-m", "devenv", self._name)
        variables = {**os.environ, "PYTHONPATH": str(ROOT / "dev")}
        with open(self._log, "w") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_exception):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def wait_for(self, line: str) -> None:
        """Wait until it prints a line, or ends."""
        while self._process.poll() is None:
            if line in self._log.read_text(errors="replace"):
                return
            time.sleep(0.5)

    def wait(self) -> Outcome:
        """Wait for its end, show what it printed, and return what it came to."""
        code = self._process.wait()
        printed = self._log.read_text(errors="replace")
        sys.stdout.write(printed)
        counts = COUNTS.findall(printed)
        if not counts or bool(code) != bool(int(counts[-1][1])):
            say(f"FAILED: {self._name} ended with {code} (log: {self._log})")
            return Outcome(failed=1)
        return Outcome(*map(int, counts[-1]))


def run(odoo: Odoo, name: str, *words, may_skip: bool = False, **more: str) -> Outcome:
    """Run a command that ends in Odoo's test report; show warnings and failures.

    :param name: of the run: the whole output goes to a log file of this name.
    :param words: the command, as from :meth:`Odoo.command`.
    :param may_skip: whether a skipped test is no failure.
    :param more: environment variables.
    """
    log = checkout_folder() / f"{name}.log"
    process = subprocess.Popen(
        [str(word) for word in words],
        env=odoo.environment(PYTHONWARNINGS="ignore", **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with open(log, "w") as full:
        for line in process.stdout:
            full.write(line)
            if not QUIET.match(line):
                sys.stdout.write(line)
    outcome = judge(log.read_text(), process.wait(), may_skip)
    say(f"{name}: {outcome} (log: {log})")
    return outcome


def judge(log: str, code: int, may_skip: bool) -> Outcome:
    """Tell from a log what a run came to."""
    reports = RESULT.findall(log)
    failed, errors, count = map(int, reports[-1]) if reports else (0, 0, 0)
    skipped = SKIPPED.findall(log)
    problems = NOT_FOUND.findall(log)
    if skipped and not may_skip:
        problems += [HINT, *skipped]
    if count == len(skipped):
        problems.append("no test was run")
    if code and not (failed or errors):
        problems.append(f"the command exited with {code}")
    for problem in problems:
        say(f"FAILED: {problem}")
    broken = failed + errors
    return Outcome(count - broken - len(skipped), broken + len(problems), len(skipped))
