# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Programs of the machine that tests need, and that only root can install."""

import os
import shutil

from .state import SetupError, run, step

MISSING = """\
{purpose} {package}, and installing it needs root:
  sudo apt-get install {package}
then run the same command again."""


def ensure(package: str, names: tuple[str, ...], purpose: str) -> None:
    """Make sure that a program is there; root gets it from Debian's packages.

    :param package: of Debian.
    :param names: of programs, any of which will do.
    :param purpose: who needs it, such as "The browser tests need".
    :raises SetupError: it is missing, and this user can't install it.
    """
    if any(shutil.which(name) for name in names):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise SetupError(MISSING.format(purpose=purpose, package=package))
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"installing {package} from Debian's packages"):
        run("apt-get", "update", env=quiet)
        words = ("install", "-y", "--no-install-recommends", package)
        run("apt-get", *words, env=quiet)
