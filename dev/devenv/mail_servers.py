# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Postfix and Exim, which get a thousand mails from a queue; nothing is installed."""

import os
import shlex
import stat
from pathlib import Path

from . import dkim_verifier, suite
from .odoo import Odoo
from .odoo_source import find_mirror, unpack_packages
from .postgres import server_ids
from .processes import SUITES, make_database
from .state import cache_folder, make_once, step

NAME = "mail-servers"
DATABASE = "test_mail_servers"
# Of one suite, with what they are linked to but for glibc and the C++ library; the two
# wrappers let them run without root. Needs glibc 2.36 or newer.
SUITE = "bookworm"
PACKAGES = (
    *("postfix", "libdb5.3", "libicu72", "libnsl2", "libsasl2-2", "libssl3"),
    *("libtirpc3", "libgssapi-krb5-2", "libk5crypto3", "libkrb5-3"),
    *("libkrb5support0", "libcom-err2", "libkeyutils1"),
    *("exim4-daemon-light", "libcrypt1", "libevent-2.1-7", "libffi8", "libgmp10"),
    *("libgnutls-dane0", "libgnutls30", "libhogweed6", "libidn12", "libidn2-0"),
    *("libnettle8", "libp11-kit0", "libpcre2-8-0", "libtasn1-6", "libunbound8"),
    *("libunistring2", "libnss-wrapper", "libuid-wrapper"),
)


def run(odoo: Odoo, *words: str) -> suite.Outcome:
    """Send through both.

    :param words: names of tests, for unittest; none: all.
    :raises SetupError: the packages can't be had.
    """
    servers = _ensure()
    verifier = dkim_verifier.variables()
    if not make_database(odoo, DATABASE):
        return suite.Outcome(failed=1)
    account = ["setpriv"]
    if not os.geteuid():
        # Postfix wants an account that is not root.
        uid, gid = server_ids()
        account += [f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    more = {
        "MAIL_SERVERS": str(servers),
        "MAIL_SERVERS_AS": shlex.join(account),
        "PYTHONPATH": str(SUITES),
        **verifier,
    }
    with step("sending through Postfix and Exim"):
        script = SUITES / "mail_servers.py"
        command = (odoo.python, "-P", script, DATABASE, *words)
        return suite.run(odoo, NAME, *command, **more)


def _ensure() -> Path:
    target = cache_folder() / f"{NAME}-{SUITE}"
    if not target.exists():
        with step("fetching Postfix and Exim from Debian's archive (21 MB)"):
            make_once(target, _unpack)
    return target


def _unpack(draft: Path) -> None:
    unpack_packages(draft, find_mirror(), SUITE, PACKAGES)
    for program in (draft / "usr" / "sbin").iterdir():
        # Exim is root's for everybody, in a folder that nobody updates.
        if not program.is_symlink():
            program.chmod(stat.S_IMODE(program.stat().st_mode) & 0o755)
