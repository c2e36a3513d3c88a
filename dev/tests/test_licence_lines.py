# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import unittest

from licence_lines import LINES, add, lacks

CODE = '"""What it is."""\n\nimport os\n'


class TestLicenceLines(unittest.TestCase):
    def test_add(self):
        for name, text, wanted in (
            ("code", CODE, LINES + CODE),
            ("program", f"#!/bin/python\n{CODE}", f"#!/bin/python\n{LINES}{CODE}"),
            ("comment", f"# Why.\n{CODE}", f"{LINES}\n# Why.\n{CODE}"),
        ):
            with self.subTest(name):
                self.assertTrue(lacks(text))
                self.assertEqual(add(text), wanted)
                self.assertFalse(lacks(wanted))
                self.assertEqual(add(wanted), wanted)
