# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that is far away: a relay of bytes on loopback, which takes its time."""

import asyncio
import contextlib
import threading


class Distance:
    """A relay for ``with Distance(port) as distance:``.

    Each packet arrives half a round trip after it has left, in both directions, and
    holds up none of those behind it.

    :param int target: the port of the server.
    :ivar float rtt: seconds of a round trip; it may be changed while the relay runs.
    :ivar int port: where it listens.
    """

    def __init__(self, target: int):
        self.target = target
        self.rtt = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        listen = asyncio.start_server(self._relay, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(listen, self._loop).result()
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_exception):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _relay(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader, writer):
        arrival = 0.0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(2**16):
                # None overtakes another, whatever the clock's grain makes of them.
                arrival = max(arrival, self._loop.time() + self.rtt / 2)
                self._loop.call_at(arrival, writer.write, data)
        arrival = max(arrival, self._loop.time() + self.rtt / 2)
        self._loop.call_at(arrival + 0.001, writer.close)
