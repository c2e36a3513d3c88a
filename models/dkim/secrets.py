# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
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
        raise ValidationError(_explain_import(key.env, error.code)) from None
    _set_pair(key, private_key)


def _explain_import(env, code):
    """Return why a PEM text can't be imported."""
    texts = {
        "key_encrypted": env._(
            "This key is protected by a password. Remove it first: openssl pkey "
            "-in key.pem -out plain.pem"
        ),
        "key_type": env._("This is neither an RSA nor an Ed25519 key."),
        "key_size": env._(
            "Only RSA keys of 2048, 3072 or 4096 bits are accepted: shorter ones "
            "are not safe."
        ),
    }
    return texts.get(code) or env._(
        "This is not the text of a private key. It starts with "
        "-----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----."
    )


def _set_pair(key, private_key):
    """Store a pair; algorithm and public half follow."""
    public_key = get_public_key(private_key)
    # Past write() of this model, which lets nobody change these of a key.
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
        note_use(keys.env)
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


def get_marks(env):
    """Return the marks of the keys of odoo.conf that were in use, in that order."""
    marks = env["ir.config_parameter"].sudo().get_param(MARKS) or ""
    return [mark for mark in marks.split(",") if mark]


def note_use(env):
    """Note that the first key of odoo.conf, if there is one, is in use."""
    marks = get_marks(env)
    note_marks(env, marks + [m for m in encryption.list_marks()[:1] if m not in marks])


def note_marks(env, marks):
    """Store the marks of the keys of odoo.conf that were in use."""
    if marks != get_marks(env):
        env["ir.config_parameter"].sudo().set_param(MARKS, ",".join(marks))
