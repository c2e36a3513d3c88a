# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Upgrade from an old version, uninstall and reinstall, on databases with mails."""

import argparse
import base64
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from .database import MINIMAL, Databases
from .odoo import Odoo
from .state import ADDON, ROOT, SetupError, checkout_folder, say, step
from .suite import Outcome

SCRIPTS = ROOT / "dev" / "lifecycle"
# The addon at the commit 13ea059, which is its version 19.0.1.0.0. Made by
#   git archive --prefix=mail_deliverability/ 13ea059 -- __init__.py __manifest__.py \
#     cli data demo hooks.py mailauth models security static/src views wizards \
#     | xz -9e > dev/lifecycle/13ea059.tar.xz
OLD = SCRIPTS / "13ea059.tar.xz"
# Modules that the addon does not depend on, and whose mails it knows.
OPTIONAL = (
    "auth_signup",
    "auth_totp_mail",
    "mass_mailing",
    "microsoft_outlook",
    "website_profile",
)


def check(odoo: Odoo, lives: tuple[str, ...] = ()) -> Outcome:
    """Play lives of the addon, each on a database of its own; nothing may be lost.

    :param lives: their names; none: all.
    """
    outcome = Outcome()
    for name in lives or LIVES:
        try:
            with step(f"the addon's life: {name}"):
                LIVES[name](odoo)
            outcome += Outcome(passed=1)
        except SetupError as problem:
            say(f"FAILED: {problem}")
            outcome += Outcome(failed=1)
    return outcome


def run(odoo: Odoo, arguments: list[str]) -> Outcome:
    parser = argparse.ArgumentParser(prog="make lifecycle ARGS=...")
    parser.add_argument("lives", nargs="*", choices=[[], *LIVES], metavar="LIFE")
    return check(odoo, tuple(parser.parse_args(arguments).lives))


def _upgrade(odoo: Odoo) -> None:
    """From the old version to this one; uninstall; install again."""
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    options = {f"{ADDON}_key": key}
    old = odoo.write_config("lifecycle-old.conf", _unpack(), **options)
    new = odoo.write_config("lifecycle.conf", odoo.addons, **options)
    life = _Life(odoo, "test_lifecycle", "upgrade:Upgrade")
    life.start()
    life.play("before", new)
    life.odoo("-i", ADDON, config=old)
    life.play("installed", old)
    life.odoo("-u", ADDON, config=new)
    life.play("upgraded", new)
    life.play("uninstall", new)
    life.play("uninstalled", new)
    life.odoo("-i", ADDON, config=new)
    life.play("reinstalled", new)
    life.end()


def _beside(odoo: Odoo) -> None:
    """With the modules that may be there or not: install, upgrade, uninstall."""
    config = odoo.config
    life = _Life(odoo, "test_lifecycle_optional", "optional:Optional")
    life.start()
    life.odoo("-i", ",".join((ADDON, *OPTIONAL)), config=config)
    life.play("installed", config)
    life.odoo("-u", ADDON, config=config)
    life.play("upgraded", config)
    life.play("uninstalled", config)
    life.end()


LIVES = {"upgrade": _upgrade, "optional": _beside}


class _Life:
    """A database, and the class of dev/lifecycle that knows what happens on it."""

    def __init__(self, odoo: Odoo, database: str, name: str):
        self._odoo = odoo
        self._databases = Databases(odoo)
        self._database = database
        self._name = name

    def start(self) -> None:
        self._databases.copy_of(MINIMAL, self._database)

    def end(self) -> None:
        """Remove the database; after a failure it stays, to look at."""
        self._databases.drop(self._database)

    def play(self, stage: str, config: Path) -> None:
        folders = os.pathsep.join(map(str, (SCRIPTS, ROOT / "tests")))
        variables = {"LIFE": self._name, "STAGE": stage, "FOLDERS": folders}
        script = (SCRIPTS / "stage.py").read_text()
        self._run(config, stage, "shell", "--no-http", input=script, **variables)

    def odoo(self, *words: str, config: Path) -> None:
        self._run(config, " ".join(words), *words, "--stop-after-init", input="")

    def _run(self, config: Path, name: str, *words, input: str, **variables: str):
        done = subprocess.run(
            self._odoo.command(*words, "-d", self._database, "--log-level=warn"),
            env=self._odoo.environment(ODOO_RC=str(config), **variables),
            input=input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        noise = ("Traceback", " ERROR ", " CRITICAL ")
        if done.returncode or any(word in done.stdout for word in noise):
            where = f"{name}, on {self._database}"
            raise SetupError(f"{where}:\n{done.stdout[-6000:]}")


def _unpack() -> Path:
    """Unpack the old version; returns the folder for the addons path."""
    folder = checkout_folder() / "lifecycle-old"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(OLD) as archive:
        archive.extractall(folder, filter="data")
    return folder
