# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from devenv import axe, programs
from devenv.errors import SetupError


class TestAxe(unittest.TestCase):
    def test_only_the_pinned_file_is_taken(self):
        # echo -n "" | openssl dgst -sha512 -binary | base64 -w0
        empty = (
            "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H"
            "0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
        )
        axe.check(b"", f"sha512-{empty}")
        for data, integrity in ((b"x", f"sha512-{empty}"), (b"", f"sha1-{empty}")):
            with self.subTest(data), self.assertRaisesRegex(SetupError, "pinned"):
                axe.check(data, integrity)

    def test_what_is_there_is_not_fetched_again(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / axe.PACKAGE.replace("@", "-")).mkdir()
        with (
            patch.object(axe, "cache_folder", return_value=folder),
            patch.object(axe, "run", side_effect=AssertionError),
        ):
            (path,) = axe.variables().values()
        self.assertEqual(path, str(folder / "axe-core-4.14.1" / "axe.min.js"))


class TestPrograms(unittest.TestCase):
    def test_who_is_not_root_is_told_what_to_install(self):
        with (
            patch.object(programs.shutil, "which", return_value=None),
            patch.object(programs.os, "geteuid", return_value=1000),
            self.assertRaisesRegex(SetupError, "apt-get install chromium"),
        ):
            programs.ensure("chromium", ("chromium",), "The browser tests need")

    def test_one_of_the_names_will_do(self):
        found = {"chromium": "/usr/bin/chromium"}.get
        with (
            patch.object(programs.shutil, "which", side_effect=found),
            patch.object(programs, "run", side_effect=AssertionError),
        ):
            programs.ensure("chromium", ("google-chrome", "chromium"), "We need")
