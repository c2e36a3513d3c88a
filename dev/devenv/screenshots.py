# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pictures of the screens, for the manual."""

from . import trial
from .state import ROOT, SetupError, step

NAME = "screenshots"
SCRIPTS = ROOT / "dev" / "screenshots"
PICTURES = ROOT / "static" / "description"


def take() -> None:
    """Take them anew, on a database of their own.

    :raises SetupError: Odoo did not start, or a step failed.
    """
    with trial.start(NAME) as one, step("taking pictures"):
        one.walk(SCRIPTS / "take.py", PICTURES, "setup")
        port = str(one.smtp_port)
        if one.odoo.shell(NAME, SCRIPTS / "fill.py", SMTP_PORT=port):
            raise SetupError("the database could not be filled; see above")
        one.walk(SCRIPTS / "take.py", PICTURES, "pages")
