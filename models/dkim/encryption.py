# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Secrets at rest: encrypted where odoo.conf has ``mail_deliverability_key``.

Template editors can walk, by ``str.format``, from any method through attributes and
items that are named by a text or a number: ``{0.__globals__[config][option]}``. So the
keys are taken out of Odoo's configuration as soon as this file is loaded, and stand
where no such name leads to: under a tuple, in the dict of a module. No closure, class
or default argument may hold them.
"""

import hashlib
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config

OPTION = "mail_deliverability_key"
PREFIX = "fernet:"

# Templates may call str.format, which walks from any method to the globals of its
# module, and into dicts by keys that are texts or numbers. This key is neither.
_HERE = ()
_kept = {}  # {_HERE: _Keys}


class _Keys(NamedTuple):
    """What is kept of the option.

    :param marks: see :func:`list_marks`.
    :param fernets: a ``Fernet`` of each key; None where a value is no Fernet key.
    """

    marks: list[str]
    fernets: list[Fernet] | None


class EncryptionError(Exception):
    """The secret can't be read with the keys of odoo.conf; says no part of either."""


def take_option():
    """Take the keys out of Odoo's configuration, wherever it has them.

    At import and before each use, since the configuration may have been read again.
    Where it has none, those of before stay; an empty option is one.
    """
    value = config.get(OPTION)
    if value is None:
        return
    keys = [part.strip() for part in str(value or "").split(",")]
    _kept[_HERE] = _load([key for key in keys if key])
    for layer in config.options.maps:
        layer.pop(OPTION, None)


def _load(keys):
    marks = [hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys]
    try:
        return _Keys(marks, [Fernet(key) for key in keys])
    except ValueError:
        return _Keys(marks, None)


def has_key():
    """Whether odoo.conf has keys to encrypt with."""
    return bool(list_marks())


def list_marks():
    """Return a mark of each key in odoo.conf, in their order, to know it again by.

    A key is 256 random bits, so nobody gets it back from its mark.
    """
    take_option()
    return _kept[_HERE].marks if _kept else []


def list_readers(stored):
    """Return the marks of the keys that can read what is stored.

    :raises EncryptionError: a value in odoo.conf is no Fernet key.
    """
    token = stored.removeprefix(PREFIX)
    fernets = _get_fernets() if is_encrypted(stored) else []
    marked = zip(list_marks(), fernets, strict=False)
    return [
        mark for mark, fernet in marked if _decrypt_token(fernet, token) is not None
    ]


def is_encrypted(stored):
    """Whether a stored secret is encrypted."""
    return bool(stored) and stored.startswith(PREFIX)


def encrypt(secret):
    """Return what to store of a secret: encrypted with the first key, if there is one.

    :raises EncryptionError: a value in odoo.conf is no Fernet key.
    """
    fernets = _get_fernets()
    return PREFIX + fernets[0].encrypt(secret.encode()).decode() if fernets else secret


def decrypt(stored):
    """Return the secret; any key of odoo.conf may have encrypted it.

    :raises EncryptionError: none of them has, or what is stored is damaged.
    """
    if not is_encrypted(stored):
        return stored
    fernets = _get_fernets()
    if not fernets:
        raise EncryptionError(f"{OPTION} is missing in odoo.conf")
    secret = _decrypt_token(MultiFernet(fernets), stored.removeprefix(PREFIX))
    if secret is None:
        raise EncryptionError(f"no key of {OPTION} fits")
    return secret.decode()


def _decrypt_token(fernet, token):
    try:
        return fernet.decrypt(token)
    except (InvalidToken, ValueError):  # ValueError: what is stored is no ASCII
        return None


def _get_fernets():
    take_option()
    fernets = _kept[_HERE].fernets if _kept else []
    if fernets is None:
        raise EncryptionError(f"{OPTION} in odoo.conf is no Fernet key")
    return fernets


take_option()
