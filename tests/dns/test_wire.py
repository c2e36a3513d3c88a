# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import dns.flags
import dns.message
import dns.rrset

from odoo.tests import BaseCase

from ...mailauth.dns import wire as dns_wire
from ...mailauth.dns.wire import (
    MAX_RECORDS,
    Mx,
    Question,
    make_question,
    read_response,
    show_name,
)
from ...mailauth.errors import TempError

NAME = "acme.example"
LONG = ".".join(["a"] * 126)
# (type, record as in a zone file, what it is read as)
RECORDS = [
    ("A", "192.0.2.1", "192.0.2.1"),
    ("AAAA", "2001:DB8:0:0::1", "2001:db8::1"),
    ("TXT", '"v=spf1 " "-all"', b"v=spf1 -all"),
    ("TXT", r'"\255\000"', b"\xff\x00"),
    ("TXT", '""', b""),
    ("SPF", '"v=spf1"', b"v=spf1"),
    ("MX", "10 MX.Acme.example.", Mx(10, "mx.acme.example")),
    ("MX", "0 .", Mx(0, "")),
    ("MX", r"10 m\.x.a\032b.\255.", Mx(10, r"m\.x.a\032b.\255")),
    ("NS", "ns_1.acme.example.", (b"ns_1", b"acme", b"example")),
    ("PTR", ".", ()),
    ("CAA", '0 issue "ca"', r"\# 9 000569737375656361"),
]


def respond(question, *rrsets, section="answer", change=None):
    """Return the bytes of a response, made by dnspython."""
    reply = dns.message.make_response(dns.message.from_wire(question.wire))
    getattr(reply, section).extend(rrsets)
    if change:
        change(reply)
    return reply.to_wire(max_size=65535)


def make_rrset(rdtype, *records, name=NAME, ttl=300):
    return dns.rrset.from_text(name + ".", ttl, "IN", rdtype, *records)


class TestDnsWire(BaseCase):
    def test_question(self):
        question = make_question(NAME, "MX")
        query = dns.message.from_wire(question.wire)
        self.assertEqual(query.question[0].to_text(), "acme.example. IN MX")
        self.assertEqual(query.flags, dns.flags.RD | dns.flags.AD)
        self.assertEqual((query.edns, query.payload, query.id), (0, 1232, question.id))

    def test_names_that_cannot_be_asked(self):
        for name in ("", "a..example", "x" * 64 + ".example", LONG + ".aa", "é" * 32):
            with self.subTest(name), self.assertRaises(ValueError):
                make_question(name, "A")
        self.assertEqual(len(make_question(LONG + ".a", "A").labels), 127)

    def test_records(self):
        for rdtype, text, expected in RECORDS:
            with self.subTest(rdtype, text=text):
                question = make_question(NAME, rdtype)
                wire = respond(question, make_rrset(rdtype, text))
                (record,) = read_response(wire, question).answers
                self.assertEqual(record.data, expected)
                self.assertEqual(
                    (record.owner, record.ttl), ((b"acme", b"example"), 300)
                )

    def test_sections(self):
        question = make_question(NAME, "A")
        soa = "ns.acme.example. root.acme.example. 1 2 3 4 60"

        def change(reply):
            reply.flags |= dns.flags.AD
            reply.additional.append(make_rrset("A", "192.0.2.9", name="ns.example"))
            reply.use_edns(0)
            reply.set_rcode(16)

        wire = respond(
            question, make_rrset("SOA", soa), section="authority", change=change
        )
        response = read_response(wire, question)
        self.assertEqual((response.rcode, response.authenticated), (16, True))
        self.assertEqual((response.answers, response.soa.ttl), ((), 60))

    def test_not_to_this_question(self):
        question = make_question(NAME, "A")
        good = respond(question, make_rrset("A", "192.0.2.1"))
        self.assertEqual(len(read_response(good, question).answers), 1)
        others = {
            "another id": bytes([good[0] ^ 1]) + good[1:],
            "a question": good[:2] + bytes([good[2] & 0x7F]) + good[3:],
            "another operation": good[:2] + bytes([good[2] | 0x20]) + good[3:],
            "another name": good.replace(b"\x04acme", b"\x04acmf", 1),
            "another type": good.replace(b"\x00\x00\x01", b"\x00\x00\x02", 1),
            "no question": good[:4] + b"\x00\x00" + good[6:],
            "two questions": good[:4] + b"\x00\x02" + good[6:],
            "nothing": b"",
            "an id": good[:2],
            "half a header": good[:11],
        }
        for what, wire in others.items():
            with self.subTest(what):
                self.assertIsNone(read_response(wire, question))

    def test_failure_without_the_question(self):
        question = make_question(NAME, "A")
        wire = question.wire[:2] + b"\x81\x82" + b"\x00" * 8
        self.assertEqual(read_response(wire, question).rcode, 2)

    def test_truncated(self):
        """The TC bit counts even where a record is cut in the middle."""
        question = make_question(NAME, "A")
        wire = respond(question, make_rrset("A", "192.0.2.1"))
        wire = wire[:2] + bytes([wire[2] | 2]) + wire[3:-20]
        self.assertTrue(read_response(wire, question).truncated)

    def test_malformed(self):
        question = make_question(NAME, "MX")
        good = respond(question, make_rrset("MX", "10 mx.acme.example."))
        head, place = len(question.wire) - 11, good.index(b"\x00\x0a\x02mx")
        wrong = {f"cut at {size}": good[:size] for size in range(head, len(good))}
        wrong |= {
            "trailing bytes": good + b"\x00",
            "a pointer to itself": good[:head] + bytes([0xC0, head]) + good[head + 2 :],
            "a pointer ahead": good[:head] + b"\xc0\xff" + good[head + 2 :],
            "a label of 64": good[:head] + b"\x40" + good[head + 1 :],
            "a longer record": good[: place - 1] + b"\x09" + good[place:],
            "a shorter record": good[: place - 1] + b"\x04" + good[place:],
        }
        for what, wire in wrong.items():
            with self.subTest(what), self.assertRaises(ValueError):
                read_response(wire, question)

    def test_wrong_data(self):
        cases = [
            ("A", b"\x01\x02\x03"),
            ("AAAA", b"\x01\x02\x03\x04"),
            ("TXT", b"\x05ab"),
            ("MX", b"\x00"),
        ]
        for rdtype, rdata in cases:
            with self.subTest(rdtype), self.assertRaises(ValueError):
                question = make_question(NAME, rdtype)
                read_response(_raw(question, [rdata]), question)

    def test_too_many_records(self):
        question = make_question(NAME, "A")
        most = [number.to_bytes(4, "big") for number in range(MAX_RECORDS)]
        response = read_response(_raw(question, most), question)
        self.assertEqual(len(response.answers), MAX_RECORDS)
        with self.assertRaises(TempError) as caught:
            read_response(_raw(question, [*most, b"\x7f\x00\x00\x01"]), question)
        self.assertEqual(caught.exception.code, "dns_too_large")
        # What is announced is not even looked at.
        lie = _raw(question, [])
        with self.assertRaises(TempError):
            read_response(lie[:8] + b"\xff\xff" + lie[10:], question)

    def test_work_is_bounded(self):
        """Each byte is looked at a few times at most, whatever points where."""
        look, looks = dns_wire._Reader._byte, []

        def count(reader, place):
            looks.append(place)
            return look(reader, place)

        question = make_question(LONG, "PTR")
        places = [12 + 2 * (number % 100 + 4) for number in range(MAX_RECORDS)]
        self.patch(dns_wire._Reader, "_byte", count)
        wire = _raw(question, [b"\x03new" + _pointer(place) for place in places])
        self.assertEqual(len(read_response(wire, question).answers), MAX_RECORDS)
        self.assertLess(len(looks), 2 * len(wire))

    def test_chain_of_pointers(self):
        """Pointers to pointers: as many as a name can have labels, and no more."""
        for count, good in ((127, True), (128, False)):
            question = make_question(NAME, "PTR")
            start = len(_raw(question, []))
            # A record of a type that nobody reads holds the chain, the next its end.
            chain = b"\x01x\x00" + b"".join(
                _pointer(start + 12 + (2 * n + 1 if n else 0)) for n in range(count - 1)
            )
            end = _pointer(start + 12 + len(chain) - 2)
            records = _record(13, chain) + _record(12, end)
            wire = _raw(question, [], records, 2)
            with self.subTest(count=count):
                if good:
                    answers = read_response(wire, question).answers
                    self.assertEqual(answers[-1].data, (b"x",))
                    continue
                with self.assertRaises(ValueError):
                    read_response(wire, question)

    def test_show_name(self):
        cases = [
            ((b"acme", b"example"), "acme.example"),
            ((), ""),
            ((b"_dmarc", b"a-b"), "_dmarc.a-b"),
            ((b'a.b"\\', b"\x00 \xff"), r"a\.b\"\\.\000\032\255"),
        ]
        for labels, expected in cases:
            with self.subTest(labels):
                self.assertEqual(show_name(labels), expected)


def _pointer(target):
    return (0xC000 | target).to_bytes(2, "big")


def _record(rdtype, rdata):
    head = rdtype.to_bytes(2, "big") + b"\x00\x01" + (60).to_bytes(4, "big")
    return b"\xc0\x0c" + head + len(rdata).to_bytes(2, "big") + rdata


def _raw(question: Question, rdatas, records=b"", count=0):
    """Return a response with records that dnspython would not make."""
    body = question.wire[12:-11]
    count += len(rdatas)
    counts = b"\x00\x01" + count.to_bytes(2, "big") + b"\x00" * 4
    records += b"".join(_record(question.rdtype, rdata) for rdata in rdatas)
    return question.wire[:2] + b"\x81\x80" + counts + body + records
