"""Install, upgrade, uninstall and reinstall on a database with mails in its queue."""

import subprocess

from .database import MINIMAL, Databases
from .odoo import Odoo
from .state import ADDON, ROOT, SetupError, say, step
from .suite import Outcome

DATABASE = "test_lifecycle"
SCRIPT = ROOT / "dev" / "lifecycle" / "stage.py"


def check(odoo: Odoo) -> Outcome:
    """Play the life of the addon on one database; nothing may be lost, nothing fail."""
    databases = Databases(odoo)
    databases.copy_of(MINIMAL, DATABASE)
    try:
        with step("installing, upgrading, uninstalling and reinstalling"):
            _play(odoo)
    except SetupError as problem:
        say(f"FAILED: {problem}")
        return Outcome(failed=1)
    databases.drop(DATABASE)
    return Outcome(passed=1)


def _play(odoo: Odoo) -> None:
    _stage(odoo, "before")
    _odoo(odoo, "-i", ADDON)
    _stage(odoo, "installed")
    _odoo(odoo, "-u", ADDON)
    _stage(odoo, "upgraded")
    _stage(odoo, "uninstall")
    _stage(odoo, "uninstalled")
    _odoo(odoo, "-i", ADDON)
    _stage(odoo, "reinstalled")
    _stage(odoo, "send")


def _stage(odoo: Odoo, name: str) -> None:
    variables = {"STAGE": name, "TESTS": str(ROOT / "tests")}
    _run(odoo, name, "shell", "--no-http", input=SCRIPT.read_text(), **variables)


def _odoo(odoo: Odoo, *words) -> None:
    _run(odoo, " ".join(words), *words, "--stop-after-init", input="")


def _run(odoo: Odoo, name: str, *words, input: str, **variables: str) -> None:
    done = subprocess.run(
        odoo.command(*words, "-d", DATABASE, "--log-level=warn"),
        env=odoo.environment(**variables),
        input=input,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    noise = ("Traceback", " ERROR ", " CRITICAL ")
    if done.returncode or any(word in done.stdout for word in noise):
        raise SetupError(f"{name}, on a database with mails:\n{done.stdout[-6000:]}")
