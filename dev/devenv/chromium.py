# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The browser that the tours run in."""

from . import programs

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure() -> None:
    """Make sure that Chromium is there; root gets it from Debian's packages.

    :raises SetupError: it is missing, and this user can't install it.
    """
    programs.ensure("chromium", NAMES, "The browser tests need")
