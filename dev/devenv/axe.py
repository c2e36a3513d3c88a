# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""axe-core, which tells the tours who can't use a page; nothing is installed."""

import base64
import hashlib
import shutil
import tarfile
from pathlib import Path

from . import programs
from .state import SetupError, cache_folder, make_once, run, step

VARIABLE = "MAIL_DELIVERABILITY_AXE"
# As `npm view axe-core name version dist.integrity` prints them.
PACKAGE = "axe-core@4.14.1"
INTEGRITY = (
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NP"
    "jCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)
FILE = "axe.min.js"


def variables() -> dict[str, str]:
    """What tells the tests where its script is; fetches it where it is missing.

    :raises SetupError: it can't be had, or is another file than the one pinned.
    """
    target = cache_folder() / PACKAGE.replace("@", "-")
    if not target.exists():
        programs.ensure("npm", ("npm",), "axe-core, for the browser tests, needs")
        with step(f"fetching {PACKAGE}"):
            make_once(target, _fetch)
    return {VARIABLE: str(target / FILE)}


def _fetch(draft: Path) -> None:
    # A cache of its own: the user's stays untouched.
    cache = draft / "cache"
    words = ("--pack-destination", draft, "--cache", cache, "--ignore-scripts")
    run("npm", "pack", PACKAGE, *words, cwd=draft)
    shutil.rmtree(cache)
    archive = next(draft.glob("*.tgz"))
    check(archive.read_bytes(), INTEGRITY)
    with tarfile.open(archive) as source:
        (draft / FILE).write_bytes(source.extractfile(f"package/{FILE}").read())
    archive.unlink()


def check(data: bytes, integrity: str) -> None:
    """Compare a package with its pinned hash.

    :param integrity: as npm writes it: "sha512-" and the hash in base64.
    :raises SetupError: it is another one.
    """
    found = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if f"sha512-{found}" != integrity:
        raise SetupError(f"{PACKAGE} is not the file that is pinned: sha512-{found}")
