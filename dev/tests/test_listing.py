# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
import unittest

from devenv.commands import COMMANDS
from devenv.listing import WIDTH, render_help, render_table
from devenv.state import ROOT

NAMES = [command.name for command in COMMANDS]
PAGES = [path for path in ROOT.glob("*.md") if "| command |" in path.read_text()]


class TestListing(unittest.TestCase):
    def test_makefile(self):
        text = (ROOT / "Makefile").read_text().replace("\\\n", "")
        (targets,) = re.findall(r"^COMMANDS = (.*)$", text, re.M)
        self.assertEqual(targets.split(), NAMES)

    def test_table_of_a_page(self):
        """After a change: dev/run help --table."""
        self.assertTrue(PAGES)
        for path in PAGES:
            with self.subTest(path.name):
                rows = re.findall(r"^\|.*\|$", path.read_text(), re.M)
                start = rows.index("| command | what it does |")
                table = rows[start : start + 2 + len(NAMES)]
                self.assertEqual(table, render_table(COMMANDS).split("\n"))

    def test_commands_that_pages_name(self):
        for path in ROOT.glob("*.md"):
            named = re.findall(r"(?:`|^    )make ([a-z-]+)", path.read_text(), re.M)
            with self.subTest(path.name):
                self.assertLessEqual(set(named), set(NAMES))

    def test_help(self):
        lines = render_help(COMMANDS).split("\n")
        self.assertEqual([one.split()[0] for one in lines if one[0] != " "], NAMES)
        self.assertLessEqual(max(map(len, lines)), WIDTH)
