# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pictures of the screens for the README and the app's description."""

from . import trial
from .state import ROOT, step


def take() -> None:
    """Take them anew, on a database of their own.

    :raises SetupError: Odoo did not start, or a step of the setup failed.
    """
    with trial.start("screenshots") as one, step("taking pictures"):
        one.walk(
            ROOT / "dev" / "screenshots" / "take.py", ROOT / "static" / "description"
        )
