# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Processes that send, in a database of their own, while something goes wrong."""

import json
import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import harness
import psycopg2
from harness import PATIENCE, Sink, wait_until

import odoo.modules.registry
from odoo import SUPERUSER_ID, api, sql_db
from odoo.sql_db import connection_info_for

APPLICATION = "trouble"  # the name of this program's own sessions
HOG = "hog"  # the file that tells a process to use up its pool of connections
LIMIT = 30
LIMIT_KEY = "mail_deliverability.daily_limit"
WORKERS = 3
FIRST = 6  # so many mails leave before the trouble comes
ATTEMPTS = ("code", "people", "account")  # what somebody sends, and waits for
COMMON = {
    "email_from": "me@acme.example",
    "subject": "Subject",
    "body_html": "<p>Body</p>",
    "auto_delete": False,
}


class Notes(logging.Handler):
    """What the processes have done, and the errors that they have logged."""

    def __init__(self, path: Path):
        super().__init__(logging.ERROR)
        self._path = path
        path.touch()

    def write(self, *words) -> None:
        line = json.dumps([os.getpid(), *words]) + "\n"
        # At once: the lines of several processes don't mix.
        with open(self._path, "ab", buffering=0) as file:
            file.write(line.encode())

    def emit(self, record) -> None:
        self.write("log", logging.Formatter().format(record))

    def describe(self, error: Exception) -> str:
        """Note where an error comes from; returns it in a line."""
        self.write("log", "".join(traceback.format_exception(error)))
        return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"

    def read(self, kind: str) -> list[list]:
        """Return [process, what it has noted ...] of a kind, the oldest first."""
        whole = self._path.read_text().rpartition("\n")[0]
        found = map(json.loads, whole.splitlines())
        return [[pid, *rest] for pid, noted, *rest in found if noted == kind]


def fork(work: Callable, *arguments) -> int:
    """Let a child do something; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work(*arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


class Drill:
    """Workers on one queue, one who waits for mails, and the SMTP server.

    :param database: its name.
    :param sink: a server that runs.
    :param folder: an empty one, for what the processes tell each other.
    :param limit: recipients a day.
    :param pool: how many connections a process may have; 0: any number.
    """

    def __init__(self, database: str, sink: Sink, folder: Path, limit: int, pool: int):
        self.database, self.sink, self.folder = database, sink, folder
        self.limit, self._pool = limit, pool
        self.notes = Notes(folder / "notes")
        self.workers: set[int] = set()
        self.waiter = 0

    # What troubles ask for

    def environment(self):
        return harness.environment(self.database)

    def connect(self):
        """Return a connection outside Odoo's pool."""
        info = connection_info_for(self.database)[1]
        connection = psycopg2.connect(**{**info, "application_name": APPLICATION})
        connection.autocommit = True
        return connection

    def start_worker(self) -> None:
        self.workers.add(fork(self._live, work))

    def kill_worker(self) -> int:
        """Kill the one that was started first; returns its process id."""
        pid = min(self.workers)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.workers.discard(pid)
        return pid

    def set_limit(self, limit: int) -> None:
        with self.environment() as env:
            env["ir.config_parameter"].set_param(LIMIT_KEY, str(limit))
        # A child must not share the parent's connections.
        sql_db.close_all()

    def count_used(self) -> int:
        """Return the recipients that count against the limit today."""
        with self.environment() as env:
            rows = env["mail.send.counter"].search([("server_id", "=", 0)])
            used = sum(row.sent - row.codes - row.urgent for row in rows)
        sql_db.close_all()
        return used

    # The course of it

    def start(self, workers: int = WORKERS, waits: bool = True) -> None:
        """Start the processes.

        :param waits: whether one of them waits for mails.
        """
        sql_db.close_all()
        for _number in range(workers):
            self.start_worker()
        if waits:
            self.waiter = fork(self._live, wait_for_mails)
            wait_until(lambda: self.notes.read("ready"), "nobody waits for mails")

    def suffer(self, troubles: list) -> None:
        """Let troubles begin when some mails have left, be felt by all, and end."""
        self.sink.wait_for(FIRST)
        with self.sink.hold(len(self.workers)):
            for trouble in troubles:
                trouble.begin()
        (self.folder / "go").touch()
        before = len(self.notes.read("run"))
        wait_until(lambda: self._is_felt(before), "the trouble is not felt by all")
        for trouble in reversed(troubles):
            trouble.end()

    def _is_felt(self, before: int) -> bool:
        ran = {pid for pid, _error in self.notes.read("run")[before:]}
        attempts = self.notes.read("attempt")
        return self.workers <= ran and len(attempts) == len(ATTEMPTS)

    def stop(self) -> None:
        """Let the processes end when nothing is due any more."""
        for name in ("go", "over"):
            (self.folder / name).touch()
        for pid in [*self.workers, *filter(None, [self.waiter])]:
            wait_for_end(pid)
        self.workers, self.waiter = set(), 0

    def finish(self, clock) -> None:
        """Work off the queue, each time when the next mail is due.

        :param clock: what freezes the time.
        """
        sql_db.close_all()
        wait_for_end(fork(self._live, work_off, clock))

    def kill_all(self) -> None:
        """End what is left of a test that has failed."""
        for pid in [*self.workers, *filter(None, [self.waiter])]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _live(self, work: Callable, *arguments) -> None:
        logging.disable(logging.WARNING)
        for name in (None, "odoo"):
            logging.getLogger(name).setLevel(logging.ERROR)
        logging.getLogger().handlers[:] = [self.notes]
        if self._pool:
            sql_db._Pool._maxconn = self._pool
            threading.Thread(target=use_up_pool, args=(self,), daemon=True).start()
        work(self, *arguments)


def wait_for_end(pid: int) -> None:
    wait_until(lambda: os.waitpid(pid, os.WNOHANG)[0], "a process does not end")


def use_up_pool(drill: Drill) -> None:
    """Keep one connection of the pool while there is a file that tells so."""
    taken, registry = None, odoo.modules.registry.Registry(drill.database)
    while True:
        wanted = (drill.folder / HOG).exists()
        if wanted and taken is None:
            with suppress(psycopg2.Error):
                taken = registry.cursor()
                (drill.folder / f"{HOG}.{os.getpid()}").touch()
        elif taken and not wanted:
            taken.close()
            taken = None
        time.sleep(0.005)


def work(drill: Drill) -> None:
    """Run the queue as the cron does, until the trouble is over and nothing is due."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        is_over = (drill.folder / "over").exists()
        error, due = "", True
        try:
            due = run_queue(drill)
        except Exception as raised:  # noqa: BLE001 - the verdict names it
            error = drill.notes.describe(raised)
            time.sleep(0.05)
        if is_over and not due:
            return
        drill.notes.write("run", error)


def run_queue(drill: Drill) -> int:
    """Run the queue once; returns whether more is due."""
    odoo.modules.registry.Registry(drill.database).check_signaling()
    with drill.environment() as env:
        mails = env["mail.mail"]
        mails.process_email_queue()
        return mails.search_count(mails._get_due_domain(), limit=1)


def wait_for_mails(drill: Drill) -> None:
    """Send as one who waits: with a connection from before the trouble."""
    registry = odoo.modules.registry.Registry(drill.database)
    cr = registry.cursor()
    cr.execute("SELECT 1")
    drill.notes.write("ready")
    wait_until((drill.folder / "go").exists, "the trouble does not begin")
    for number, kind in enumerate(ATTEMPTS):
        to, error = f"{kind}{number}@waiter.example", ""
        try:
            cr = registry.cursor() if cr.closed or cr._cnx.closed else cr
            send_now(api.Environment(cr, SUPERUSER_ID, {}), kind, to)
            cr.commit()
        except Exception as raised:  # noqa: BLE001 - the verdict names it
            error = drill.notes.describe(raised)
            if not cr._cnx.closed:
                cr.rollback()
        drill.notes.write("attempt", kind, to, error)


def send_now(env, kind: str, to: str) -> None:
    mails = env["mail.mail"]
    if kind != "people":
        mails = mark(mails, kind, to)
    mails.create({**COMMON, "email_to": to}).send(raise_exception=True)


def work_off(drill: Drill, clock) -> None:
    for _round in range(500):
        with drill.environment() as env:
            mails = env["mail.mail"]
            mails.process_email_queue()
            env.cr.commit()
            waiting = mails.search([("state", "=", "outgoing")])
            dates = waiting.mapped("scheduled_date")
        if not waiting:
            return
        if all(dates):
            clock.move_to(max(datetime.now(), min(dates)) + timedelta(seconds=1))


# Mails


def mark(mails, send_class: str, *emails: str):
    """Return ``mail.mail`` that makes mails of a class."""
    # Found only once Odoo knows where addons are.
    from odoo.addons.mail_deliverability.models.limit.send_mark import SendMark
    from odoo.addons.mail_deliverability.models.tools.carrier import carry

    return carry(mails, SendMark(send_class, frozenset(emails)))


def queue(env, name: str, people: int, several: int, bulk: int) -> dict[int, list[str]]:
    """Queue mails to single people, to three each, and of a mass mailing.

    :return: the addresses of each, by id.
    """
    mails = env["mail.mail"]
    made = mails.create(
        [{**COMMON, "email_to": f"{name}{n}@people.example"} for n in range(people)]
    )
    for number in range(several):
        emails = [f"{name}{number}.{n}@several.example" for n in range(3)]
        partners = env["res.partner"].create(
            [{"name": "P", "email": email} for email in emails]
        )
        made += mails.create({**COMMON, "recipient_ids": partners.ids})
    made += mark(mails, "bulk").create(
        [{**COMMON, "email_to": f"{name}{n}@bulk.example"} for n in range(bulk)]
    )
    return {
        mail.id: [mail.email_to]
        if mail.email_to
        else mail.recipient_ids.mapped("email")
        for mail in made
    }
