# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A database to try the addon in: demo data, DNS and SMTP servers on loopback."""

import json
import shutil
import socket
from contextlib import ExitStack
from pathlib import Path

from . import children, odoo_source, zone
from .database import MINIMAL, Databases
from .odoo import Odoo, free_port, test_command
from .state import ADDON, ROOT, SetupError, checkout_folder, step

SCRIPTS = ROOT / "dev" / "playground"
WEB_PORT = 8069
DOMAIN = "acme.example"
# Comes with Odoo, for mail servers that pipe what they get into it.
MAILGATE = Path("mail", "static", "scripts", "odoo-mailgate.py")
HINTS = """
  Odoo:       http://localhost:{port}   (login admin, password admin)
  Look at:    Settings > Email Deliverability
  The demo:   {domain}, whose mails leave from {address}: enter that where the setup
              asks for the server's public IP address
  The mails:  {mails}
  The zone:   {zone}
              read again when it changes; JSON, name: type: records, such as
              {{"{domain}": {{"MX": [[10, "mx.{domain}"]], "TXT": ["v=spf1 mx -all"]}}}}
  What comes back: a mail to catchall, bounce or dmarc-reports at {domain}, as from a
              mail server of the world outside: test messages get their verdict
  To publish: make publish
              writes into the zone what the setup shows, in another terminal
  Ctrl-C stops everything.
"""
NO_ZONE = "There is no zone to publish in: start `make run` first."


class Playground:
    """What `make demo` and `make run` play in; a context that stops what it started."""

    def __init__(self):
        self.odoo = Odoo()
        self.folder = checkout_folder() / "playground"
        self.mails = self.folder / "mails"
        self.zone = self.folder / "zone.json"
        self.children = children.Children()

    def __enter__(self):
        with ExitStack() as ends:
            if self.odoo.cluster.started:
                ends.callback(self.odoo.cluster.stop)
            ends.enter_context(self.children)
            self._start()
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *exception):
        self._ends.__exit__(*exception)

    def _start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.mails.mkdir(parents=True)
        shutil.copy(SCRIPTS / "zone.json", self.zone)
        self.smtp_port = self._serve("smtp_sink.py", self.mails)
        self.dns_port = self._serve("dns_server.py", "--port", 0, self.zone)
        self._prepare_database()

    def play(self) -> int:
        """Post in a chatter, let Odoo send, and tell what left and why."""
        with step("playing the demo"):
            return self._shell("demo.py", DEMO_MAILS=str(self.mails))

    def serve(self) -> int:
        """Serve the web client; its first page comes at once."""
        port = WEB_PORT if _is_free(WEB_PORT) else free_port()
        words = ("-d", ADDON, "--http-port", port, "--log-level=warn")
        with step("starting the web client"):
            server = self.children.start(
                self.odoo.command(*words), env=self.odoo.environment()
            )
            children.wait_for_web(f"http://localhost:{port}/web/login")
        self._bring_back(port)
        print(self._describe(port), flush=True)
        return server.wait()

    def _bring_back(self, port: int) -> None:
        """Let what Odoo sends to itself come back, as from outside."""
        address = zone.own_address(self.zone, DOMAIN)
        host = zone.own_host(self.zone, DOMAIN)
        words = ("--client-ip", address, "--client-name", host, "--port", port)
        more = (self.mails, find_mailgate(), DOMAIN, "--database", ADDON)
        self.children.start(test_command(self.odoo.python, "mx.py", *more, *words))

    def _describe(self, port: int) -> str:
        return HINTS.format(
            port=port,
            domain=DOMAIN,
            address=zone.own_address(self.zone, DOMAIN),
            mails=self.mails,
            zone=self.zone,
        )

    def _prepare_database(self) -> None:
        databases = Databases(self.odoo)
        if not databases.exists(ADDON):
            databases.copy_of(MINIMAL, ADDON, demo=True)
        with step(f"updating {ADDON} in the database {ADDON}"):
            words = ("-d", ADDON, "-i", ADDON, "-u", ADDON, "--stop-after-init")
            command = self.odoo.command(*words, "--log-level=warn")
            if children.call(command, env=self.odoo.environment()):
                raise SetupError(f"{ADDON} could not be installed; see above")
            servers = {"SMTP_PORT": str(self.smtp_port), "DNS_PORT": str(self.dns_port)}
            if self._shell("prepare.py", **servers):
                raise SetupError("the database could not be prepared; see above")

    def _shell(self, script: str, **variables: str) -> int:
        return self.odoo.shell(ADDON, SCRIPTS / script, **variables)

    def _serve(self, program: str, *words) -> int:
        command = test_command(self.odoo.python, program, *words)
        return self.children.start_server(command)


def find_mailgate() -> Path:
    """Return Odoo's script that hands it a message from a pipe.

    :raises SetupError: this Odoo has none.
    """
    for source in odoo_source.python_path():
        for folder in odoo_source.addons_path(source):
            if (folder / MAILGATE).is_file():
                return folder / MAILGATE
    raise SetupError(f"Odoo has no {MAILGATE}")


def publish(domain: str = DOMAIN) -> int:
    """Write what the setup of a domain shows into the zone of a running playground.

    :raises SetupError: none is running, or the domain can't be set up.
    """
    folder = checkout_folder() / "playground"
    path, cards = folder / "zone.json", folder / "cards.json"
    if not path.exists():
        raise SetupError(NO_ZONE)
    variables = {"DOMAIN": domain, "CARDS": str(cards)}
    if Odoo().shell(ADDON, SCRIPTS / "publish.py", **variables):
        raise SetupError(f"the setup of {domain} shows no records; see above")
    lines = zone.publish(path, json.loads(cards.read_text()))
    print("\n".join(lines) or f"all records of {domain} are published")
    return 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
