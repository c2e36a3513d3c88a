# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Tokens: what a test message is known by when it comes back."""

import hashlib
import re
import secrets

from odoo import tools

from ...mailauth.address import split_address

MAX_LOCAL_PART = 64  # octets, RFC 5321 section 4.5.3.1.1
TOKEN = "[0-9a-f]{32}"  # 128 bits, in what survives a change of case
# In the local part of an address, and in Message-ID, References and Subject.
_IN_ADDRESS = re.compile(rf"^[^+@]+\+({TOKEN})$", re.IGNORECASE)
IN_TEXT = re.compile(rf"\bopenerp-test-({TOKEN})\b", re.IGNORECASE | re.ASCII)


def make_token() -> str:
    """Return 128 bits that nobody can guess, in hexadecimal digits."""
    return secrets.token_hex(16)


def hash_token(token: str) -> str:
    """Return what is stored of a token: SHA-256, in hexadecimal digits."""
    return hashlib.sha256(token.lower().encode()).hexdigest()


def make_address(catchall: str, token: str) -> str:
    """Return the address that a test message goes to.

    :param catchall: the catchall address of the alias domain. Where its local part is
        too long to hold a token, the address is this one: the Message-ID has it too.
    """
    local, domain = split_address(catchall)
    if len(local.encode()) + 1 + len(token) > MAX_LOCAL_PART:
        return catchall
    return f"{local}+{token}@{domain}"


def find_in_address(address: str) -> str:
    """Return the token in an address, "" where there is none."""
    found = _IN_ADDRESS.match(split_address(address)[0])
    return found[1].lower() if found else ""


def make_message_id(token: str) -> str:
    """Return a Message-ID as Odoo makes them, with a token in it."""
    return tools.mail.generate_tracking_message_id(f"test-{token}")
