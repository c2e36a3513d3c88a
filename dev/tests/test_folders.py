# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import os
import stat
import tempfile
import unittest
from pathlib import Path

from devenv.errors import SetupError
from devenv.folders import check_own, make_private, read_inside, write_inside

OURS = os.geteuid(), os.getegid()
STRANGER = 54321


class FolderCase(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.folder = Path(folder).resolve()

    def mode(self, path):
        return stat.S_IMODE(path.lstat().st_mode)


class TestMakePrivate(FolderCase):
    def test_new(self):
        made = self.folder / "a" / "b"
        make_private(made, *OURS)
        self.assertEqual(self.mode(made), 0o700)

    def test_open_to_all(self):
        """As older versions made it."""
        self.folder.chmod(0o755)
        make_private(self.folder, *OURS)
        self.assertEqual(self.mode(self.folder), 0o700)

    def test_what_is_no_folder(self):
        target = self.folder / "target"
        target.mkdir(mode=0o755)
        for name in ("link", "dead", "file"):
            path = self.folder / name
            with self.subTest(name):
                if name == "file":
                    path.touch()
                else:
                    path.symlink_to(target if name == "link" else "nowhere")
                with self.assertRaises((SetupError, FileExistsError)):
                    make_private(path, *OURS)
                self.assertEqual(self.mode(target), 0o755)

    @unittest.skipIf(os.geteuid(), "only root can make somebody else's folder")
    def test_owners(self):
        for owner, wanted, allowed in (
            (0, STRANGER, True),  # ours so far
            (STRANGER, STRANGER, True),  # theirs already
            (STRANGER + 1, STRANGER, False),
        ):
            with self.subTest(owner=owner):
                path = self.folder / str(owner)
                path.mkdir()
                os.chown(path, owner, owner)
                if allowed:
                    make_private(path, wanted, wanted)
                    self.assertEqual(path.stat().st_uid, wanted)
                    continue
                with self.assertRaisesRegex(SetupError, "somebody else"):
                    make_private(path, wanted, wanted)
                self.assertEqual(path.stat().st_uid, owner)


class TestCheckOwn(FolderCase):
    def test_own(self):
        check_own(self.folder)
        link = self.folder / "link"
        link.symlink_to(self.folder)
        check_own(link)

    def test_others_may_write(self):
        inner = self.folder / "inner"
        inner.mkdir()
        for mode, allowed in ((0o755, True), (0o1777, True), (0o777, False)):
            self.folder.chmod(mode)
            with self.subTest("above", mode=oct(mode)):
                self._check(inner, allowed)
        self.folder.chmod(0o700)
        for mode, allowed in ((0o755, True), (0o1777, False), (0o775, False)):
            inner.chmod(mode)
            with self.subTest("itself", mode=oct(mode)):
                self._check(inner, allowed)

    @unittest.skipIf(os.geteuid(), "only root can make somebody else's folder")
    def test_somebody_else_s(self):
        inner = self.folder / "inner"
        inner.mkdir()
        for folder in (inner, self.folder):
            os.chown(folder, STRANGER, STRANGER)
            with self.subTest(folder.name):
                self._check(inner, False)
            os.chown(folder, *OURS)

    def _check(self, folder, allowed):
        if allowed:
            check_own(folder)
            return
        with self.assertRaises(SetupError):
            check_own(folder)


class TestInside(FolderCase):
    def test_links_are_replaced_and_not_followed(self):
        outside = self.folder / "outside"
        outside.write_text("kept")
        inside = self.folder / "inside"
        inside.mkdir()
        for name in ("a", "a.draft"):
            (inside / name).symlink_to(outside)
        self.assertEqual(read_inside(inside, "a"), "")
        write_inside(inside, "a", "new", *OURS)
        self.assertEqual(read_inside(inside, "a"), "new")
        self.assertEqual(outside.read_text(), "kept")
        self.assertEqual(self.mode(inside / "a"), 0o600)
