# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An environment of its own for benchmarks whose rivals can't live beside Odoo.

checkdmarc needs a newer cryptography than Odoo 19 takes.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = ROOT / "dev" / "requirements-bench.txt"


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
