"""The tests with processes of their own, which commit and so need a database each."""

import subprocess
import sys
from contextlib import contextmanager

from . import suite
from .database import MINIMAL, Databases
from .odoo import Odoo
from .state import ADDON, ROOT, step

DATABASE = "test_processes"
SCRIPT = ROOT / "dev" / "suites" / "queue_processes.py"


def run(odoo: Odoo, source: str = "", *words: str) -> suite.Outcome:
    """Run them.

    :param source: a database with the addon, to be copied; "": one is made.
    :param words: names of tests, for unittest.
    """
    databases = Databases(odoo)
    if source:
        databases.drop(DATABASE)
        odoo.cluster.sql(f'CREATE DATABASE "{DATABASE}" TEMPLATE "{source}"')
    else:
        databases.copy_of(MINIMAL, DATABASE)
        install = ("-d", DATABASE, "-i", ADDON, "--stop-after-init", "--log-level=warn")
        if odoo.call(*install):
            return suite.Outcome(failed=1)
    with step("sending with eight processes"):
        command = (odoo.python, "-P", SCRIPT, DATABASE, *words)
        restart = f"{ROOT / 'dev' / 'run'} restart-postgres"
        return suite.run(odoo, "processes", *command, RESTART_POSTGRES=restart)


@contextmanager
def busy():
    """Keep one processor busy: what depends on the machine's speed shows."""
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        child.kill()
        child.wait()
