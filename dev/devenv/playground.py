# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A database to try the addon in: demo data, DNS and SMTP servers on loopback."""

import shutil
import signal
import socket
import subprocess

from .database import MINIMAL, Databases
from .odoo import Odoo, free_port
from .state import ADDON, ROOT, SetupError, checkout_folder, step

SCRIPTS = ROOT / "dev" / "playground"
WEB_PORT = 8069
HINTS = """
  Odoo:      http://localhost:{port}   (login admin, password admin)
  Look at:   Settings > General Settings > Emails
             Settings > Technical > Email (switch on the developer mode first:
             http://localhost:{port}/odoo?debug=1)
  The mails: {mails}
  The zone:  {zone} (read again when it changes)
  Ctrl-C stops everything.
"""


class Playground:
    """What `make demo` and `make run` play in; a context that stops what it started."""

    def __init__(self):
        self.odoo = Odoo()
        self.folder = checkout_folder() / "playground"
        self.mails = self.folder / "mails"
        self.zone = self.folder / "zone.json"
        self.children: list[subprocess.Popen] = []

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.mails.mkdir(parents=True)
        shutil.copy(SCRIPTS / "zone.json", self.zone)
        self.smtp_port = self._serve("smtp_sink.py", self.mails)
        self.dns_port = self._serve("dns_server.py", "--port", 0, self.zone)
        self._prepare_database()
        return self

    def __exit__(self, *_exception):
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            child.wait(timeout=30)
        if self.odoo.cluster.started:
            self.odoo.cluster.stop()

    def play(self) -> int:
        """Post in a chatter, let Odoo send, and tell what left and why."""
        with step("playing the demo"):
            return self._shell("demo.py", DEMO_MAILS=str(self.mails))

    def serve(self) -> int:
        port = WEB_PORT if _is_free(WEB_PORT) else free_port()
        words = ("-d", ADDON, "--http-port", port, "--log-level=warn")
        server = self.odoo.start(*words)
        self.children.append(server)
        print(HINTS.format(port=port, mails=self.mails, zone=self.zone), flush=True)
        return server.wait()

    def _prepare_database(self) -> None:
        databases = Databases(self.odoo)
        if not databases.exists(ADDON):
            databases.copy_of(MINIMAL, ADDON, demo=True)
        with step(f"updating {ADDON} in the database {ADDON}"):
            words = ("-d", ADDON, "-i", ADDON, "-u", ADDON, "--stop-after-init")
            if self.odoo.call(*words, "--log-level=warn"):
                raise SetupError(f"{ADDON} could not be installed; see above")
            servers = {"SMTP_PORT": str(self.smtp_port), "DNS_PORT": str(self.dns_port)}
            if self._shell("prepare.py", **servers):
                raise SetupError("the database could not be prepared; see above")

    def _shell(self, script: str, **variables: str) -> int:
        return self.odoo.shell(ADDON, SCRIPTS / script, **variables)

    def _serve(self, program: str, *words) -> int:
        # -P: the folders of tests/ are named like packages that the program imports.
        command = [self.odoo.python, "-P", ROOT / "tests" / program, *words]
        child = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, text=True
        )
        self.children.append(child)
        line = child.stdout.readline()
        if not line:
            raise SetupError(f"{program} did not start")
        return int(line.rpartition(":")[2])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
