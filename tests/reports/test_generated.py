# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.reports.read import read_report
from . import peer
from .generated import generate

EXAMPLES = 2000


class TestGenerated(BaseCase):
    def test_another_reader_agrees(self):
        """dmarc-report reads the same in each, and there is nothing to note."""
        for number in range(EXAMPLES):
            raw = generate(number)
            (report,) = read_report(raw).reports
            told = (number, report.notes, peer.see_ours(report))
            self.assertEqual(told, (number, (), peer.see_theirs(peer.read(raw))))
