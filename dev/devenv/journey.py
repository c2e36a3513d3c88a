# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The whole way of a newcomer, from the first page to a domain that is set up."""

from . import trial
from .state import ROOT, step


def walk() -> None:
    """Walk it in Chromium, and print how many clicks and seconds it took.

    :raises SetupError: Odoo did not start, or the way has no end.
    """
    with trial.start("journey") as one, step("walking through the setup"):
        print(one.walk(ROOT / "dev" / "journey" / "walk.py"), end="")
