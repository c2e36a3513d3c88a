# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An SMTP server on loopback that answers each command as it is told.

Never imports odoo: a suite with processes of its own has one beside them.
"""

import socketserver
import threading
from collections import Counter
from collections.abc import Callable

from .smtp_sink import Delivery

CONNECT, EHLO, STARTTLS, AUTH = "CONNECT", "EHLO", "STARTTLS", "AUTH"
MAIL, RCPT, DATA, END, QUIT = "MAIL", "RCPT", "DATA", "END", "QUIT"
CUT = ""  # instead of an answer: the connection is closed
LIMIT = 20 * 2**20  # bytes of a message
_USUAL = {CONNECT: "220 sink", STARTTLS: "220 go on", AUTH: "235 2.7.0 welcome"}
_USUAL |= {DATA: "354 go on", QUIT: "221 bye"}

Answer = str | list[str] | Callable[[str], str | None]


class ScriptedSink:
    """A server for ``with ScriptedSink() as sink:``.

    :ivar dict script: the answer to a command: a text for ever, a list for the next
        times, or what is called with the argument and returns one, None: the usual one.
        By its name, CONNECT for the greeting and END for a whole message; for MAIL and
        RCPT also by name and address, which goes first. CUT closes the connection, as
        the server does after 421.
    :ivar list extensions: what EHLO is answered with.
    :ivar asked: (number of the session, command, argument) each, in order.
    :ivar deliveries: what was accepted, see :class:`.smtp_sink.Delivery`.
    :ivar sessions: how many connections there were.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.daemon_threads = True
        self._server.sink = self
        self.host, self.port = self._server.server_address
        self.deliveries, self.asked, self.sessions = [], [], 0
        self.forget()

    def __enter__(self):
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        ).start()
        return self

    def __exit__(self, *_exception):
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """Be a server that takes everything, and has seen nothing."""
        self.script: dict[str | tuple[str, str], Answer] = {}
        self.extensions = ["AUTH PLAIN", "SIZE 10000000"]
        self.deliveries.clear()
        self.asked.clear()
        self.sessions = 0

    def recipients(self) -> list[str]:
        """Everybody who got something, in order, once for each message."""
        return [to for delivery in self.deliveries for to in delivery.rcpt_tos]

    def count(self) -> Counter:
        """Return how many times each command was given."""
        return Counter(verb for _session, verb, _argument in self.asked)

    # For the sessions

    def begin(self) -> int:
        with self._lock:
            self.sessions += 1
            return self.sessions

    def answer(self, session: int, verb: str, argument: str) -> str:
        """Note a command, and return what is said to it."""
        with self._lock:
            self.asked.append((session, verb, argument))
            for key in ((verb, argument), verb):
                answer = self.script.get(key)
                if isinstance(answer, list):
                    answer = answer.pop(0) if answer else None
                elif callable(answer):
                    answer = answer(argument)
                if answer is not None:
                    return answer
        return self._get_usual(verb)

    def _get_usual(self, verb):
        if verb != EHLO:
            return _USUAL.get(verb, "250 2.0.0 OK")
        *lines, last = ["sink", *self.extensions]
        return "".join(f"250-{line}\r\n" for line in lines) + f"250 {last}"

    def keep(self, delivery: Delivery) -> None:
        with self._lock:
            self.deliveries.append(delivery)


class _Session(socketserver.StreamRequestHandler):
    """One connection, until somebody ends it."""

    def handle(self):
        sink = self.server.sink
        self._number = sink.begin()
        self._forget_envelope()
        try:
            if not self._say(CONNECT):
                return
            while line := self.rfile.readline(2048):
                if not self._obey(line.decode("utf-8", "replace").strip()):
                    return
        except OSError:  # the client has gone
            return

    def _forget_envelope(self):
        self._from, self._to = "", []

    def _obey(self, line):
        """Answer a command; returns whether the connection goes on."""
        verb, _space, rest = line.partition(" ")
        verb = verb.upper()
        argument = rest
        if verb in (MAIL, RCPT):
            argument = rest.partition("<")[2].partition(">")[0]
        accepted = self._say(EHLO if verb == "HELO" else verb, argument)
        if accepted is None or verb == QUIT:
            return False
        if accepted and verb == STARTTLS:
            return False  # there is no certificate: the handshake breaks
        if verb in (MAIL, "RSET"):
            self._forget_envelope()
        if accepted and verb == MAIL:
            self._from = argument
        if accepted and verb == RCPT:
            self._to.append(argument)
        return self._take() if accepted and verb == DATA else True

    def _take(self):
        """Read a message, and answer to it."""
        lines, size = [], 0
        while (line := self.rfile.readline(LIMIT)) != b".\r\n":
            size += len(line)
            if not line or size > LIMIT:
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        kept = Delivery(
            self._from, tuple(self._to), b"".join(lines), self.client_address[0]
        )
        accepted = self._say(END, ",".join(self._to), kept)
        self._forget_envelope()
        return accepted is not None

    def _say(self, verb, argument="", kept=None):
        """Answer; returns whether with yes, None where the connection is over."""
        answer = self.server.sink.answer(self._number, verb, argument)
        accepted = answer[:1] in ("2", "3")
        # Before the answer: whoever has it may look.
        if kept and accepted:
            self.server.sink.keep(kept)
        if answer == CUT:
            return None
        self.wfile.write(f"{answer}\r\n".encode())
        return None if answer.startswith("421") else accepted
