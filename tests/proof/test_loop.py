# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from odoo.tests import tagged

from .loop_common import RESULTS, SESSION, LoopCase


@tagged("post_install", "-at_install")
class TestLoop(LoopCase):
    """Odoo, a relay, a receiver and Odoo's gateway: nothing of it is made up."""

    def test_good(self):
        self.mx.session = replace(SESSION, results=RESULTS)
        test = self._go_round()
        verdict = test.verdict
        self.assertEqual(verdict["spf"]["result"], "pass")
        self.assertEqual([one["result"] for one in verdict["dkim"]], ["pass"])
        self.assertEqual(verdict["dmarc"]["result"], "pass")
        self.assertEqual(verdict["client_ip"], SESSION.client_ip)
        self.assertEqual(verdict["findings"], [])
        self.assertEqual((test.grade, verdict["grade"]), ("A", "A"))
        self.assertEqual({leg.state for leg in test.leg_ids}, {"back"})
