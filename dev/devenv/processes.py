# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The tests with processes of their own, which commit and so need a database each."""

import shlex
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from . import suite
from .database import MINIMAL, Databases
from .odoo import Odoo, copy_filestore, free_port
from .state import ADDON, ROOT, checkout_folder, step

SUITES = ROOT / "dev" / "suites"
PAIRS = "TestPairs"


def run(odoo: Odoo, source: str = "", *words: str) -> suite.Outcome:
    """The daily limit with eight processes on one queue, and with troubles.

    :param source: a database with the addon, to be copied; "": one is made.
    :param words: names of tests, for unittest; "pairs": each two troubles at once.
    """
    database = "test_processes"
    if not make_database(odoo, database, source):
        return suite.Outcome(failed=1)
    more = {
        "RESTART_POSTGRES": f"{ROOT / 'dev' / 'run'} restart-postgres",
        "PORT": str(free_port()),
    }
    outcome = suite.Outcome()
    for script, names in _pick_scripts(words).items():
        with step(f"sending with several processes: {script}"):
            path = SUITES / f"{script}.py"
            outcome += _run(odoo, script, path, database, *names, **more)
    return outcome


def _pick_scripts(words: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the tests of each script; none stands for all of them."""
    if not words:
        return {"queue_processes": [], "trouble_drill": ["TestAlone", "TestMeanwhile"]}
    scripts = {}
    for word in (PAIRS if word == "pairs" else word for word in words):
        is_queue = word.startswith("TestQueueProcesses")
        script = "queue_processes" if is_queue else "trouble_drill"
        scripts.setdefault(script, []).append(word)
    return scripts


def run_strangers(odoo: Odoo, source: str = "", *words: str) -> suite.Outcome:
    """Strangers at a running server with two workers; parameters as in :func:`run`."""
    database = "test_strangers"
    if not make_database(odoo, database, source):
        return suite.Outcome(failed=1)
    server = odoo.command("-d", database, "--workers=2", "--max-cron-threads=1")
    with step("letting strangers at a server with two workers"):
        script = SUITES / "strangers.py"
        more = {"SERVER": shlex.join(server), "PORT": str(free_port())}
        more["SERVER_LOG"] = str(checkout_folder() / "strangers-server.log")
        return _run(odoo, "strangers", script, database, *words, **more)


def make_database(odoo: Odoo, database: str, source: str = "") -> bool:
    databases = Databases(odoo)
    if source:
        databases.drop(database)
        odoo.cluster.sql(f'CREATE DATABASE "{database}" TEMPLATE "{source}"')
        copy_filestore(odoo.filestore(source), odoo.filestore(database))
        return True
    databases.copy_of(MINIMAL, database)
    install = ("-d", database, "-i", ADDON, "--stop-after-init", "--log-level=warn")
    return not odoo.call(*install)


def _run(odoo: Odoo, name: str, script: Path, *words, **more: str) -> suite.Outcome:
    command = (odoo.python, "-P", script, *words)
    return suite.run(odoo, name, *command, PYTHONPATH=str(SUITES), **more)


@contextmanager
def busy():
    """Keep one processor busy: what depends on the machine's speed shows."""
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        child.kill()
        child.wait()
