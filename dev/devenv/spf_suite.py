# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The conformance suite of RFC 7208: in pyspf's source package, not in its wheel."""

import re
import tarfile
from pathlib import Path, PurePosixPath

from .python_env import PINNED
from .state import SetupError, cache_folder, make_once, run, step

VARIABLE = "MAIL_DELIVERABILITY_SPF_SUITE"


def variables(python: Path) -> dict[str, str]:
    """What tells the tests where the suite is; fetches it where it is missing.

    :param python: the interpreter whose pip fetches it.
    :raises SetupError: it can't be had.
    """
    package, hashes = _pinned_package()
    target = cache_folder() / f"spf-suite-{package.replace('==', '-')}"
    if not target.exists():
        with step("fetching the conformance suite of RFC 7208"):
            make_once(target, lambda draft: _fetch(python, hashes, draft))
    return {VARIABLE: str(target / "test")}


def _pinned_package() -> tuple[str, str]:
    """Package and version, and the same with hashes, as the pinned file has them."""
    found = re.search(r"^(pyspf==\S+)(?: \\\n +--hash=\S+)*", PINNED.read_text(), re.M)
    if not found:
        raise SetupError(f"{PINNED} doesn't pin pyspf")
    return found[1], found[0]


def _fetch(python: Path, hashes: str, draft: Path) -> None:
    pinned = draft / "requirements.txt"
    pinned.write_text(f"{hashes}\n")
    words = ("-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", draft)
    checked = ("--no-build-isolation", "--require-hashes", "-r", pinned)
    run(python, *words, *checked)
    archive = next(draft.glob("*.tar.gz"))
    folder = draft / "test"
    folder.mkdir()
    with tarfile.open(archive) as source:
        for member in source.getmembers():
            # Only by their own names: Debian 12's Python has no safe extractall() yet.
            parts = PurePosixPath(member.name).parts
            if member.isfile() and parts[1:-1] == ("test",):
                (folder / parts[-1]).write_bytes(source.extractfile(member).read())
