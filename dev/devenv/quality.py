# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Linters, as OCA has them for 19.0: ruff, pylint-odoo, its checks of modules."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from addon_wheel import copy_addon

from . import python_env
from .state import ROOT, checkout_folder, digest_of, say, step
from .suite import Outcome

# What tests post needs no translation; by itself pylint-odoo knows this of files right
# inside tests/ only.
EXCUSED = re.compile(r"/tests/\S+: .*\(translation-required\)$")
# Above the findings of a module pylint writes its name.
HEADING = re.compile(r"^\*+ Module \S+$|^\s*$")
# What it builds stays to the end: looking for garbage in it takes a third of its time.
PYLINT = "import gc, pylint; gc.disable(); pylint.run_pylint()"


def lint() -> Outcome:
    """Run each linter; every one that finds something counts as a failure.

    What passed is remembered, since pylint takes a minute and more.
    """
    memory = checkout_folder() / "lint-passed"
    key = digest_of(*sorted(_read_by_linters()))
    if memory.exists() and memory.read_text() == key:
        say("linting: nothing has changed since it passed")
        return Outcome(1)
    outcome = _lint()
    if not outcome.failed:
        memory.write_text(key)
    return outcome


def _read_by_linters() -> list[Path]:
    found = [ROOT / ".pylintrc"]
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [one for one in folders if one != "__pycache__" and one[0] != "."]
        found += [Path(folder, name) for name in names]
    return [path for path in found if path.is_file()]


def _lint() -> Outcome:
    with tempfile.TemporaryDirectory() as folder, step("linting"):
        # pylint-odoo and the OCA checks go by the folder's name, and the latter
        # check nothing at all where the addon is the root of a repository.
        addon = copy_addon(Path(folder))
        results = [_run(name, *words) for name, words in _linters(addon).items()]
    return Outcome(results.count(True), results.count(False))


def _linters(addon: Path) -> dict[str, tuple]:
    bin_folder = python_env.python().parent
    translations = sorted(addon.glob("i18n/*.po"))
    # The command lines of mailauth and of the test servers print.
    options = (f"--rcfile={ROOT / '.pylintrc'}", "--disable=print-used")
    linters = {
        "ruff": (bin_folder / "ruff", "check", "-q", "--output-format=concise", ROOT),
        "pylint-odoo": (python_env.python(), "-P", "-c", PYLINT, *options, addon),
        "licence lines": (
            *(python_env.python(), ROOT / "dev" / "licence_lines.py", ROOT),
        ),
        "oca-checks-odoo-module": (
            *(bin_folder / "oca-checks-odoo-module", "--disable=prefer-readme-rst"),
            addon,
        ),
    }
    if translations:
        # Its format leaves words empty that are the same in both languages.
        checks = (bin_folder / "oca-checks-po", "--disable=po-pretty-format")
        linters["oca-checks-po"] = (*checks, *translations)
    return linters


def _run(name: str, *words) -> bool:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if not HEADING.search(line)]
    found = [line for line in lines if not EXCUSED.search(line)]
    # pylint's exit code counts what is excused, too.
    if found or (done.returncode and not lines):
        say(f"{name} ({done.returncode}):\n" + "\n".join(found))
        return False
    return True
