# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What can go wrong while mails leave: each begins and ends again."""

import contextlib
import os
import shlex
import subprocess
from itertools import combinations

import psycopg2
from drill import APPLICATION, HOG
from harness import Program, wait_until


class Trouble:
    """One trouble; it begins while each worker waits for the answer to a message.

    :param drill: a ``drill.Drill``.
    :cvar kind: two troubles of one kind exclude each other.
    :cvar fails: whether plain Odoo marks mails as failed, too.
    :cvar twice: whether a mail that was in flight may go twice, as in plain Odoo.
    :cvar cuts: whether senders lose their own connection, as in plain Odoo.
    :cvar hides: whether the counter can't be reached.
    :cvar pool: how many connections a process may have for it; 0: any number.
    """

    kind = ""
    pool = 0
    fails = twice = cuts = hides = False

    def __init__(self, drill):
        self.drill = drill

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """Most of them are over at once."""


class PostgresRestarted(Trouble):
    kind = "restart"
    twice = cuts = True

    def begin(self):
        subprocess.run(shlex.split(os.environ["RESTART_POSTGRES"]), check=True)


class WorkerKilled(Trouble):
    kind = "kill"
    twice = True

    def begin(self):
        pid = self.drill.kill_worker()
        with contextlib.closing(self.drill.connect()) as connection:
            wait_until(
                lambda: not ask(connection, SESSIONS_OF, f"odoo-{pid}"),
                "the sessions of a dead process do not end",
            )
        self.drill.start_worker()


class LimitUsedUp(Trouble):
    kind = "limit"

    def begin(self):
        self.drill.set_limit(self.drill.count_used())

    def end(self):
        self.drill.set_limit(self.drill.limit)


class SmtpRefuses(Trouble):
    kind = "smtp"
    fails = True

    def begin(self):
        self.drill.sink.stop()

    def end(self):
        self.drill.sink.start()


class SmtpDrops(SmtpRefuses):
    """Each connection is taken and dropped at once."""

    def begin(self):
        super().begin()
        sink = self.drill.sink
        words = (sink.folder, "--port", sink.port, "--drop")
        self._dropper = Program("smtp_sink.py", *words)
        self._dropper.start()

    def end(self):
        self._dropper.stop()
        super().end()


class TableLocked(Trouble):
    """As by VACUUM FULL, a backup's check, or an administrator's forgotten session."""

    kind = "lock"
    hides = True

    def begin(self):
        self._connection = self.drill.connect()
        self._connection.autocommit = False
        self._connection.cursor().execute(
            "LOCK TABLE mail_send_counter IN EXCLUSIVE MODE"
        )

    def end(self):
        self._connection.close()


class ConnectionsUsedUp(Trouble):
    """PostgreSQL has none left, and has ended those that were idle."""

    kind = "connections"
    hides = True

    def begin(self):
        self._taken = []
        self._take_all()
        first = self._taken[0]
        ended = [pid for pid, _ended in ask(first, END_IDLE, self.drill.database)]
        wait_until(
            lambda: not ask(first, SESSIONS, ended), "idle sessions can't be ended"
        )
        self._take_all()

    def end(self):
        for connection in self._taken:
            connection.close()

    def _take_all(self):
        with contextlib.suppress(psycopg2.OperationalError):
            while True:
                self._taken.append(self.drill.connect())


class PoolUsedUp(Trouble):
    """Each process may have two connections, and something else has one of them."""

    kind = "connections"
    hides = True
    pool = 2

    def begin(self):
        (self.drill.folder / HOG).touch()
        waiter = self.drill.folder / f"{HOG}.{self.drill.waiter}"
        wait_until(waiter.exists, "the pool is not used up")

    def end(self):
        (self.drill.folder / HOG).unlink()


# In the order in which they begin: none of them ends what an earlier one has begun.
TROUBLES = (
    PostgresRestarted,
    WorkerKilled,
    LimitUsedUp,
    SmtpRefuses,
    SmtpDrops,
    TableLocked,
    PoolUsedUp,
    ConnectionsUsedUp,
)
PAIRS = [(one, two) for one, two in combinations(TROUBLES, 2) if one.kind != two.kind]

SESSIONS_OF = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s)"
END_IDLE = f"""
    SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = %s AND state = 'idle' AND application_name <> '{APPLICATION}'
"""


def ask(connection, query: str, *values) -> list[tuple]:
    """Return the rows of a query."""
    with connection.cursor() as cr:
        cr.execute(query, values)
        return cr.fetchall()
