# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A relay and the server that takes its mails (MX), in one: what comes back to Odoo.

Never imports odoo: the development environment runs it as a program as well, which
hands on what a sink has kept for a domain, by Odoo's own script odoo-mailgate.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

if __package__:
    from .smtp_sink import Delivery, SmtpSink
else:  # as a program; last, since there are folders here that are named like packages
    sys.path.append(str(Path(__file__).parent))
    from smtp_sink import Delivery, SmtpSink

POLL_SECONDS = 0.3
LOCALS = ("catchall", "bounce", "dmarc-reports")  # what Odoo takes mail at
PATIENCE = 120  # seconds, for an Odoo that is busy or not there yet


@dataclass(frozen=True)
class Session:
    """The session in which a message comes from outside, as the one who takes it sees.

    :param client_ip: the address that hands the message over.
    :param client_name: its name by reverse DNS, "" where it has none.
    :param helo: what it says in HELO.
    :param receiver: the host that takes the message.
    :param tls: whether the session is encrypted.
    :param results: what the receiver finds out: method -> RFC 8601's word and more;
        None: it writes no Authentication-Results.
    """

    client_ip: str = "198.51.100.10"
    client_name: str = "smtp.acme.example"
    helo: str = "smtp.acme.example"
    receiver: str = "mx.mailhost.example"
    tls: bool = True
    results: dict[str, str] | None = None


def relay(message: bytes, host: str, when: float) -> bytes:
    """Return a message as a relay hands it on that took it from Odoo.

    :param host: the relay's name.
    :param when: seconds since 1970.
    """
    return _received("odoo", "localhost [127.0.0.1]", host, "ESMTP", when) + message


def take(delivery: Delivery, message: bytes, session: Session, when: float) -> bytes:
    """Return a message as the MX hands it to a mailbox.

    :param delivery: the envelope.
    :param message: what came.
    :param when: seconds since 1970.
    """
    client = f"{session.client_name or 'unknown'} [{session.client_ip}]"
    head = f"Return-Path: <{delivery.mail_from}>\r\n"
    head += f"Delivered-To: {delivery.rcpt_tos[0]}\r\n"
    if session.results is not None:
        results = [f"{one}={word}" for one, word in session.results.items()] or ["none"]
        parts = ";\r\n\t".join([session.receiver, *results])
        head += f"Authentication-Results: {parts}\r\n"
    protocol = "ESMTPS" if session.tls else "ESMTP"
    received = _received(session.helo, client, session.receiver, protocol, when)
    return head.encode() + received + message


def _received(helo: str, client: str, by: str, protocol: str, when: float) -> bytes:
    lines = (
        f"Received: from {helo} ({client})",
        f"\tby {by} (Postfix) with {protocol} id 4F2K;",
        f"\t{formatdate(when)}",
    )
    return "".join(f"{line}\r\n" for line in lines).encode()


class Mx(SmtpSink):
    """A sink whose mails come back: ``come_back()`` hands them to whoever takes them.

    :ivar session: how the receiver sees the next messages come.
    :ivar change: what happens to a message on the way, between relay and receiver.
    :ivar now: what time it is there, seconds since 1970.
    """

    def __init__(self, now: Callable[[], float] = time.time, **options):
        super().__init__(**options)
        self.session = Session()
        self.change: Callable[[bytes], bytes] = bytes
        self.now = now
        self._on_the_way: list[Delivery] = []

    def keep(self, delivery: Delivery) -> None:
        self._on_the_way.append(delivery)
        return super().keep(delivery)

    def come_back(self) -> list[bytes]:
        """Return what the mailbox has got since the last call, in order."""
        gone, self._on_the_way = self._on_the_way, []
        return [self.arrive(delivery) for delivery in gone]

    def arrive(self, delivery: Delivery) -> bytes:
        """Return a message as it stands in the mailbox."""
        when = self.now()
        message = relay(delivery.data, self.session.helo, when)
        return take(delivery, self.change(message), self.session, when)


def run_mailgate(
    script: Path, message: bytes, port: int, database: str, password: str, **variables
) -> subprocess.CompletedProcess:
    """Hand a message to Odoo as a mail server's pipe does: as text, with LF.

    :param script: Odoo's odoo-mailgate.py.
    :param port: of Odoo on this machine.
    :param password: of the user with the id 2.
    :param variables: of the process; a pipe's locale decides how it reads the bytes.
    """
    words = ("--host", "127.0.0.1", "--port", port, "-d", database, "-u", 2)
    command = (sys.executable, script, *words, "-p", password, "--retry-status")
    return subprocess.run(
        [str(word) for word in command],
        input=message.replace(b"\r\n", b"\n"),
        env={**os.environ, **variables},
        capture_output=True,
        timeout=60,
    )


class Mailbox:
    """Hands to Odoo what a :class:`.smtp_sink.FolderSink` keeps for Odoo's addresses.

    :param folder: of the sink.
    :param domain: whose mails come back: those to :data:`LOCALS`, as people there have
        mailboxes of their own.
    :param session: as the receiver sees them come.
    :param hand_on: called with each message; False: it has to be tried again.
    """

    def __init__(
        self,
        folder: Path,
        domain: str,
        session: Session,
        hand_on: Callable[[bytes], bool],
    ):
        self._folder = folder
        self._domain = domain
        self._session = session
        self._hand_on = hand_on
        # What was there before is not brought again.
        self._known = set(folder.glob("*.json"))

    def look(self) -> None:
        """Hand on what is new."""
        for path in sorted(set(self._folder.glob("*.json")) - self._known):
            envelope = json.loads(path.read_text())
            self._known.add(path)
            inside = [to for to in envelope["rcpt_tos"] if self._is_inside(to)]
            if inside:
                data = path.with_suffix(".eml").read_bytes()
                self._bring(Delivery(envelope["mail_from"], tuple(inside), data, ""))

    def _is_inside(self, address: str) -> bool:
        local, _at, domain = address.lower().rpartition("@")
        return domain == self._domain and local.partition("+")[0] in LOCALS

    def _bring(self, delivery: Delivery) -> None:
        when = time.time()
        data = relay(delivery.data, self._session.helo, when)
        message = take(delivery, data, self._session, when)
        end = time.monotonic() + PATIENCE
        while not self._hand_on(message) and time.monotonic() < end:
            time.sleep(POLL_SECONDS)


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the sink keeps what it gets")
    parser.add_argument("mailgate", type=Path, help="Odoo's odoo-mailgate.py")
    parser.add_argument("domain", help="whose mails come back")
    parser.add_argument("--client-ip", default=Session.client_ip)
    parser.add_argument("--client-name", default=Session.client_name)
    parser.add_argument("--port", type=int, required=True, help="of Odoo")
    parser.add_argument("--database", required=True)
    parser.add_argument("--password", default="admin")
    options = parser.parse_args()
    name = options.client_name
    session = Session(client_ip=options.client_ip, client_name=name, helo=name)
    to = (options.port, options.database, options.password)

    def hand_on(message: bytes) -> bool:
        done = run_mailgate(options.mailgate, message, *to)
        # 67: Odoo has no use for it, as for a stranger's mail to nobody.
        return done.returncode in (0, 67)

    mailbox = Mailbox(options.folder, options.domain, session, hand_on)
    print("ready", flush=True)
    while True:
        mailbox.look()
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
