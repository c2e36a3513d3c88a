# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import unittest

from devenv.beside import read_list


class TestList(unittest.TestCase):
    def test_modules_and_tags(self):
        """A tag may begin with a word, and is no module for that."""
        modules, tags = read_list()
        self.assertEqual([one for one in modules if not one.isidentifier()], [])
        self.assertIn("with_mail_group/mail_deliverability:TestDiscussionGroup", tags)
