# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import io
import sys
import unittest

from devenv import quality

POSTED = "/x/tests/a/test_b.py:1:8: C8107: String needs it (translation-required)"
# (what a linter prints, its exit code, whether it has passed)
RUNS = [
    ("", 0, True),
    ("", 1, False),
    ("x.py:1: F401", 0, False),
    (f"************* Module a.tests\n{POSTED}\n\n", 16, True),
    (f"{POSTED}\n/x/tests/a.py:2: W0612: unused (unused-variable)", 20, False),
    (POSTED.replace("/tests/", "/models/"), 16, False),
    ("************* Module a.tests", 32, False),
]


class TestRun(unittest.TestCase):
    def test_what_passes(self):
        program = "import sys; print(sys.argv[1]); sys.exit(int(sys.argv[2]))"
        for printed, code, passes in RUNS:
            words = (sys.executable, "-c", program, printed, code)
            with self.subTest(printed), contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(quality._run("linter", *words), passes)
