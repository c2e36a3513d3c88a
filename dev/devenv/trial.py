# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A company in a database of its own, its zone, and the web client for a browser.

An SMTP server takes what it sends; what it sends to itself comes back from outside.
"""

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import chromium
from .children import Children, wait_for_web
from .database import MINIMAL, Databases
from .odoo import Odoo, free_port, test_command
from .playground import DOMAIN, find_mailgate
from .state import ADDON, ROOT, SetupError, checkout_folder, run, step

SCRIPTS = ROOT / "dev" / "trial"


@dataclass(frozen=True)
class Trial:
    """Where the web client is, and the zone, which is read again when it changes.

    :param smtp_port: of the SMTP server; the company does not use it by itself.
    """

    odoo: Odoo
    url: str
    zone: Path
    smtp_port: int

    def walk(self, script: Path, *words) -> str:
        """Run a script that drives a browser, and return what it prints.

        :raises SetupError: it failed.
        """
        variables = self.odoo.environment(PYTHONPATH=str(ROOT / "dev"))
        command = (self.odoo.python, script, self.url, self.zone, *words)
        return run(*command, env=variables).stdout


@contextmanager
def start(name: str):
    """Make a database of this name with the company, and serve it.

    :raises SetupError: Odoo did not start, or the database could not be prepared.
    """
    chromium.ensure()
    odoo = Odoo()
    zone = checkout_folder() / f"{name}.json"
    shutil.copy(SCRIPTS / "zone.json", zone)
    mails = checkout_folder() / f"{name}-mails"
    shutil.rmtree(mails, ignore_errors=True)
    with Children() as children:
        sink = test_command(odoo.python, "smtp_sink.py", mails)
        smtp_port = children.start_server(sink)
        dns = test_command(odoo.python, "dns_server.py", "--port", 0, zone)
        _prepare(odoo, name, children.start_server(dns))
        url = f"http://localhost:{(port := free_port())}"
        web = odoo.command("-d", name, "--http-port", port, "--log-level=warn")
        children.start(web, env=odoo.environment())
        wait_for_web(f"{url}/web/login")
        words = (mails, find_mailgate(), DOMAIN, "--database", name, "--port", port)
        mx = test_command(odoo.python, "mx.py", *words)
        children.start(mx, stdout=subprocess.DEVNULL)
        yield Trial(odoo, url, zone, smtp_port)


def _prepare(odoo: Odoo, name: str, dns_port: int) -> None:
    Databases(odoo).copy_of(MINIMAL, name)
    with step(f"installing {ADDON}"):
        words = ("-d", name, "-i", ADDON, "--stop-after-init", "--log-level=warn")
        if odoo.call(*words):
            raise SetupError(f"{ADDON} could not be installed; see above")
        if odoo.shell(name, SCRIPTS / "prepare.py", DNS_PORT=str(dns_port)):
            raise SetupError("the database could not be prepared; see above")
