# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Folders that nobody else can put something into; links are never followed."""

import os
import stat
from pathlib import Path

from .errors import SetupError

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def make_private(folder: Path, uid: int, gid: int) -> None:
    """Make a folder that only one account can enter, or correct it.

    :param uid: who gets it; until now it may be ours or theirs already.
    :raises SetupError: a link or a file stands there, or it is somebody else's.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(folder, OPEN_FOLDER)
    except OSError as problem:
        raise SetupError(f"{folder} is no folder of ours: {problem}") from problem
    try:
        if os.fstat(handle).st_uid not in (os.geteuid(), uid):
            raise SetupError(f"{folder} belongs to somebody else")
        os.fchown(handle, uid, gid)
        os.fchmod(handle, 0o700)
    finally:
        os.close(handle)


def check_own(folder: Path) -> None:
    """Make sure that nobody but us and root can change what a folder holds.

    :raises SetupError: it or a folder above it is somebody else's, or others may write
        there. What has the sticky bit, as /tmp has it, may stand above, not be it.
    """
    whole = folder.resolve()
    for one in (whole, *whole.parents):
        found = one.stat()
        is_above = one != whole and found.st_mode & stat.S_ISVTX
        if found.st_uid not in (0, os.geteuid()):
            raise SetupError(f"{one} belongs to somebody else: name another folder")
        if found.st_mode & OTHERS_WRITE and not is_above:
            raise SetupError(f"others may write to {one}: chmod go-w, or name another")


def write_inside(folder: Path, name: str, text: str, uid: int, gid: int) -> None:
    """Write a file into a folder of another account, which may hold links.

    :param uid: who gets the file.
    """
    handle = os.open(folder, OPEN_FOLDER)
    try:
        draft = f"{name}.draft"
        _remove(draft, handle)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(draft, flags, 0o600, dir_fd=handle), "w") as file:
            file.write(text)
            os.fchown(file.fileno(), uid, gid)
        os.rename(draft, name, src_dir_fd=handle, dst_dir_fd=handle)
    finally:
        os.close(handle)


def read_inside(folder: Path, name: str) -> str:
    """The text of a file that may be a link; "": there is none, or it is one."""
    try:
        with open(os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW)) as file:
            return file.read()
    except OSError:
        return ""


def _remove(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass
