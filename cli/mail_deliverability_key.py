# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``odoo-bin mail_deliverability_key -d DATABASE``: change the key of odoo.conf."""

import sys

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config


class MailDeliverabilityKey(Command):
    """Encrypt the DKIM keys of a database with mail_deliverability_key of odoo.conf.

    To change the key: make one (python3 -c "from cryptography.fernet import Fernet;
    print(Fernet.generate_key().decode())"), put it before the old one in odoo.conf
    (mail_deliverability_key = NEW,OLD), restart Odoo, run this command, remove the
    old one. Keys that were stored plain are encrypted too.
    """

    name = "mail_deliverability_key"

    def run(self, cmdargs):
        config.parser.prog = self.prog
        config.parse_config(cmdargs, setup_logging=True)
        databases = config["db_name"] or sys.exit("Name a database with -d")
        # Each has its turn, whatever becomes of the others.
        problems = [problem for one in databases if (problem := _try_database(one))]
        if problems:
            sys.exit("\n".join(problems))


def _try_database(database):
    """Encrypt the keys of a database; return what went wrong, "" if nothing did."""
    try:
        return _encrypt_again(database)
    except psycopg2.Error as error:
        return f"{database}: {error}"


def _encrypt_again(database):
    """Encrypt the keys of a database, and say how that went.

    :return: what went wrong, "" if nothing did.
    """
    registry = Registry(database)
    if "mail.dkim.key" not in registry:
        return f"{database}: mail_deliverability is not installed there"
    # Odoo loads this file before it knows of addons.
    from odoo.addons.mail_deliverability.models.dkim.reencryption import encrypt_all  # noqa: PLC0415

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        try:
            encrypted, unreadable = encrypt_all(env)
        except UserError as error:
            return f"{database}: {error}"
    sys.stdout.write(f"{database}: encrypted keys: {encrypted}\n")
    if unreadable:
        return f"{database}: no key of odoo.conf fits for {', '.join(unreadable)}"
    return ""
