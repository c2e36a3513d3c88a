# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ast
import re
import unittest

from devenv.state import ROOT


def list_versions(name):
    return re.findall(r"^## (\S+)", (ROOT / name).read_text(), re.M)


class TestVersions(unittest.TestCase):
    """What a version brings is told in CHANGELOG.md and, shortened, for OCA's pages."""

    def test_each_version_is_in_both(self):
        versions = list_versions("CHANGELOG.md")
        self.assertEqual(list_versions("readme/HISTORY.md"), versions)
        manifest = ast.literal_eval((ROOT / "__manifest__.py").read_text())
        self.assertEqual(versions[0], manifest["version"])
