# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pictures of the guided setup for the README and the app's description."""

import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import chromium
from .database import MINIMAL, Databases
from .odoo import Odoo, free_port
from .state import ADDON, ROOT, SetupError, checkout_folder, run, step

SCRIPTS = ROOT / "dev" / "screenshots"
DATABASE = "screenshots"
START_SECONDS = 60


def take() -> None:
    """Take them anew, on a database of their own.

    :raises SetupError: Odoo did not start, or a step of the setup failed.
    """
    chromium.ensure()
    odoo = Odoo()
    zone = checkout_folder() / "screenshots.json"
    shutil.copy(SCRIPTS / "zone.json", zone)
    # -P: the folders of tests/ are named like packages that the program imports.
    words = (odoo.python, "-P", ROOT / "tests" / "dns_server.py", "--port", 0, zone)
    with _Child(words, stdout=subprocess.PIPE, text=True) as server:
        dns_port = server.stdout.readline().rpartition(":")[2].strip()
        if not dns_port:
            raise SetupError("dns_server.py did not start")
        _prepare(odoo, dns_port)
        port = free_port()
        web = odoo.command("-d", DATABASE, "--http-port", port, "--log-level=warn")
        with _Child(web, env=odoo.environment()):
            url = f"http://localhost:{port}"
            _wait(url)
            with step("taking pictures"):
                target = ROOT / "static" / "description"
                run(odoo.python, SCRIPTS / "take.py", url, zone, target)


class _Child:
    """A program that ends with the context."""

    def __init__(self, words, **options):
        self.process = subprocess.Popen([str(word) for word in words], **options)

    def __enter__(self) -> subprocess.Popen:
        return self.process

    def __exit__(self, *_exception):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def _prepare(odoo: Odoo, dns_port: str) -> None:
    Databases(odoo).copy_of(MINIMAL, DATABASE)
    with step(f"installing {ADDON}"):
        words = ("-d", DATABASE, "-i", ADDON, "--stop-after-init", "--log-level=warn")
        if odoo.call(*words):
            raise SetupError(f"{ADDON} could not be installed; see above")
        if odoo.shell(DATABASE, SCRIPTS / "prepare.py", DNS_PORT=dns_port):
            raise SetupError("the database could not be prepared; see above")


def _wait(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/web/login", timeout=10).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise SetupError("Odoo did not start")
