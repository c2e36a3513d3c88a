# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Some days of a company with the default limit, played in minutes."""

import subprocess

from .database import MINIMAL, Databases
from .odoo import Odoo
from .state import ADDON, ROOT, step

DATABASE = "test_days"
# The modules whose mails it plays.
MODULES = (
    *MINIMAL, "account", "auth_signup", "auth_totp_mail", "calendar", "digest", "event",
    "mass_mailing", "survey",
)  # fmt: skip
SCRIPT = ROOT / "dev" / "suites" / "days.py"


def run(odoo: Odoo) -> int:
    """Print the table; not 0 where the wrong mails went first."""
    Databases(odoo).copy_of(MODULES, DATABASE)
    with step(f"installing {ADDON}"):
        install = ("-d", DATABASE, "-i", ADDON, "--stop-after-init", "--log-level=warn")
        if code := odoo.call(*install):
            return code
    with step("playing some days"):
        command = (odoo.python, "-P", SCRIPT, DATABASE)
        return subprocess.run(command, env=odoo.environment()).returncode
