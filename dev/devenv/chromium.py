# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The browser that the tours run in."""

import os
import shutil

from .state import SetupError, run, step

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
MISSING = """\
The browser tests need Chromium, and installing it needs root:
  sudo apt-get install chromium
then run the same command again."""


def ensure() -> None:
    """Make sure that Chromium is there; root gets it from Debian's packages.

    :raises SetupError: it is missing, and this user can't install it.
    """
    if any(shutil.which(name) for name in NAMES):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise SetupError(MISSING)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step("installing Chromium from Debian's packages"):
        run("apt-get", "update", env=quiet)
        words = ("install", "-y", "--no-install-recommends", "chromium")
        run("apt-get", *words, env=quiet)
