# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where the environment keeps what it made, and how it speaks while making it."""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from .errors import SetupError
from .folders import check_own

ROOT = Path(__file__).resolve().parents[2]
ADDON = "mail_deliverability"


def cache_folder() -> Path:
    """The folder that all checkouts share: MAIL_DELIVERABILITY_CACHE, else the user's.

    Root's is /var/cache: PostgreSQL runs as another user, who can't enter /root.
    """
    named = os.environ.get("MAIL_DELIVERABILITY_CACHE")
    if named:
        return Path(named).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache") / ADDON
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / ADDON


@functools.cache
def ensure_cache_folder() -> Path:
    """Make the cache folder where it is missing.

    What is in it is executed: the packages, PostgreSQL, Odoo.

    :raises SetupError: others can change what is in it.
    """
    folder = cache_folder()
    mode = 0o755 if os.geteuid() == 0 else 0o700
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    check_own(folder)
    return folder


def checkout_folder() -> Path:
    """The folder for what belongs to this checkout alone: databases, symlink, logs."""
    digest = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return cache_folder() / "checkouts" / f"{ROOT.name[:20]}-{digest}"


def digest_of(*parts: str | bytes | Path) -> str:
    """A short key for things made from these texts and files."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part
        digest.update(data.encode() if isinstance(data, str) else data)
        digest.update(b"\0")
    return digest.hexdigest()[:12]


def say(text: str) -> None:
    print(f"-- {text}", file=sys.stderr, flush=True)


@contextmanager
def step(text: str):
    """Say what is being done, and afterwards how long it took."""
    say(f"{text} ...")
    start = time.monotonic()
    yield
    say(f"{text}: {time.monotonic() - start:.1f} s")


@contextmanager
def locked(name: str):
    """One process at a time makes the thing of this name."""
    folder = ensure_cache_folder()
    with open(folder / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that prepares {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_once(target: Path, make) -> Path:
    """Make a folder whole or not at all.

    :param target: where the folder shall be; nothing is done where it exists.
    :param make: called with an empty folder to fill.
    """
    if target.exists():
        return target
    with locked(target.name):
        if not target.exists():
            draft = target.with_name(target.name + ".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            make(draft)
            draft.rename(target)
    return target


def run(*command, **options) -> subprocess.CompletedProcess:
    """Run a command quietly; its output is shown when it fails.

    :raises SetupError: the command failed.
    """
    command = [str(word) for word in command]
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if result.returncode:
        raise SetupError(f"{' '.join(command)} failed:\n{result.stdout[-4000:]}")
    return result
