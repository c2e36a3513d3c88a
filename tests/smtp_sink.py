# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An SMTP server on loopback that keeps what it gets, and fails as it is told to.

Never imports odoo: the development environment runs it as a program.
"""

import argparse
import asyncio
import contextlib
import email
import email.policy
import json
import signal
import socket
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


@dataclass(frozen=True)
class Delivery:
    """One accepted SMTP transaction."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    data: bytes
    peer: str

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.data, policy=email.policy.default)


class SmtpSink:
    """A server for ``with SmtpSink() as sink:``; ``sink.deliveries`` is what came.

    Its attributes may be changed while it runs:

    :ivar refused_senders: envelope senders answered with 550.
    :ivar refused_recipients: recipients answered with 550.
    :ivar data_reply: the answer to a whole message, "" to accept it.
    :ivar hang: seconds to wait before a whole message is answered.
    :ivar close_after_data: accept the message, then close without an answer.
    :ivar sessions: how many connections there were.
    :ivar offers: what EHLO is answered with, besides what aiosmtpd does.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, offers=(), **options):
        self.offers = offers
        self.deliveries: list[Delivery] = []
        self.refused_senders: set[str] = set()
        self.refused_recipients: set[str] = set()
        self.data_reply = ""
        self.hang = 0.0
        self.close_after_data = False
        self.sessions = 0
        self._controller = _Controller(self, hostname=host, port=port, **options)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_exception):
        self._controller.stop()

    @property
    def host(self) -> str:
        return self._controller.hostname

    @property
    def port(self) -> int:
        return self._controller.server.sockets[0].getsockname()[1]

    def recipients(self) -> list[str]:
        """Everybody who got something, in order, once for each message."""
        return [to for delivery in self.deliveries for to in delivery.rcpt_tos]

    # aiosmtpd's hooks

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        session.host_name = hostname
        name, *others = responses
        return [name, *(f"250-{offer}" for offer in self.offers), *others]

    async def handle_MAIL(self, _server, _session, envelope, address, options):
        if address in self.refused_senders:
            return "550 5.7.1 sender refused"
        envelope.mail_from = address or ""
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, options):
        if address in self.refused_recipients:
            return "550 5.1.1 recipient refused"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.hang:
            await asyncio.sleep(self.hang)
        if self.data_reply:
            return self.data_reply
        self.keep(
            Delivery(
                envelope.mail_from,
                tuple(envelope.rcpt_tos),
                envelope.content,
                session.peer[0],
            )
        )
        if self.close_after_data:
            server.transport.abort()
        return "250 OK"

    def keep(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)


class _Controller(Controller):
    """aiosmtpd's controller, for a port that the system picks."""

    def _trigger_server(self):
        if self.port == 0:
            self.port = self.server.sockets[0].getsockname()[1]
        return super()._trigger_server()

    def factory(self):
        self.handler.sessions += 1
        options = {"ident": "sink", "data_size_limit": 100 * 2**20}
        return SMTP(self.handler, **options, **self.SMTP_kwargs)


class FolderSink(SmtpSink):
    """A sink that writes each delivery to a folder: message and envelope.

    While there is a file ``hold`` in it, no accepted message is answered; each that
    waits for its answer has a file ``*.held``. Recipients whose address begins with
    "busy" are refused for now, each once.
    """

    def __init__(self, folder: Path, **options):
        super().__init__(**options)
        self.folder = folder
        self._refused_once: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy") and address not in self._refused_once:
            self._refused_once.add(address)
            return "450 4.2.1 The user is receiving mail too quickly, try later"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):
        reply = await super().handle_DATA(server, session, envelope)
        if self._is_holding():
            held = self.folder / f"{time.time_ns()}.held"
            held.touch()
            while self._is_holding():
                await asyncio.sleep(0.005)
            held.unlink()
        return reply

    def _is_holding(self):
        return (self.folder / "hold").exists()

    def keep(self, delivery: Delivery) -> None:
        name = f"{time.time_ns()}"
        envelope = {
            "mail_from": delivery.mail_from,
            "rcpt_tos": delivery.rcpt_tos,
            "peer": delivery.peer,
        }
        (self.folder / f"{name}.eml").write_bytes(delivery.data)
        # The envelope comes last, and at once: who waits for it finds both whole.
        draft = self.folder / f"{name}.draft"
        draft.write_text(json.dumps(envelope))
        draft.rename(self.folder / f"{name}.json")


class Dropper:
    """A server that takes each connection and drops it at once."""

    def __init__(self, port: int):
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._drop, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self._socket.close()

    def _drop(self):
        with contextlib.suppress(OSError):  # it is closed
            while True:
                self._socket.accept()[0].close()


def main() -> None:
    """Run until interrupted; prints the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--drop", action="store_true", help="drop each connection")
    options = parser.parse_args()
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    if options.drop:
        server = Dropper(options.port)
    else:
        server = FolderSink(options.folder, port=options.port)
    with server:
        print(server.port, flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
