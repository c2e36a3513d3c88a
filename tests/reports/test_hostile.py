# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Anybody can send a report: nothing takes long, or much memory."""

import gzip
import random
import time
import tracemalloc
import zlib

from odoo.tests import BaseCase

from ...mailauth.reports.read import MAX_RECORDS, read_report
from .samples import NAME, OLD, gzipped, mail, zipped

DATA = OLD.encode()
HEAD, _record, _end = OLD.partition("  <record>")
RECORD = OLD[len(HEAD) : OLD.index("</feedback>")]
MOST = 2.0  # seconds of processor time


def _bomb(before, filling, megabytes):
    """Return a gzip file that holds much, without its ever being in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = filling * (1024 * 1024 // len(filling))
    pieces = [packer.compress(before)]
    pieces += [packer.compress(block) for _time in range(megabytes)]
    return b"".join([*pieces, packer.flush()])


def _list_hostile():
    yield "spaces", _bomb(b"<feedback>", b" ", megabytes=30), "bomb text_too_long"
    yield "zeros", gzip.compress(bytes(30_000_000), 9), "bomb not_xml no_report"
    yield "tags", _bomb(b"<feedback>", b"<a/>", megabytes=30), "bomb too_many_elements"
    yield "attributes", b"<feedback " + b'a="b" ' * 1_000_000, "markup_too_long"
    many = b" ".join(b'a%d="b"' % number for number in range(100_000))
    yield "different attributes", b"<feedback " + many + b"/>", "markup_too_long"
    yield "depth", b"<feedback>" + b"<a>" * 100_000, "too_deep"
    yield "text", b"<feedback><a>" + b"x" * 1_000_000, "text_too_long"
    yield "size", b"<feedback>" + b" " * 27_000_000, "too_large"
    yield (
        "members",
        zipped(*((f"{n}.xml", b"<a/>") for n in range(11))),
        "too_many_members",
    )
    yield "zip bomb", zipped(("a.xml", b"<feedback>" + b"<a/>" * 3_000_000)), "bomb"
    laughs = b"<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><feedback>&b;"
    yield "laughs", laughs, "doctype"
    yield "external", b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><feedback/>", "doctype"
    yield "in a mail", mail(laughs, "text/xml", NAME), "doctype"


class TestHostile(BaseCase):
    def test_refused_in_time(self):
        for case, data, reasons in _list_hostile():
            with self.subTest(case):
                started = time.process_time()
                found = read_report(data)
                self.assertLess(time.process_time() - started, MOST)
                self.assertEqual(found.reports, ())
                self.assertIn(found.refused[0].reason, reasons.split())

    def test_refused_in_little_memory(self):
        data = _bomb(b"<feedback>", b"<a>b</a>", megabytes=20)
        tracemalloc.start()
        try:
            read_report(data)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertLess(most, 100_000_000)

    def test_too_many_records(self):
        row = b"<record><row><count>1</count></row></record>"
        data = gzipped(HEAD.encode() + row * (MAX_RECORDS + 1) + b"</feedback>")
        found = read_report(data)
        self.assertEqual(found.reports, ())
        self.assertIn(found.refused[0].reason, ("too_many_records", "bomb"))

    def test_damaged(self):
        generator = random.Random(17)
        for data in (DATA, gzipped(DATA), zipped((NAME, DATA)), mail(gzipped(DATA))):
            for _time in range(60):
                damaged = bytearray(data)
                for _change in range(generator.randrange(1, 10)):
                    damaged[generator.randrange(len(data))] = generator.randrange(256)
                read_report(bytes(damaged))
                read_report(bytes(damaged[: generator.randrange(len(data))]))
