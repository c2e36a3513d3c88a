# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The tests of the development environment itself; no Odoo, no database of Odoo's.

``PYTHONPATH=dev python -P -m tests [-v] [names]``
"""

import sys
import unittest
from pathlib import Path

names = [
    f"tests.{path.stem}" for path in sorted(Path(__file__).parent.glob("test_*.py"))
]
words = sys.argv[1:] or names
result = unittest.main(None, argv=["dev", *words], exit=False, verbosity=1).result
# As Odoo's own runner puts it: see dev/devenv/suite.py.
print(
    f"{len(result.failures)} failed, {len(result.errors)} error(s) of "
    f"{result.testsRun} tests"
)
sys.exit(not result.wasSuccessful())
