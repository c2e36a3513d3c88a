# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo in this environment: its configuration file and its command line."""

import contextlib
import os
import shutil
import socket
import subprocess
from pathlib import Path

from . import children, odoo_source, python_env
from .postgres import ROLE, Cluster
from .state import ADDON, ROOT, SetupError, checkout_folder

PROGRAM = ROOT / "dev" / "odoo_bin.py"
CONFIG = """\
[options]
addons_path = {addons}
data_dir = {data}
db_host = {socket}
db_user = {role}
list_db = False
http_interface = 127.0.0.1
without_demo = True
server_wide_modules = base,rpc,web
"""


class Odoo:
    """Odoo's command line with PostgreSQL running and the addon on its path.

    :param packages: a folder with further Python packages, addons of Odoo among them.
    """

    def __init__(self, packages: Path | None = None):
        self.packages = packages
        self.python = python_env.python()
        self.cluster = Cluster(self.python)
        self.cluster.ensure_running()
        self.addons = checkout_folder() / "addons"
        self.data = checkout_folder() / "data"
        self.config = checkout_folder() / "odoo.conf"
        self._lay_out()

    def command(self, *words) -> list[str]:
        # -P: neither the program's folder is a package path nor the current one.
        return [str(word) for word in (self.python, "-P", PROGRAM, *words)]

    def environment(self, **more: str) -> dict[str, str]:
        path = {"PYTHONPATH": str(self.packages)} if self.packages else {}
        return {**os.environ, **path, "ODOO_RC": str(self.config), **more}

    def call(self, *words, **more: str) -> int:
        """Run Odoo in the foreground, with the terminal's input and output."""
        variables = self.environment(**more)
        return subprocess.run(self.command(*words), env=variables).returncode

    def shell(self, database: str, script: Path, **more: str) -> int:
        """Run a script in Odoo's shell on a database."""
        words = ("shell", "-d", database, "--no-http", "--log-level=warn")
        with open(script) as source:
            return children.call(
                self.command(*words), env=self.environment(**more), stdin=source
            )

    def filestore(self, database: str) -> Path:
        return self.data / "filestore" / database

    def _lay_out(self) -> None:
        self.addons.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        link = self.addons / ADDON
        if not link.is_symlink():
            link.symlink_to(ROOT)
        self.write_config(self.config.name, self.addons)

    def write_config(self, name: str, addons: Path, **more: str) -> Path:
        """Write a configuration file into the checkout's folder.

        :param addons: the folder with this addon, which comes before Odoo's own.
        :param more: further options.
        """
        folders = [addons]
        for source in odoo_source.python_path():
            folders += odoo_source.addons_path(source)
        config = CONFIG.format(
            addons=",".join(map(str, folders)),
            data=self.data,
            socket=self.cluster.socket,
            role=ROLE,
        )
        config += "".join(f"{option} = {value}\n" for option, value in more.items())
        path = checkout_folder() / name
        if not path.exists() or path.read_text() != config:
            path.write_text(config)
        return path


def copy_filestore(source: Path, target: Path) -> None:
    """Copy a filestore; its files never change, so links will do."""
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target, copy_function=os.link)


def test_command(python: Path, program: str, *words) -> tuple:
    """Return the command of a program in tests/, such as a server."""
    # -P: the folders there are named like packages that it imports.
    return (python, "-P", ROOT / "tests" / program, *words)


def free_port() -> int:
    """A port of this machine that nobody listens on.

    From below the range that the system itself takes ports from: between this answer
    and its use no connection of anybody gets it.
    """
    for port in range(20000 + os.getpid() % 5000, 32000):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise SetupError("no port is free between 20000 and 32000")
