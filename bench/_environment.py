# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Environments of their own for benchmarks whose rivals can't live beside Odoo.

checkdmarc needs a newer cryptography than Odoo 19 takes, and one rival is of Node.js.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = ROOT / "dev" / "requirements-bench.txt"
NPM = ROOT / "dev" / "bench-npm"


def enter() -> None:
    """Go on in that environment: make it, and start this program again inside it."""
    sys.path.insert(0, str(ROOT / "dev"))
    from devenv.state import cache_folder, digest_of, make_once, step

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    target = cache_folder() / f"bench-{version}-{digest_of(PINNED)}"
    if Path(sys.prefix).resolve() == target.resolve():
        return
    if not target.exists():
        with step("installing the packages of the benchmark"):
            make_once(target, _fill)
    interpreter = target / "bin" / "python"
    os.execv(interpreter, [interpreter, *sys.argv])


def _fill(draft: Path) -> None:
    from devenv.python_env import install

    subprocess.run([sys.executable, "-m", "venv", draft], check=True)
    install(draft / "bin" / "python", PINNED)


def node_modules() -> Path:
    """Return the folder of the rivals from npm, pinned with hashes in dev/bench-npm."""
    from devenv import programs
    from devenv.state import cache_folder, digest_of, make_once, step

    target = cache_folder() / f"bench-npm-{digest_of(NPM / 'package-lock.json')}"
    if not target.exists():
        programs.ensure("npm", ("npm",), "npm's mailauth, for the benchmark, needs")
        with step("fetching the packages of the benchmark from npm"):
            make_once(target, _fetch)
    return target / "node_modules"


def _fetch(draft: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(NPM / name, draft)
    # A cache of its own: the user's stays untouched. Nothing of them is run here.
    cache = draft / "cache"
    words = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run(["npm", "ci", *words, "--cache", cache], cwd=draft, check=True)
    shutil.rmtree(cache)
