# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import tempfile
import unittest
from pathlib import Path

from devenv.test_ids import compare, list_served, read_files

PLAIN = """
class TestOne(Case):
    def test_a(self): pass
    def helper_test(self): pass
    test_b = make()

class TestBase(Case):
    def test_inherited(self): pass

class TestHeir(TestBase):
    allow_inherited_tests_method = True

class TestOther(TestBase):
    def test_own(self): pass
"""
OPTIONAL = """
@tagged("-standard", "with_something")
class TestOptional(Case):
    def test_a(self): pass
"""
MIXIN = """
class Mixin:
    def test_never(self): pass
"""
FOUND = {
    "test_plain.TestOne.test_a",
    "test_plain.TestOne.test_b",
    "test_plain.TestBase.test_inherited",
    "test_plain.TestHeir.test_inherited",
    "test_plain.TestOther.test_own",
}
LINE = (
    "2026-11-25 23:17:17,506 14370 INFO test_addon"
    " odoo.addons.mail_deliverability.tests.{}: Starting {} ... \n"
)


def log_of(ids):
    parts = [one.rsplit(".", 2) for one in ids]
    return "".join(LINE.format(parts[0], ".".join(parts[1:])) for parts in parts)


class TestIds(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.folder = Path(folder)
        (self.folder / "test_plain.py").write_text(PLAIN)
        (self.folder / "test_optional.py").write_text(OPTIONAL)

    def test_files(self):
        self.assertEqual(read_files(self.folder), FOUND)

    def test_all_ran(self):
        self.assertEqual(compare(self.folder, log_of(FOUND)), [])

    def test_differences(self):
        ran = FOUND - {"test_plain.TestOne.test_a"} | {"spf.test_x.TestX.test_made"}
        self.assertEqual(
            compare(self.folder, log_of(ran)),
            [
                "did not run: test_plain.TestOne.test_a",
                "is in no file: spf.test_x.TestX.test_made",
            ],
        )

    def test_what_the_loader_does_not_look_at(self):
        """A mixin's tests, and a file in a folder that is named otherwise."""
        (self.folder / "spf").mkdir()
        (self.folder / "spf" / "common.py").write_text(MIXIN)
        self.assertEqual(
            compare(self.folder, log_of(FOUND)),
            ["did not run: spf.common.Mixin.test_never"],
        )

    def test_files_that_need_a_server(self):
        (self.folder / "spf").mkdir()
        (self.folder / "spf" / "test_tour.py").write_text(
            "class TestTour(HttpCase): ..."
        )
        (self.folder / "axe.py").write_text("class AxeMixin: ...  # for an HttpCase")
        self.assertEqual(
            list_served(self.folder), ["/mail_deliverability/tests/spf/test_tour.py"]
        )
