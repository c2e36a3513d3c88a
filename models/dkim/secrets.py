"""How private DKIM keys come to be and are stored: by functions, never by methods.

See :mod:`.signing` for the reason.
"""

import base64

from odoo import models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...mailauth.dkim.key import (
    dump_private_key,
    generate_private_key,
    get_algorithm,
    get_public_key,
    load_private_key,
)
from ...mailauth.errors import PermError
from . import encryption

# Marks of the keys that have encrypted something, in order of first use, with commas.
MARKS = "mail_deliverability.key_marks"


def make_pair(key):
    """Give a ``mail.dkim.key`` a new pair of its algorithm."""
    _set_pair(key, generate_private_key(key.algorithm))


def import_pair(key, pem):
    """Give a ``mail.dkim.key`` the pair of a PEM text.

    :raises ValidationError: it is none that we sign with; repeats nothing of it.
    """
    try:
        private_key = load_private_key(pem)
    except PermError as error:
        raise ValidationError(key._get_import_error(error.code)) from None
    _set_pair(key, private_key)


def _set_pair(key, private_key):
    """Store a pair; algorithm and public half follow."""
    public_key = get_public_key(private_key)
    # Our own write() refuses to change what makes a key the key it is.
    models.Model.write(
        key.sudo(),
        {
            "algorithm": get_algorithm(private_key),
            "public_key": base64.b64encode(public_key.data).decode(),
        },
    )
    store_secret(key, dump_private_key(private_key).decode())


def store_secret(keys, secret):
    """Store a private key: encrypted, if odoo.conf has a key and it is not yet.

    :param keys: ``mail.dkim.key``.
    :param str secret: PEM text, or what is stored already.
    :raises UserError: a value in odoo.conf is no Fernet key.
    """
    if not encryption.is_encrypted(secret):
        secret = encrypt(keys.env, secret)
        _note_use(keys.env)
    store(keys, secret)


def store(keys, stored):
    """Store a private key past the ORM, which logs the values of a failed query.

    :param keys: ``mail.dkim.key``.
    :param str stored: as from :func:`encrypt`.
    """
    keys.invalidate_recordset()
    query = SQL(
        "UPDATE mail_dkim_key SET private_key = %s WHERE id = ANY(%s)",
        stored,
        list(keys.ids),
    )
    keys.env.cr.execute(query, log_exceptions=False)


def encrypt(env, pem):
    """Return what to store of a private key.

    :raises UserError: a value in odoo.conf is no Fernet key.
    """
    try:
        return encryption.encrypt(pem)
    except encryption.EncryptionError:
        raise UserError(
            env._(
                "mail_deliverability_key in odoo.conf is no Fernet key: private "
                "keys can't be encrypted. Repair odoo.conf and restart Odoo."
            )
        ) from None


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
    known = _get_marks(env)
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
    _note(env, earlier + known)


def _get_marks(env):
    marks = env["ir.config_parameter"].sudo().get_param(MARKS) or ""
    return [mark for mark in marks.split(",") if mark]


def _note_use(env):
    """Note that the first key of odoo.conf, if there is one, is in use."""
    marks = _get_marks(env)
    _note(env, marks + [m for m in encryption.list_marks()[:1] if m not in marks])


def _note(env, marks):
    if marks != _get_marks(env):
        env["ir.config_parameter"].sudo().set_param(MARKS, ",".join(marks))
