"""How private DKIM keys come to be and are stored: by functions, never by methods.

See :mod:`.dkim_signing` for the reason.
"""

import base64

from odoo import models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..mailauth import dkim_key
from ..mailauth.errors import PermError
from . import key_box

# Marks of the keys that odoo.conf has had in the right order, comma-separated.
MARKS = "mail_deliverability.key_marks"


def make_pair(key):
    """Give a ``mail.dkim.key`` a new pair of its algorithm."""
    _set_pair(key, dkim_key.generate_private_key(key.algorithm))


def import_pair(key, pem):
    """Give a ``mail.dkim.key`` the pair of a PEM text.

    :raises ValidationError: it is none that we sign with; repeats nothing of it.
    """
    try:
        private_key = dkim_key.load_private_key(pem)
    except PermError as error:
        raise ValidationError(key._get_import_error(error.code)) from None
    _set_pair(key, private_key)


def _set_pair(key, private_key):
    """Store a pair; algorithm and public half follow."""
    public_key = dkim_key.get_public_key(private_key)
    stored = seal(key.env, dkim_key.dump_private_key(private_key).decode())
    # Our own write() refuses to change what makes a key the key it is.
    models.Model.write(
        key.sudo(),
        {
            "algorithm": dkim_key.get_algorithm(private_key),
            "public_key": base64.b64encode(public_key.data).decode(),
        },
    )
    store(key, stored)


def store(keys, stored):
    """Store a private key past the ORM, which logs the values of a failed query.

    :param keys: ``mail.dkim.key``.
    :param str stored: as from :func:`seal`.
    """
    keys.invalidate_recordset()
    query = SQL(
        "UPDATE mail_dkim_key SET private_key = %s WHERE id = ANY(%s)",
        stored,
        list(keys.ids),
    )
    keys.env.cr.execute(query, log_exceptions=False)


def seal(env, pem):
    """Return what to store of a private key.

    :raises UserError: a value in odoo.conf is no Fernet key.
    """
    try:
        return key_box.seal(pem)
    except key_box.SealedError:
        raise UserError(
            env._(
                "mail_deliverability_key in odoo.conf is no Fernet key: private "
                "keys can't be encrypted. Repair odoo.conf and restart Odoo."
            )
        ) from None


def seal_all(env):
    """Encrypt all private keys with the first key of odoo.conf.

    :return: how many, and the names of those that no key of odoo.conf can read
    :raises UserError: odoo.conf has no key, a value there is no Fernet key, or a new
        key stands behind the one that it shall replace.
    """
    if not key_box.has_key():
        raise UserError(
            env._(
                "mail_deliverability_key is missing in odoo.conf: there is nothing "
                "to encrypt private keys with."
            )
        )
    seal(env, "")  # else all keys would seem to be unreadable
    keys = env["mail.dkim.key"].sudo().search([("private_key", "!=", False)])
    _check_order(env, keys.mapped("private_key"))
    sealed, unreadable = 0, []
    for key in keys:
        try:
            secret = key_box.unseal(key.private_key)
        except key_box.SealedError:
            unreadable.append(key.record_name)
            continue
        store(key, seal(env, secret))
        key._resolve_alarms()
        sealed += 1
    _note_marks(env)
    return sealed, unreadable


def _check_order(env, stored):
    """Refuse OLD,NEW: with OLD removed later, nothing could be read any more.

    It looks like NEW,OLD on the second run, when all is encrypted with NEW already; but
    then both have been seen in that order.

    :param stored: what is stored of all private keys.
    :raises UserError:
    """
    sealed = [text for text in stored if key_box.is_sealed(text)]
    known = _get_marks(env)
    is_new_behind = not known.issuperset(key_box.list_marks()[1:])
    if is_new_behind and sealed and all(map(key_box.is_sealed_by_first, sealed)):
        raise UserError(
            env._(
                "Nothing was changed: the first key of mail_deliverability_key in "
                "odoo.conf encrypts the private keys already, and another one behind "
                "it has never encrypted any. To replace the key, write the new one "
                "before the old one (NEW,OLD), restart Odoo and run this again. If "
                "nothing is to be replaced, keep only the first one."
            )
        )


def _get_marks(env):
    parameters = env["ir.config_parameter"].sudo()
    return set((parameters.get_param(MARKS) or "").split(","))


def _note_marks(env):
    marks = (_get_marks(env) | set(key_box.list_marks())) - {""}
    env["ir.config_parameter"].sudo().set_param(MARKS, ",".join(sorted(marks)))
