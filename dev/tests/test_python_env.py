# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
import unittest

from devenv import python_env, spf_suite

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

    def test_source_of_the_spf_suite(self):
        package, hashes = spf_suite._pinned_package()
        self.assertRegex(package, r"^pyspf==[\d.]+$")
        self.assertIn("--hash=sha256:", hashes)
        self.assertNotIn("\npy", hashes)
