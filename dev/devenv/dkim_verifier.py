# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""OpenDKIM's library, which tests ask for a second opinion; nothing is installed."""

import ctypes.util

from .odoo_source import find_mirror, unpack_packages
from .state import cache_folder, make_once, step

VARIABLE = "MAIL_DELIVERABILITY_OPENDKIM"
# One suite for all machines, so its OpenSSL comes along; needs glibc 2.36 or newer.
SUITE = "bookworm"
PACKAGES = ("libbsd0", "libdb5.3", "libmd0", "libopendkim11", "libssl3")


def variables() -> dict[str, str]:
    """What tells the tests where the library is; fetches it where it is missing.

    Without Debian's archive, installing the package libopendkim11 does.

    :raises SetupError: it can't be had.
    """
    if ctypes.util.find_library("opendkim"):
        return {VARIABLE: "/usr/lib"}  # installed, so the system finds it anyway
    target = cache_folder() / f"opendkim-{SUITE}"
    if not target.exists():
        with step("fetching OpenDKIM from Debian's archive (3 MB)"):
            mirror = find_mirror()
            make_once(
                target, lambda draft: unpack_packages(draft, mirror, SUITE, PACKAGES)
            )
    library = next(target.glob("usr/lib/*/libopendkim.so.11"))
    return {VARIABLE: str(library.parent)}
