# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ..common import run_python


class TestHostileMessages(BaseCase):
    def test_a_hundred(self):
        """Five of each kind; ``make test-hostile`` has all, and goes by the clock.

        Here each may take as long as something quadratic does not.
        """
        # 7 shares no factor with the number of kinds.
        words = ("--count", "100", "--every", "7", "--seconds", "60")
        done = run_python("dev/hostile_messages.py", *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("100 messages", done.stdout)
