# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Anybody can send a report: nothing takes long, or much memory."""

import random
from unittest.mock import patch

from odoo.tests import BaseCase

from ...mailauth.reports import read
from ...mailauth.reports.read import read_report
from ..common import run_python
from .hostile import zipped
from .samples import NAME, OLD, gzipped, mail

DATA = OLD.encode()


class TestHostile(BaseCase):
    def test_refused_in_time_and_in_little_memory(self):
        # `make test-hostile` allows a second; here others are at work.
        done = run_python("dev/hostile_reports.py", "--seconds", "4")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_too_many_records(self):
        """Of all reports in a file together."""
        other = OLD.replace("4711", "4712").encode()
        with patch.object(read, "MAX_RECORDS", 1):
            found = read_report(zipped((NAME, DATA), ("b.xml", other)))
        self.assertEqual(len(found.reports), 1)
        self.assertEqual(found.refused[0].reason, "too_many_records")

    def test_damaged(self):
        generator = random.Random(17)
        for data in (DATA, gzipped(DATA), zipped((NAME, DATA)), mail(gzipped(DATA))):
            for _time in range(60):
                damaged = bytearray(data)
                for _change in range(generator.randrange(1, 10)):
                    damaged[generator.randrange(len(data))] = generator.randrange(256)
                read_report(bytes(damaged))
                read_report(bytes(damaged[: generator.randrange(len(data))]))
