# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One question to one nameserver: UDP, and TCP where the answer is truncated."""

import asyncio
import struct

from ..errors import TempError
from .wire import Question, Response, read_response

_SIZE = struct.Struct("!H")


async def exchange(
    address: str, port: int, question: Question, timeout: float
) -> Response:
    """Send a question, and return the response to it.

    What else arrives over UDP is ignored: anybody can send a packet, and a forged one
    must not end the lookup (CVE-2023-29483 is that of dnspython).

    :param timeout: seconds for all of it.
    :raises TimeoutError: no response in time.
    :raises OSError: the nameserver can't be reached.
    :raises EOFError: it closed the connection.
    :raises ValueError: what it sent is no response to this question.
    :raises TempError: as :func:`read_response`.
    """
    waiting: _Waiting | None = None
    try:
        async with asyncio.timeout(timeout):
            loop = asyncio.get_running_loop()
            # The kernel drops what comes from another address or port.
            transport, waiting = await loop.create_datagram_endpoint(
                lambda: _Waiting(question), remote_addr=(address, port)
            )
            try:
                transport.sendto(question.wire)
                response = await waiting.response
            finally:
                transport.abort()
            if response.truncated:
                response = await _exchange_over_tcp(address, port, question)
            return response
    except TimeoutError:
        if waiting and waiting.malformed:
            raise ValueError("malformed") from None
        raise


class _Waiting(asyncio.DatagramProtocol):
    """Waits for the response among all that arrives."""

    def __init__(self, question: Question):
        self._question = question
        self.response = asyncio.get_running_loop().create_future()
        self.malformed = False

    def datagram_received(self, data, addr):
        if self.response.done():
            return
        try:
            response = read_response(data, self._question)
        except ValueError:
            self.malformed = True
        except TempError as error:
            self.response.set_exception(error)
        else:
            if response is not None:
                self.response.set_result(response)

    def error_received(self, exc):
        if not self.response.done():
            self.response.set_exception(exc)


async def _exchange_over_tcp(address: str, port: int, question: Question) -> Response:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(_SIZE.pack(len(question.wire)) + question.wire)
        (size,) = _SIZE.unpack(await reader.readexactly(_SIZE.size))
        response = read_response(await reader.readexactly(size), question)
    finally:
        writer.transport.abort()
    if response is None or response.truncated:
        raise ValueError("no response to this question")
    return response
