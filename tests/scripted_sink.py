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
FORGET, SWAP = "forget", "swap"
CUT = ""  # instead of an answer: the connection is closed
LIMIT = 20 * 2**20  # bytes of a message
_USUAL = {CONNECT: "220 sink", STARTTLS: "220 go on", AUTH: "235 2.7.0 welcome"}
_USUAL |= {DATA: "354 go on", QUIT: "221 bye"}

Answer = str | bytes | list[str | bytes] | Callable[[str], str | None]


class ScriptedSink:
    """A server for ``with ScriptedSink() as sink:``.

    :ivar dict script: the answer to a command: a text for ever, a list for the next
        times, or what is called with the argument and returns one, None: the usual one.
        By its name, CONNECT for the greeting and END for a whole message; for MAIL and
        RCPT also by name and address, which goes first. CUT closes the connection, as
        the server does after 421, and after bytes, which leave as they are.
    :ivar list extensions: what EHLO is answered with.
    :ivar set needed: of MAIL and RCPT, what must come before others; empty: nothing.
    :ivar tls: the context of STARTTLS; None: the handshake breaks.
    :ivar rush: what it does where the next command comes before it has answered:
        nothing, FORGET it, SWAP the two answers, or give this answer instead.
    :ivar rushed: the keys of a script that this happens with; None: all.
    :ivar bool dribbles: whether each byte of an answer is a packet.
    :ivar takes: after how many bytes of a message it closes the connection; None: not.
    :ivar asked: (number of the session, command, argument) each, in order.
    :ivar deliveries: what was accepted, see :class:`.smtp_sink.Delivery`.
    :ivar sessions: how many connections there were.
    :ivar resumed: in how many of them a TLS session was resumed.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._open, self._over = 0, threading.Condition(self._lock)
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.daemon_threads = True
        self._server.sink = self
        self.host, self.port = self._server.server_address
        self.deliveries, self.asked, self.sessions = [], [], 0
        self.resumed = 0
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
        self.needed, self.tls = {MAIL, RCPT}, None
        self.rush, self.rushed = None, None
        self.dribbles, self.takes = False, None
        self.deliveries.clear()
        self.asked.clear()
        self.sessions = self.resumed = 0

    def recipients(self) -> list[str]:
        """Everybody who got something, in order, once for each message."""
        return [to for delivery in self.deliveries for to in delivery.rcpt_tos]

    def count(self) -> Counter:
        """Return how many times each command was given, by the keys of a script."""
        asked = [(verb, argument) for _session, verb, argument in self.asked]
        return Counter(verb for verb, _argument in asked) + Counter(asked)

    def wait_until_over(self) -> None:
        """Wait until no session is open: what was sent has been read."""
        with self._over:
            self._over.wait_for(lambda: not self._open, 10)

    # For the sessions

    def begin(self) -> int:
        with self._lock:
            self.sessions += 1
            self._open += 1
            return self.sessions

    def end(self) -> None:
        with self._over:
            self._open -= 1
            self._over.notify_all()

    def answer(self, session: int, verb: str, argument: str) -> str | bytes:
        """Note a command, and return what is said to it."""
        self.note(session, verb, argument)
        with self._lock:
            for key in ((verb, argument), verb):
                answer = self.script.get(key)
                if isinstance(answer, list):
                    answer = answer.pop(0) if answer else None
                elif callable(answer):
                    answer = answer(argument)
                if answer is not None:
                    return answer
        return self._get_usual(verb)

    def note(self, session: int, verb: str, argument: str) -> None:
        with self._lock:
            self.asked.append((session, verb, argument))

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

    disable_nagle_algorithm = True

    def handle(self):
        sink = self.server.sink
        self._number, self._held, self._keys = sink.begin(), b"", {CONNECT}
        self._forget_envelope()
        try:
            if not self._say(CONNECT):
                return
            while line := self.rfile.readline(2048):
                if not self._obey(line.decode("utf-8", "replace").strip()):
                    return
        except OSError:  # the client has gone
            return
        finally:
            self.server.sink.end()

    def _forget_envelope(self):
        self._from, self._to, self._begun = "", [], False
        self._goes_on = False  # whether it has said that it waits for the message

    def _obey(self, line):
        """Answer a command; returns whether the connection goes on."""
        verb, _space, rest = line.partition(" ")
        verb = verb.upper()
        argument = rest
        if verb in (MAIL, RCPT):
            argument = rest.partition("<")[2].partition(">")[0]
        self._keys = {verb, (verb, argument)}
        if missing := self._find_missing(verb):
            self.server.sink.note(self._number, verb, argument)
            return self._write(f"503 5.5.1 {missing} first")
        accepted = self._say(EHLO if verb == "HELO" else verb, argument)
        if accepted is None or verb == QUIT:
            return False
        if accepted and verb == STARTTLS:
            return self._secure()
        if verb in (MAIL, "RSET"):
            self._forget_envelope()
        if accepted and verb == MAIL:
            self._from, self._begun = argument, True
        if accepted and verb == RCPT:
            self._to.append(argument)
        if verb == DATA and self._goes_on:
            return self._take()
        return True

    def _secure(self):
        """Go on with TLS, and with nothing that came before it."""
        if not self.server.sink.tls:
            return False
        self.connection = self.server.sink.tls.wrap_socket(
            self.connection, server_side=True
        )
        self.server.sink.resumed += bool(self.connection.session_reused)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self._forget_envelope()
        return True

    def _find_missing(self, verb):
        """Return the command that must come before (RFC 5321 section 4.1.4), or ""."""
        needed = self.server.sink.needed
        if MAIL in needed and verb in (RCPT, DATA) and not self._begun:
            return MAIL
        return RCPT if RCPT in needed and verb == DATA and not self._to else ""

    def _take(self):
        """Read a message, and answer to it."""
        if self.server.sink.takes is not None:
            self.rfile.read(self.server.sink.takes)
            return False
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
        accepted = answer[:1] in ("2", "3", b"2", b"3")
        self._goes_on = verb == DATA and answer[:1] in ("3", b"3")
        # Before the answer: whoever has it may look.
        if kept and accepted:
            self.server.sink.keep(kept)
        return accepted if self._write(answer) else None

    def _write(self, answer):
        """Send an answer; returns whether the connection goes on."""
        rush = self.server.sink.rush if self._is_rushed() else None
        if rush == FORGET:
            self.rfile.read1()
        elif rush == SWAP:
            self._held += f"{answer}\r\n".encode()
            return True
        elif rush is not None:
            answer = rush
        is_whole = isinstance(answer, str) and answer != CUT
        data = f"{answer}\r\n".encode() if is_whole else answer or b""
        self._send(data + self._held)
        self._held = b""
        return is_whole and not answer.startswith("421")

    def _is_rushed(self):
        """Tell whether something has come meanwhile, where that matters."""
        sink = self.server.sink
        if sink.rush is None or (sink.rushed and self._keys.isdisjoint(sink.rushed)):
            return False
        self.connection.setblocking(False)
        try:
            return bool(self.rfile.peek())
        finally:
            self.connection.setblocking(True)

    def _send(self, data):
        dribbles = self.server.sink.dribbles
        for part in map(bytes, zip(data)) if dribbles else (data,):
            self.wfile.write(part)
