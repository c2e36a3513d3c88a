# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime

from odoo.tests import BaseCase

from ...models.overview.forecast import foresee_full

RESET = datetime(2026, 3, 11)  # the day began at midnight

# (case, used, total, hour, minute, when it is full)
CASES = [
    ("half at noon: at midnight it just lasts", 100, 200, 12, 0, None),
    ("more than half at noon", 120, 200, 12, 0, (20, 0)),
    ("much of it early", 50, 200, 2, 0, (8, 0)),
    ("after an hour something can be told", 50, 200, 1, 0, (4, 0)),
    ("in the first hour nothing can", 50, 200, 0, 59, None),
    ("nothing was sent", 0, 200, 12, 0, None),
    ("it is full", 200, 200, 12, 0, None),
    ("it is more than full", 230, 200, 12, 0, None),
    ("there is no limit", 100, 0, 12, 0, None),
    ("it was counted back", -3, 200, 12, 0, None),
]


class TestForecast(BaseCase):
    def test_foresee_full(self):
        for case, used, total, hour, minute, full in CASES:
            with self.subTest(case):
                now = datetime(2026, 3, 10, hour, minute)
                expected = full and datetime(2026, 3, 10, *full)
                self.assertEqual(foresee_full(used, total, now, RESET), expected)
