# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from devenv import suite


class TestBeside(unittest.TestCase):
    def test_until_a_line_or_the_end(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(patch.object(suite, "checkout_folder", return_value=folder))
        with suite.Beside("help") as beside:
            beside.wait_for("make run")
            beside.wait_for("what it never prints")
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                outcome = beside.wait()
        # It has no line of counts.
        self.assertEqual(outcome, suite.Outcome(failed=1))
