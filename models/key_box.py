"""Secrets at rest: encrypted where odoo.conf has ``mail_deliverability_key``."""

import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config

OPTION = "mail_deliverability_key"
PREFIX = "fernet:"


class SealedError(Exception):
    """The secret can't be read with the keys of odoo.conf; says no part of either."""


def has_key():
    """Whether odoo.conf has keys to encrypt with."""
    return bool(_get_keys())


def list_marks():
    """Return a mark of each key in odoo.conf, in their order, to know it again by.

    A key is 256 random bits, so nobody gets it back from its mark.
    """
    return [hashlib.sha256(key.encode()).hexdigest()[:16] for key in _get_keys()]


def is_sealed_by_first(stored):
    """Whether the first key of odoo.conf has encrypted a secret."""
    token = stored.removeprefix(PREFIX)
    try:
        Fernet(_get_keys()[0]).decrypt(token)
    except (InvalidToken, ValueError):
        return False
    return is_sealed(stored)


def is_sealed(stored):
    """Whether a stored secret is encrypted."""
    return bool(stored) and stored.startswith(PREFIX)


def seal(secret):
    """Return what to store of a secret: encrypted with the first key, if there is one.

    :raises SealedError: a value in odoo.conf is no Fernet key.
    """
    box = _get_box()
    return PREFIX + box.encrypt(secret.encode()).decode() if box else secret


def unseal(stored):
    """Return the secret; any key of odoo.conf may have encrypted it.

    :raises SealedError: none of them has, or what is stored is damaged.
    """
    if not is_sealed(stored):
        return stored
    box = _get_box()
    if box is None:
        raise SealedError(f"{OPTION} is missing in odoo.conf")
    try:
        return box.decrypt(stored.removeprefix(PREFIX)).decode()
    except (InvalidToken, ValueError):  # ValueError: what is stored is no ASCII
        raise SealedError(f"no key of {OPTION} fits") from None


def _get_keys():
    parts = str(config.get(OPTION) or "").split(",")
    return [part.strip() for part in parts if part.strip()]


def _get_box():
    try:
        keys = [Fernet(key) for key in _get_keys()]
    except ValueError:
        raise SealedError(f"{OPTION} in odoo.conf is no Fernet key") from None
    return MultiFernet(keys) if keys else None
