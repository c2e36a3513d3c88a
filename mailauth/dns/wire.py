# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""DNS messages in wire format: a question, and what a response says (RFC 1035).

Whoever runs a zone decides what a response holds. dnspython takes up to 17 seconds of
processor time for one of 64 KB (names of 127 labels) and half a second for one TXT
record of empty strings; here the work is bounded by the limits below.
"""

import secrets
import socket
import struct
from dataclasses import dataclass

import dns.rcode
import dns.rdatatype

from ..errors import TempError
from .names import MAX_LABEL

# Records in all sections of one response. Real names have a few dozen at most.
MAX_RECORDS = 500
UDP_PAYLOAD = 1232  # bytes that pass without fragments (DNS flag day 2020)
MAX_TTL = 2**31 - 1

_MAX_WIRE_NAME = 255  # bytes (RFC 1035 section 3.1)
_MAX_POINTERS = 127  # as many as a name can have labels
_HEADER = struct.Struct("!HHHHHH")
_QUESTION = struct.Struct("!HH")
_PREFERENCE = struct.Struct("!H")
_RECORD = struct.Struct("!HHIH")
_OPT = b"\x00" + _RECORD.pack(dns.rdatatype.OPT, UDP_PAYLOAD, 0, 0)
_POINTER = 0xC0
_IN = 1
_FAMILIES = {
    int(dns.rdatatype.A): (socket.AF_INET, 4),
    int(dns.rdatatype.AAAA): (socket.AF_INET6, 16),
}
_QR, _TC, _RD, _AD = 0x8000, 0x0200, 0x0100, 0x0020
_OPCODE, _RCODE = 0x7800, 0x000F
# A server that could not read the question need not repeat it.
_WITHOUT_QUESTION = (
    dns.rcode.FORMERR,
    dns.rcode.SERVFAIL,
    dns.rcode.NOTIMP,
    dns.rcode.REFUSED,
)
_SPECIAL = frozenset(b'"().;\\@$')

Labels = tuple[bytes, ...]


@dataclass(frozen=True)
class Mx:
    """One MX record.

    :param preference: lower is tried first.
    :param exchange: host name, lower case, no trailing dot; "" is a null MX.
    """

    preference: int
    exchange: str


@dataclass(frozen=True)
class Question:
    """A question on its way.

    :param id: what the response has to repeat.
    :param labels: the name, lower case.
    :param rdtype: the record type's number.
    :param wire: the message to send.
    """

    id: int
    labels: Labels
    rdtype: int
    wire: bytes


@dataclass(frozen=True)
class Record:
    """One record.

    :param owner: its name, lower case.
    :param rdtype: its type's number.
    :param ttl: seconds; of a SOA those that "there is none" may be kept.
    :param data: see :class:`mailauth.dns.resolver.Answer`; of an alias the labels.
    """

    owner: Labels
    rdtype: int
    ttl: int
    data: object


@dataclass(frozen=True)
class Response:
    """A response that belongs to the question.

    :param rcode: its code, the extended part included.
    :param truncated: the rest is to be had over TCP; there are no records then.
    :param authenticated: the AD bit.
    :param answers: the records of the answer section.
    :param soa: the SOA record of the authority section, None where there is none.
    """

    rcode: int
    truncated: bool = False
    authenticated: bool = False
    answers: tuple[Record, ...] = ()
    soa: Record | None = None


def make_question(name: str, rdtype: str) -> Question:
    """Make a question; nothing in a name is an escape.

    :param name: labels between dots, lower case, no trailing dot.
    :raises ValueError: a name that can't be asked.
    """
    labels = tuple(label.encode() for label in name.split("."))
    if not all(1 <= len(label) <= MAX_LABEL for label in labels):
        raise ValueError("label")
    encoded = b"".join(bytes([len(label)]) + label for label in labels) + b"\x00"
    if len(encoded) > _MAX_WIRE_NAME:
        raise ValueError("name")
    number = int(dns.rdatatype.from_text(rdtype))
    identity = secrets.randbelow(1 << 16)
    # AD: tell us whether it was validated (RFC 6840 section 5.7).
    header = _HEADER.pack(identity, _RD | _AD, 1, 0, 0, 1)
    wire = header + encoded + _QUESTION.pack(number, _IN) + _OPT
    return Question(identity, labels, number, wire)


def read_response(data: bytes, question: Question) -> Response | None:
    """Read a response to a question.

    :return: None where it is none to this question (RFC 5452 section 9.1).
    :raises ValueError: it is malformed, or something stands behind its end.
    :raises TempError: ``dns_too_large``: more than 500 records.
    """
    if len(data) < _HEADER.size or data[:2] != question.wire[:2]:
        return None
    _id, flags, questions, *counts = _HEADER.unpack_from(data)
    rcode = flags & _RCODE
    reader = _Reader(data)
    if not flags & _QR or flags & _OPCODE:
        return None
    if questions or rcode not in _WITHOUT_QUESTION:
        if questions != 1 or not reader.skip_question(question):
            return None
    if flags & _TC:
        return Response(rcode, truncated=True)
    if sum(counts) > MAX_RECORDS:
        raise TempError("dns_too_large", f"{sum(counts)} records")
    answers, authority, additional = (reader.read_records(count) for count in counts)
    if reader.offset != len(data):
        raise ValueError("trailing bytes")
    for record in additional:
        if record.rdtype == dns.rdatatype.OPT:
            rcode |= record.ttl >> 24 << 4
    soa = next((r for r in authority if r.rdtype == dns.rdatatype.SOA), None)
    return Response(rcode, False, bool(flags & _AD), tuple(answers), soa)


def show_name(labels: Labels) -> str:
    """Return a name as text, what is odd in it escaped (RFC 1035 section 5.1)."""
    return ".".join(map(_show_label, labels))


def _show_label(label: bytes) -> str:
    if label.replace(b"-", b"").isalnum():
        return label.decode()
    return "".join(_show_byte(byte) for byte in label)


def _show_byte(byte: int) -> str:
    if byte in _SPECIAL:
        return "\\" + chr(byte)
    return chr(byte) if 0x20 < byte < 0x7F else f"\\{byte:03d}"


class _Reader:
    """Reads a message from the front to its end.

    What is cut off raises ValueError.
    """

    def __init__(self, data: bytes):
        self.offset = _HEADER.size
        self._data = data
        self._names: dict[int, Labels] = {}  # those that pointers lead to

    def skip_question(self, question: Question) -> bool:
        """Tell whether the next entry is this question, and go on behind it."""
        labels = self._read_name()
        rdtype, rdclass = self._unpack(_QUESTION)
        return (labels, rdtype, rdclass) == (question.labels, question.rdtype, _IN)

    def read_records(self, count: int) -> list[Record]:
        """Read records; those of another class than the Internet's are left out."""
        records = []
        for _number in range(count):
            owner = self._read_name()
            rdtype, rdclass, ttl, size = self._unpack(_RECORD)
            end = self.offset + size
            if end > len(self._data):
                raise ValueError("cut off")
            if rdtype == dns.rdatatype.OPT:
                records.append(Record(owner, rdtype, ttl, None))
            elif rdclass == _IN:
                records.append(self._read_record(owner, rdtype, ttl, end))
            self.offset = end
        return records

    def _read_record(self, owner: Labels, rdtype: int, ttl: int, end: int) -> Record:
        rdata = self._data[self.offset : end]
        ttl = ttl if ttl <= MAX_TTL else 0  # RFC 2181 section 8
        if rdtype in (dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR):
            return Record(owner, rdtype, ttl, self._read_last_name(end))
        if rdtype == dns.rdatatype.MX:
            (preference,) = self._unpack(_PREFERENCE)
            exchange = show_name(self._read_last_name(end))
            return Record(owner, rdtype, ttl, Mx(preference, exchange))
        if rdtype in (dns.rdatatype.TXT, dns.rdatatype.SPF):
            return Record(owner, rdtype, ttl, _join_strings(rdata))
        if rdtype in _FAMILIES:
            family, size = _FAMILIES[rdtype]
            if len(rdata) != size:
                raise ValueError("address")
            return Record(owner, rdtype, ttl, socket.inet_ntop(family, rdata))
        if rdtype == dns.rdatatype.SOA:
            # RFC 2308 section 5: the lesser of its TTL and its last field.
            ttl = min(ttl, int.from_bytes(rdata[-4:], "big"))
        return Record(owner, rdtype, ttl, f"\\# {len(rdata)} {rdata.hex()}")

    def _read_last_name(self, end: int) -> Labels:
        labels = self._read_name()
        if self.offset != end:
            raise ValueError("bytes behind a name")
        return labels

    def _unpack(self, form: struct.Struct) -> tuple:
        start, self.offset = self.offset, self.offset + form.size
        if self.offset > len(self._data):
            raise ValueError("cut off")
        return form.unpack_from(self._data, start)

    def _read_name(self) -> Labels:
        labels, self.offset = self._find_name(self.offset, 0)
        return labels

    def _find_name(self, start: int, pointers: int) -> tuple[Labels, int]:
        """Return the name at an offset, and where it ends (RFC 1035 section 4.1.4).

        :param pointers: how many led here.
        """
        place, length = start, 1
        labels: list[bytes] = []
        while (size := self._byte(place)) and size < _POINTER:
            label = self._data[place + 1 : place + 1 + size]
            length += size + 1
            if size > MAX_LABEL or len(label) != size or length > _MAX_WIRE_NAME:
                raise ValueError("label")
            labels.append(label.lower())
            place += 1 + size
        if not size:
            return tuple(labels), place + 1
        target = (size - _POINTER) << 8 | self._byte(place + 1)
        if target >= start or pointers >= _MAX_POINTERS:
            raise ValueError("pointer")
        if target not in self._names:
            self._names[target] = self._find_name(target, pointers + 1)[0]
        whole = (*labels, *self._names[target])
        if sum(map(len, whole)) + len(whole) >= _MAX_WIRE_NAME:
            raise ValueError("name")
        return whole, place + 2

    def _byte(self, place: int) -> int:
        if place >= len(self._data):
            raise ValueError("cut off")
        return self._data[place]


def _join_strings(rdata: bytes) -> bytes:
    """Join the character-strings of a TXT record (RFC 1035 section 3.3.14)."""
    strings, place = [], 0
    while place < len(rdata):
        end = place + 1 + rdata[place]
        strings.append(rdata[place + 1 : end])
        place = end
    if place != len(rdata):
        raise ValueError("cut off")
    return b"".join(strings)
