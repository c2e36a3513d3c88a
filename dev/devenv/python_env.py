"""The Python environment: pinned packages, and Odoo made importable."""

import importlib.util
import os
import sys
from pathlib import Path

from . import odoo_source
from .state import ROOT, SetupError, cache_folder, digest_of, make_once, run, step

PINNED = ROOT / "dev" / "requirements.txt"
UV = "uv==0.13.9"
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
    key = digest_of(PINNED, version, UV, "\n".join(map(str, source)))
    target = cache_folder() / f"python-{version}-{key}"
    if not target.exists():
        with step("installing the pinned Python packages"):
            make_once(target, lambda draft: _fill(draft, target, source))
    return target / "bin" / "python"


def _fill(draft: Path, target: Path, source: list[Path]) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(NO_VENV)
    run(sys.executable, "-m", "venv", draft)
    interpreter = draft / "bin" / "python"
    calm = {"PIP_ROOT_USER_ACTION": "ignore", "UV_PYTHON_DOWNLOADS": "never"}
    quiet = {**os.environ, **calm}
    run(interpreter, "-m", "pip", "install", "-q", UV, env=quiet)
    # A company's own certificate authority is known to the system, not to uv.
    uv = (interpreter, "-m", "uv", "pip", "install", "--system-certs")
    run(*uv, "--python", interpreter, "-r", PINNED, env=quiet)
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
