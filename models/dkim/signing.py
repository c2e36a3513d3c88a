# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The store of private DKIM keys, and the function that signs with them.

Mail templates and server actions can call every method of every model, also those
called ``_x``, and print what it returns. So nothing here is a method: messages go in as
bytes and come out as bytes, and the loaded keys are held by this module alone.
"""

import base64
import logging
import os
import threading
from collections import OrderedDict
from typing import NamedTuple

from odoo.tools import SQL

from ...mailauth.dkim.key import get_public_key, load_private_key
from ...mailauth.dkim.sign import Signer, sign_message
from ...mailauth.errors import PermError
from ..tools.host_names import fold
from . import encryption

# Whoever filters the log finds all about keys under one name.
_logger = logging.getLogger(f"{__package__}.mail_dkim_key")

MOST = 1000  # loaded keys in one process, some 10 KB each

# {(database, id, version): private key, None for one that can't be used}
_store = OrderedDict()
_lock = threading.Lock()

# A hash of what is stored, not a date: a key that somebody changes by SQL is seen by
# other workers, too.
_VERSION = SQL("encode(sha256(convert_to(key.private_key, 'UTF8')), 'hex')")


class ActiveKey(NamedTuple):
    """A key that signs, as the database had it a moment ago; it holds no secret.

    :param id: of ``mail.dkim.key``.
    :param version: of the stored secret, None where there is none.
    :param domain: as DNS has it.
    :param key_type: "rsa" or "ed25519".
    :param alias_domain_id: of ``mail.alias.domain``.
    :param is_common: no company uses the alias domain, and there is only one: it is
        that one's, whichever alias domain its mails belong to.
    """

    id: int
    version: str | None
    domain: str
    selector: str
    key_type: str
    alias_domain_id: int
    is_common: bool


# ------------------------------------------------------------
# Which keys sign
# ------------------------------------------------------------


def find_active_keys(env):
    """Return all keys that sign, RSA first, the newest first.

    One of a domain that is still a draft will, once a company sends from it.
    Nothing is remembered: what another worker has revoked is gone with the next call.

    :rtype: tuple[ActiveKey, ...]
    """
    env["mail.dkim.key"].flush_model()
    env["mail.alias.domain"].flush_model(["active", "name"])
    env["res.company"].flush_model(["active", "alias_domain_id"])
    query = SQL(
        """
        SELECT key.id, %s, domain.name, key.selector, key.key_type, domain.id,
               NOT EXISTS (SELECT FROM res_company
                            WHERE alias_domain_id = domain.id)
               AND (SELECT count(*) FROM res_company WHERE active) = 1
          FROM mail_dkim_key key
          JOIN mail_alias_domain domain ON domain.id = key.alias_domain_id
         WHERE key.state = 'active'
           AND domain.active
      ORDER BY key.key_type DESC, key.id DESC
        """,
        _VERSION,
    )
    return tuple(
        ActiveKey(key_id, version, fold(name), *rest)
        for key_id, version, name, *rest in env.execute_query(query)
    )


def pick_keys(keys, domain, alias_domain_id=None):
    """Return the keys that sign mails from a domain: its own or the nearest parent's.

    Those of the alias domain that the mail belongs to come first, a parent's too: DMARC
    takes its signature (relaxed alignment, RFC 7489 section 3.1.1), and nobody else
    takes the place of it with a domain of a nearer name. Another company's keys sign
    only where there is none of these, since a signature is better than none.

    :param keys: :class:`ActiveKey`, in the order of :func:`find_active_keys`.
    :param domain: the domain of From.
    :param alias_domain_id: the alias domain that the mail belongs to.
    :return: at most one of each type
    :rtype: list[ActiveKey]
    """
    own = [key for key in keys if key.alias_domain_id == alias_domain_id]
    common = [key for key in keys if key.is_common]
    nearest = _find_nearest(own + common, domain) or _find_nearest(keys, domain)
    of_mail = [key for key in nearest if key.alias_domain_id == alias_domain_id]
    by_type = {}
    for key in of_mail or nearest:
        by_type.setdefault(key.key_type, key)
    return list(by_type.values())


def _find_nearest(keys, domain):
    """Return the keys of a domain, or of its nearest parent that has any."""
    names = {key.domain for key in keys}
    name = fold(domain)
    while name and name not in names:
        name = name.partition(".")[2]
    return [key for key in keys if name and key.domain == name]


# ------------------------------------------------------------
# What they are used for
# ------------------------------------------------------------


def sign(cr, message, keys, timestamp, unsigned_headers=()):
    """Return a message with a signature of each key.

    :param bytes message: a whole message.
    :param keys: :class:`ActiveKey`.
    :param int timestamp: see :func:`sign_message`, as ``unsigned_headers``.
    :return: the signed message, None without a key that can be used, and the ids of
        those that can't.
    :rtype: tuple[bytes | None, list[int]]
    :raises PermError: see :func:`sign_message`.
    """
    signers, unusable = [], []
    for key in keys:
        version, private_key = _get_private_key(cr, key.id, key.version)
        if private_key is not None:
            signers.append(Signer(key.domain, key.selector, private_key))
        elif version == key.version:  # else it was replaced or revoked meanwhile
            unusable.append(key.id)
    if not signers:
        return None, unusable
    return sign_message(message, signers, timestamp, unsigned_headers), unusable


def find_secrets(env, key_ids):
    """Tell of keys whether mails can be signed with them, and how they are stored.

    :return: {id: (whether the key can be used, whether it is encrypted)}
    :rtype: dict[int, tuple[bool, bool]]
    """
    keys = env["mail.dkim.key"].browse(key_ids)
    keys.flush_recordset()
    query = SQL(
        """
        SELECT key.id, %s, key.private_key LIKE %s
          FROM mail_dkim_key key
         WHERE key.id = ANY(%s)
        """,
        _VERSION,
        f"{encryption.PREFIX}%",
        list(keys.ids),
    )
    return {
        key_id: (
            _get_private_key(env.cr, key_id, version)[1] is not None,
            bool(encrypted),
        )
        for key_id, version, encrypted in env.execute_query(query)
    }


# ------------------------------------------------------------
# The store
# ------------------------------------------------------------


def forget():
    """Empty the store: in a forked process, and for tests."""
    global _lock  # noqa: PLW0603  another thread may have held it while forking
    _lock = threading.Lock()
    _store.clear()


os.register_at_fork(after_in_child=forget)


def _get_private_key(cr, key_id, version):
    """Return version and private key of a key, None where it can't be used.

    Loading takes some 30 ms, so what was loaded once is kept. The version is another
    one than was asked for where the key has changed meanwhile.
    """
    name = (cr.dbname, key_id, version)
    with _lock:
        if name in _store:
            _store.move_to_end(name)
            return version, _store[name]
    version, private_key = _load(cr, key_id)
    with _lock:
        _store[cr.dbname, key_id, version] = private_key
        while len(_store) > MOST:
            _store.popitem(last=False)
    return version, private_key


def _load(cr, key_id):
    """Return version and private key of a key as the database has it now."""
    query = SQL(
        """
        SELECT %s, key.private_key, key.public_key,
               concat(key.selector, '._domainkey.', domain.name)
          FROM mail_dkim_key key
          JOIN mail_alias_domain domain ON domain.id = key.alias_domain_id
         WHERE key.id = %s
        """,
        _VERSION,
        key_id,
    )
    cr.execute(query)
    row = cr.fetchone()
    if row is None:
        return None, None  # another worker has just deleted it
    version, stored, published, name = row
    try:
        private_key = load_private_key(encryption.decrypt(stored) or "")
    except (PermError, encryption.EncryptionError) as error:
        _logger.error("DKIM key %s can't be used: %s", name, error)
        return version, None
    public_key = get_public_key(private_key)
    if base64.b64encode(public_key.data).decode() != published:
        _logger.error("DKIM key %s is not what was published", name)
        return version, None
    return version, private_key
