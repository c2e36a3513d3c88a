# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.reports.read import read_report
from .generated import generate


class TestGenerated(BaseCase):
    def test_intact_reports_have_no_notes(self):
        for number in range(200):
            with self.subTest(number):
                raw = generate(number)
                found = read_report(raw)
                self.assertEqual(found.refused, ())
                (report,) = found.reports
                self.assertEqual(report.notes, ())
                self.assertEqual(len(report.records), raw.count(b"<record>"))
                signed = sum(len(record.auth) for record in report.records)
                self.assertEqual(
                    signed, raw.count(b"<selector>") + raw.count(b"<scope>")
                )
                expected = "rfc9990" if number % 2 else "rfc7489"
                self.assertEqual(report.format, expected)
