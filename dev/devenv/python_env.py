# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The Python environment: pinned packages, and Odoo made importable."""

import importlib.util
import os
import sys
from pathlib import Path

from . import odoo_source
from .state import ROOT, SetupError, cache_folder, digest_of, make_once, run, step

PINNED = ROOT / "dev" / "requirements.txt"
BUILD = PINNED.with_name("requirements-build.txt")
CALM = {"PIP_ROOT_USER_ACTION": "ignore", "UV_PYTHON_DOWNLOADS": "never"}
NO_VENV = """\
Python's venv module is incomplete on this machine. As root:
  apt-get install python3-venv"""


def python() -> Path:
    """The interpreter that has Odoo and everything pinned; made where it is missing.

    :raises SetupError: too old a Python, no venv, no package index, no Odoo.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 what this machine has, not what we need
        raise SetupError("Python 3.11 or newer is needed")
    source = odoo_source.python_path()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = digest_of(pins(), BUILD, version, "\n".join(map(str, source)))
    target = cache_folder() / f"python-{version}-{key}"
    if not target.exists():
        with step("installing the pinned Python packages"):
            make_once(target, lambda draft: _fill(draft, target, source))
    return target / "bin" / "python"


def pins() -> str:
    """The packages of the environment and their versions, without the hashes."""
    lines = PINNED.read_text().splitlines(keepends=True)
    versions = (line for line in lines if not line.startswith(" "))
    return "".join(line.replace(" \\\n", "\n") for line in versions)


def install(interpreter: Path, pinned: Path) -> None:
    """Install packages into an environment; each file must have its hash there.

    What has no wheel is built with the pinned setuptools, and fetches nothing itself.

    :param pinned: the file with packages, versions and hashes.
    :raises SetupError: no package index, or other files than those pinned.
    """
    variables = {**os.environ, **CALM}
    checked = ("--require-hashes", "-r")
    pip = (interpreter, "-m", "pip", "install", "-q", "--only-binary", ":all:")
    run(*pip, *checked, BUILD, env=variables)
    # A company's own certificate authority is known to the system, not to uv.
    uv = (interpreter, "-m", "uv", "pip", "install", "--system-certs")
    words = ("--no-build-isolation", "--python", interpreter)
    run(*uv, *words, *checked, pinned, env=variables)


def install_into(folder: Path, interpreter: Path, pinned: Path) -> None:
    """Put packages, which need nothing else, into a folder for PYTHONPATH.

    :param pinned: as for :func:`install`.
    :raises SetupError: likewise.
    """
    words = ("-m", "pip", "install", "-q", "--no-deps", "--require-hashes")
    place = ("--target", folder, "-r", pinned)
    run(interpreter, *words, *place, env={**os.environ, **CALM})


def _fill(draft: Path, target: Path, source: list[Path]) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(NO_VENV)
    run(sys.executable, "-m", "venv", draft)
    interpreter = draft / "bin" / "python"
    install(interpreter, PINNED)
    packages = next((draft / "lib").glob("python3*/site-packages"))
    (packages / "odoo-source.pth").write_text("".join(f"{path}\n" for path in source))
    _relocate(draft, target)


def _relocate(draft: Path, target: Path) -> None:
    """Scripts name the folder they were made in; it is renamed when it is whole."""
    for script in (draft / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        text = script.read_bytes()
        if bytes(draft) in text[:4096]:
            script.write_bytes(text.replace(bytes(draft), bytes(target)))
