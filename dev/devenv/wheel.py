# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Prove that the wheel can be built, installed beside Odoo, and loaded from there."""

import subprocess
import tempfile
import zipfile
from pathlib import Path

from . import odoo_source
from .database import MINIMAL, Databases
from .odoo import Odoo
from .state import ADDON, ROOT, SetupError, run, say, step
from .suite import Outcome

DATABASE = "test_wheel"
FOLDER = f"odoo/addons/{ADDON}/"
WANTED = {"__manifest__.py", "models/__init__.py", "static/description/icon.png"}
UNWANTED = {".ci", "Makefile", "bench", "build", "dev", "pyproject.toml"}
# Prints where the addon came from, after the mark that tells it from Odoo's own lines.
MARK = "loaded from: "
SCRIPT = f"""
import odoo.addons.{ADDON} as addon
installed = env["ir.module.module"].search([("name", "=", "{ADDON}")]).state
print("{MARK}", addon.__file__, installed)
"""


def check(odoo: Odoo) -> Outcome:
    """Build the wheel, install it with pip beside Odoo, and the addon on a database."""
    try:
        with tempfile.TemporaryDirectory() as folder, step("checking the wheel"):
            wheel = build(odoo.python, Path(folder))
            _check_content(wheel)
            _check_loads(odoo, _install(odoo.python, wheel, Path(folder) / "venv"))
    except SetupError as problem:
        say(f"FAILED: the wheel: {problem}")
        return Outcome(failed=1)
    return Outcome(passed=1)


def build(python: Path, folder: Path) -> Path:
    """Build the wheel as `pip install .` would; returns its path."""
    options = ("--no-deps", "--no-build-isolation", "-w", folder)
    run(python, "-m", "pip", "wheel", "-q", *options, ROOT)
    return next(folder.glob("*.whl"))


def _check_content(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    packed = {name.removeprefix(FOLDER) for name in names if name.startswith(FOLDER)}
    roots = {name.partition("/")[0] for name in packed}
    problems = [f"lacks {name}" for name in sorted(WANTED - packed)]
    problems += [f"contains {name}" for name in sorted(UNWANTED & roots)]
    if problems:
        raise SetupError(f"{wheel.name} {', '.join(problems)}")


def _install(python: Path, wheel: Path, target: Path) -> Path:
    """Make an environment that has all packages and Odoo, and the wheel besides."""
    run(python, "-m", "venv", "--without-pip", target)
    site = next(target.glob("lib/python3*/site-packages"))
    shared = [*python.parents[1].glob("lib/python3*/site-packages")]
    paths = [*shared, *odoo_source.python_path()]
    (site / "shared.pth").write_text("".join(f"{path}\n" for path in paths))
    own_python = target / "bin" / "python"
    words = ("install", "-q", "--no-deps", "--no-index", wheel)
    run(python, "-m", "pip", "--python", own_python, *words)
    return own_python


def _check_loads(odoo: Odoo, python: Path) -> None:
    """Install the addon on a database, without the checkout on the addons path."""
    databases = Databases(odoo)
    databases.copy_of(MINIMAL, DATABASE)
    sources = odoo_source.python_path()
    folders = [one for source in sources for one in odoo_source.addons_path(source)]
    path = f"--addons-path={','.join(map(str, folders))}"
    quiet = ("-d", DATABASE, path, "--no-http", "--log-level=warn")
    command = (python, "-P", "-m", "odoo")
    variables = odoo.environment()
    run(*command, *quiet, "-i", ADDON, "--stop-after-init", env=variables)
    done = subprocess.run(
        [*map(str, command), "shell", *map(str, quiet)],
        input=SCRIPT,
        env=variables,
        capture_output=True,
        text=True,
    )
    databases.drop(DATABASE)
    found = done.stdout.rpartition(MARK)[2].split()
    if found[1:] != ["installed"] or str(python.parents[1]) not in found[0]:
        raise SetupError(f"the addon was not loaded:\n{done.stdout}{done.stderr}")
