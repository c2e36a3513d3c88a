# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What others test with: in the source packages of pyspf and dkimpy, in no wheel."""

import re
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .python_env import PINNED
from .state import SetupError, cache_folder, make_once, run, step


@dataclass(frozen=True)
class Suite:
    """A folder of a source package.

    :param variable: of the environment, tells the tests where it is.
    :param name: of its folder in the cache.
    :param package: as the pinned file has it.
    :param folder: in the package's archive.
    :param title: what is fetched.
    """

    variable: str
    name: str
    package: str
    folder: str
    title: str


SUITES = (
    Suite(
        "MAIL_DELIVERABILITY_SPF_SUITE",
        "spf-suite",
        "pyspf",
        "test",
        "the conformance suite of RFC 7208",
    ),
    Suite(
        "MAIL_DELIVERABILITY_DKIM_SUITE",
        "dkim-suite",
        "dkimpy",
        "dkim/tests",
        "the tests of dkimpy",
    ),
)


def variables(python: Path) -> dict[str, str]:
    """What tells the tests where the suites are; fetches those that are missing.

    :param python: the interpreter whose pip fetches them.
    :raises SetupError: one can't be had.
    """
    return {suite.variable: str(_provide(suite, python)) for suite in SUITES}


def _provide(suite: Suite, python: Path) -> Path:
    package, hashes = _pinned_package(suite.package)
    target = cache_folder() / f"{suite.name}-{package.replace('==', '-')}"
    if not target.exists():
        with step(f"fetching {suite.title}"):
            make_once(target, lambda draft: _fetch(python, hashes, suite, draft))
    return target / PurePosixPath(suite.folder).name


def _pinned_package(name: str) -> tuple[str, str]:
    """Package and version, and the same with hashes, as the pinned file has them."""
    line = rf"^({name}==\S+)(?: \\\n +--hash=\S+)*"
    found = re.search(line, PINNED.read_text(), re.M)
    if not found:
        raise SetupError(f"{PINNED} doesn't pin {name}")
    return found[1], found[0]


def _fetch(python: Path, hashes: str, suite: Suite, draft: Path) -> None:
    pinned = draft / "requirements.txt"
    pinned.write_text(f"{hashes}\n")
    words = ("-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", draft)
    checked = ("--no-build-isolation", "--require-hashes", "-r", pinned)
    run(python, *words, *checked)
    archive = next(draft.glob("*.tar.gz"))
    folder = PurePosixPath(suite.folder).parts
    with tarfile.open(archive) as source:
        for member in source.getmembers():
            # Only by their own names: Debian 12's Python has no safe extractall() yet.
            inside = PurePosixPath(member.name).parts[1:]
            if not member.isfile() or inside[: len(folder)] != folder:
                continue
            parts = inside[len(folder) - 1 :]
            if ".." in parts:
                raise SetupError(f"{archive} holds {member.name}")
            target = draft.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.extractfile(member).read())
