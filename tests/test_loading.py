# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import importlib
import sys
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from . import bind_modules


class TestBindModules(BaseCase):
    """A package of tests that is written to a folder of its own."""

    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        sys.path.append(str(self.folder))
        self.addCleanup(sys.path.remove, str(self.folder))
        self.addCleanup(self._forget)

    def _forget(self):
        for name in [name for name in sys.modules if name.startswith("bound_tests")]:
            del sys.modules[name]

    def _bind(self, *files):
        for name in files:
            path = self.folder / "bound_tests" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / "__init__.py").touch()
            path.touch()
        (self.folder / "bound_tests" / "__init__.py").touch()
        importlib.invalidate_caches()
        names = {}
        bind_modules(importlib.import_module("bound_tests"), names)
        return {name: module.__name__ for name, module in names.items()}

    def test_one_name_in_two_folders(self):
        self.assertEqual(
            self._bind("spf/test_record.py", "dmarc/test_record.py", "spf/common.py"),
            {
                "test_dmarc_record": "bound_tests.dmarc.test_record",
                "test_spf_record": "bound_tests.spf.test_record",
            },
        )

    def test_two_that_would_have_one_name(self):
        with self.assertRaisesRegex(ImportError, "there is a test_a_b_c already"):
            self._bind("a/test_b_c.py", "a_b/test_c.py")
