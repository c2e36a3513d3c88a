# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
import unittest

from devenv import python_env, source_suites

FILES = sorted(python_env.PINNED.parent.glob("requirements*.txt"))


class TestPins(unittest.TestCase):
    def test_each_package_has_a_version_and_hashes(self):
        self.assertEqual(len(FILES), 5)
        for path in FILES:
            blocks = re.split(r"\n(?=\S)", path.read_text().strip())
            for block in blocks:
                with self.subTest(path.name, package=block.partition(" ")[0]):
                    self.assertRegex(block, r"^[a-z0-9-]+==\S+ ")
                    self.assertRegex(block, r"--hash=sha256:[0-9a-f]{64}")

    def test_each_file_is_pinned_from_what_is_wanted(self):
        for path in FILES:
            self.assertTrue(path.with_suffix(".in").exists(), path.name)

    def test_without_hashes(self):
        for line in python_env.pins().splitlines():
            self.assertRegex(line, r"^[a-z0-9-]+==\S+( ; .*)?$")

    def test_sources_of_the_suites(self):
        for suite in source_suites.SUITES:
            with self.subTest(suite.package):
                package, hashes = source_suites._pinned_package(suite.package)
                self.assertRegex(package, rf"^{suite.package}==[\d.]+$")
                self.assertIn("--hash=sha256:", hashes)
                self.assertNotRegex(hashes, r"\n[a-z]")
