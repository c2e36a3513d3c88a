# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Private keys are encrypted again, with another key of odoo.conf: by functions.

See :mod:`.signing` for the reason.
"""

from odoo.exceptions import UserError

from . import encryption
from .secrets import encrypt, get_marks, note_marks, store_secret


def encrypt_all(env):
    """Encrypt all private keys with the first key of odoo.conf.

    :return: how many, and the names of those that no key of odoo.conf can read
    :raises UserError: odoo.conf has no key, a value there is no Fernet key, or a new
        key stands behind the one that it shall replace.
    """
    if not encryption.has_key():
        raise UserError(
            env._(
                "mail_deliverability_key is missing in odoo.conf: there is nothing "
                "to encrypt private keys with."
            )
        )
    encrypt(env, "")  # else all keys would seem to be unreadable
    keys = env["mail.dkim.key"].sudo().search([("private_key", "!=", False)])
    _check_order(env, keys.mapped("private_key"))
    unreadable = keys.filtered(lambda key: not _encrypt_again(key))
    # Alarms are records that automations of others may follow: no secret is at hand.
    (keys - unreadable)._resolve_alarms()
    return len(keys - unreadable), unreadable.mapped("record_name")


def _encrypt_again(key):
    """Encrypt a private key with the first key of odoo.conf; tell whether it could."""
    try:
        secret = encryption.decrypt(key.private_key)
    except encryption.EncryptionError:
        return False
    store_secret(key, secret)
    return True


def _check_order(env, stored):
    """Refuse OLD,NEW: with OLD removed later, nothing could be read any more.

    Each key behind the first one must have been used before it. One that has encrypted
    something was used, noted or not (earlier versions noted none), and is noted now.

    :param stored: what is stored of all private keys.
    :raises UserError:
    """
    known = get_marks(env)
    first, *others = encryption.list_marks()
    used = set(known).union(*map(encryption.list_readers, stored))
    too_late = known[known.index(first) + 1 :] if first in known else ()
    if stored and any(mark not in used or mark in too_late for mark in others):
        raise UserError(
            env._(
                "Nothing was changed: in mail_deliverability_key in odoo.conf, a key "
                "behind the first one has encrypted nothing yet, or is newer than the "
                "first one. To replace the key, write the new one before the old one "
                "(NEW,OLD), restart Odoo and run this again; to go back to an earlier "
                "one is not possible. If nothing is to be replaced, keep only the key "
                "that is in use."
            )
        )
    earlier = [mark for mark in reversed(others) if mark in used - set(known)]
    note_marks(env, earlier + known)
