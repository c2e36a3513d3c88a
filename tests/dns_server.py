# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An authoritative DNS server on the loopback interface, for tests and trials.

In a test::

    with DnsServer({("acme.example", "TXT"): ["v=spf1 -all"]}, delay=30) as server:
        resolver = DnsResolver([server.address], timeout=5)
        server.zone[("new.example", "A")] = ["192.0.2.1"]

As a program, with a JSON file that is read again when it changes (-P: else Python takes
the folder tests/dns for the package that this imports)::

    python -P tests/dns_server.py --port 5353 --delay 30 zone.json

    {"acme.example": {"TXT": ["v=spf1 -all"], "MX": [[10, "mx.acme.example"]]},
     "slow.example": {"ANY": "timeout"}}
"""

import argparse
import asyncio
import json
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

FAILURES = ("servfail", "refused", "timeout", "malformed")
MAX_CNAMES = 20
POLL_SECONDS = 0.2


class Zone(dict):
    """Everything that DNS knows: (name, type) -> records, or how the answer fails.

    Names are given in lower case without a trailing dot; ``*.name`` answers for names
    that don't exist. A record is text as in a zone file; TXT also bytes, or a tuple of
    its strings; MX also (preference, host). Instead of the list of records one of
    :data:`FAILURES`; with the type "ANY" every other question about the name fails so.
    """

    def lookup(self, name, rdtype):
        """Return (status, records, cnames): found, nxdomain, nodata or a failure."""
        cnames = []
        while True:
            owner = self._find_owner(name)
            if owner is None:
                return "nxdomain", (), tuple(cnames)
            records = self.get((owner, rdtype)) or self.get((owner, "ANY"))
            if isinstance(records, str):
                return records, (), tuple(cnames)
            target = self.get((owner, "CNAME"))
            if isinstance(target, str):
                return target, (), tuple(cnames)
            if records or not target:
                status = "found" if records else "nodata"
                return status, tuple(records or ()), tuple(cnames)
            name = target[0].lower().removesuffix(".")
            cnames.append(name)
            if len(cnames) > MAX_CNAMES:
                return "loop", (), tuple(cnames)

    def _find_owner(self, name):
        if self._exists(name):
            return name
        while "." in name:
            name = name.partition(".")[2]
            if self._exists("*." + name):
                return "*." + name
            if self._exists(name):
                return None
        return None

    def _exists(self, name):
        suffix = "." + name
        return any(
            owner == name or owner.endswith(suffix) for owner, _rdtype in list(self)
        )

    @classmethod
    def from_json(cls, text):
        """Read {name: {type: records}}; a list as TXT record means its strings."""
        zone = cls()
        for name, types in json.loads(text).items():
            for rdtype, records in types.items():
                if isinstance(records, list):
                    records = [tuple(r) if isinstance(r, list) else r for r in records]
                zone[(name.lower().removesuffix("."), rdtype.upper())] = records
        return zone


def txt_strings(record):
    """Return the strings, at most 255 bytes each, of a TXT record."""
    if isinstance(record, tuple):
        return [_to_bytes(part) for part in record] or [b""]
    data = _to_bytes(record)
    return [data[i : i + 255] for i in range(0, len(data), 255)] or [b""]


def _to_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def _rdata(rdtype, record):
    if rdtype in ("TXT", "SPF"):
        wire = b"".join(bytes([len(part)]) + part for part in txt_strings(record))
        kind = dns.rdatatype.from_text(rdtype)
        return dns.rdata.from_wire(dns.rdataclass.IN, kind, wire, 0, len(wire))
    if rdtype == "MX" and not isinstance(record, str):
        record = f"{record[0]} {_absolute(record[1])}"
    elif rdtype in ("CNAME", "NS", "PTR"):
        record = _absolute(record)
    return dns.rdata.from_text("IN", rdtype, record)


def _name_text(name):
    """Return a name as zones hold it: nothing in it is escaped."""
    return b".".join(name.labels[:-1]).decode("latin-1").lower()


def _absolute(name):
    return name if name.endswith(".") else name + "."


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server):
        self.server = server

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        reply = self.server.answer(data, tcp=False)
        if reply is not None:
            self.server.later(self.server.send, self.transport, reply, addr)


class DnsServer:
    """A DNS server in a thread, on one loopback port for UDP and TCP.

    :param zone: see :class:`Zone`; may be changed while the server runs.
    :param delay: milliseconds before each answer.
    :param port: 0 picks a free one.
    :param authenticated: set the AD bit, as a validating resolver would.
    """

    def __init__(self, zone=None, delay=0, port=0, authenticated=False):
        self.zone = zone if isinstance(zone, Zone) else Zone(zone or {})
        self.delay = delay
        self.authenticated = authenticated
        self.queries = []
        self.tcp_queries = 0
        self._port = port
        self._ready = threading.Event()
        self._error = None

    def __enter__(self):
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error:
            raise self._error
        return self

    def __exit__(self, *exc):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def address(self):
        """``ip:port``, as a nameserver is written."""
        return f"127.0.0.1:{self._port}"

    def send(self, transport, reply, addr):
        """Send a reply over UDP."""
        transport.sendto(reply, addr)

    def later(self, function, *args):
        self._loop.call_later(self.delay / 1000, self._safely, function, args)

    @staticmethod
    def _safely(function, args):
        with suppress(OSError):  # the client has left
            function(*args)

    def _run(self):
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._error = error
            self._ready.set()

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        udp_socket, tcp_socket = self._bind()
        tcp = await asyncio.start_server(self._serve_tcp, sock=tcp_socket)
        udp, _protocol = await self._loop.create_datagram_endpoint(
            lambda: _Udp(self), sock=udp_socket
        )
        self._ready.set()
        await self._stop.wait()
        udp.close()
        tcp.close()

    def _bind(self):
        for _attempt in range(20):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind(("127.0.0.1", self._port))
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tcp.bind(udp.getsockname())
            except OSError:
                udp.close()
                tcp.close()
                continue
            self._port = udp.getsockname()[1]
            return udp, tcp
        raise OSError("no port is free for both UDP and TCP")

    async def _serve_tcp(self, reader, writer):
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = self.answer(await reader.readexactly(length), tcp=True)
                if reply is not None:
                    data = struct.pack("!H", len(reply)) + reply
                    self.later(writer.write, data)
        writer.close()

    def answer(self, data, tcp):
        """Return the reply to a question in wire format, or None to stay silent."""
        try:
            query = dns.message.from_wire(data)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        name = _name_text(question.name)
        rdtype = dns.rdatatype.to_text(question.rdtype)
        self.queries.append((name, rdtype))
        self.tcp_queries += tcp
        status, records, cnames = self.zone.lookup(name, rdtype)
        if status == "timeout":
            return None
        if status == "malformed":
            return data[:2] + b"\x81\x80\x00\x01\x00\x09\x00\x00\x00\x00\xff"
        reply = self._reply(query, status)
        self._fill(reply, question, cnames, rdtype, records)
        limit = 65535 if tcp else max(512, query.payload if query.edns >= 0 else 512)
        return self._to_wire(reply, limit)

    def _reply(self, query, status):
        reply = dns.message.make_response(query, recursion_available=True)
        reply.flags |= dns.flags.AA
        if self.authenticated:
            reply.flags |= dns.flags.AD
        codes = {"nxdomain": "NXDOMAIN", "servfail": "SERVFAIL", "refused": "REFUSED"}
        reply.set_rcode(dns.rcode.from_text(codes.get(status, "NOERROR")))
        return reply

    def _fill(self, reply, question, cnames, rdtype, records):
        owner = question.name
        for target in cnames:
            rdata = _rdata("CNAME", target)
            reply.answer.append(dns.rrset.from_rdata(owner, 300, rdata))
            owner = rdata.target
        if records:
            rdatas = [_rdata(rdtype, record) for record in records]
            reply.answer.append(dns.rrset.from_rdata_list(owner, 300, rdatas))
        elif reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            self._add_soa(reply, _name_text(owner))

    def _add_soa(self, reply, name):
        while name:
            soa = self.zone.get((name, "SOA"))
            if soa and not isinstance(soa, str):
                rrset = dns.rrset.from_rdata(
                    _absolute(name), 300, _rdata("SOA", soa[0])
                )
                reply.authority.append(rrset)
                return
            name = name.partition(".")[2]

    @staticmethod
    def _to_wire(reply, limit):
        try:
            return reply.to_wire(max_size=limit)
        except dns.exception.TooBig:
            reply.answer.clear()
            reply.authority.clear()
            reply.flags |= dns.flags.TC
            return reply.to_wire(max_size=limit)


def watch(server, path):
    """Read the zone again whenever its file changes, until interrupted."""
    seen = None
    while True:
        stamp = path.stat().st_mtime_ns if path.exists() else seen
        if stamp != seen:
            seen = stamp
            try:
                server.zone = Zone.from_json(path.read_text())
            except ValueError as error:
                print(f"{path}: {error}", file=sys.stderr, flush=True)
        time.sleep(POLL_SECONDS)


def main():
    parser = argparse.ArgumentParser(description="A DNS server for development.")
    parser.add_argument("zone", type=Path, help="JSON: {name: {type: [records]}}")
    parser.add_argument("--port", type=int, default=5353)
    parser.add_argument("--delay", type=float, default=0, help="milliseconds")
    args = parser.parse_args()
    zone = Zone.from_json(args.zone.read_text())
    with DnsServer(zone, args.delay, args.port) as server:
        print(server.address, flush=True)
        with suppress(KeyboardInterrupt):
            watch(server, args.zone)


if __name__ == "__main__":
    main()
