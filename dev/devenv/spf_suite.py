"""The conformance suite of RFC 7208: in pyspf's source package, not in its wheel."""

import tarfile
from pathlib import Path, PurePosixPath

from .state import SetupError, cache_folder, make_once, run, step

PINNED = Path(__file__).parents[1] / "requirements.txt"
VARIABLE = "MAIL_DELIVERABILITY_SPF_SUITE"


def variables(python: Path) -> dict[str, str]:
    """What tells the tests where the suite is; fetches it where it is missing.

    :param python: the interpreter whose pip fetches it.
    :raises SetupError: it can't be had.
    """
    package = _pinned_package()
    target = cache_folder() / f"spf-suite-{package.replace('==', '-')}"
    if not target.exists():
        with step("fetching the conformance suite of RFC 7208"):
            make_once(target, lambda draft: _fetch(python, package, draft))
    return {VARIABLE: str(target / "test")}


def _pinned_package() -> str:
    for line in PINNED.read_text().splitlines():
        if line.startswith("pyspf=="):
            return line.split()[0]
    raise SetupError(f"{PINNED} doesn't pin pyspf")


def _fetch(python: Path, package: str, draft: Path) -> None:
    words = ("-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", draft)
    run(python, *words, package)
    archive = next(draft.glob("*.tar.gz"))
    folder = draft / "test"
    folder.mkdir()
    with tarfile.open(archive) as source:
        for member in source.getmembers():
            # Only by their own names: Debian 12's Python has no safe extractall() yet.
            parts = PurePosixPath(member.name).parts
            if member.isfile() and parts[1:-1] == ("test",):
                (folder / parts[-1]).write_bytes(source.extractfile(member).read())
