# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How many recipients one act has: that makes its mails bulk.

Mails are made one by one, in batches, or all at once, by whichever module. What is made
in one request, or one run of a scheduled action, for documents of one model is one act;
a message is one by itself, and so is what an incoming message causes.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from odoo import modules
from odoo.fields import Command

CACHE = "mail_deliverability_acts"  # in a cursor's, which ends with it


class Act:
    """Mails that are made for one reason.

    :param key: what it is one act by.
    :ivar recipients: who they go to so far, see :func:`list_recipients`.
    """

    def __init__(self, key: Hashable):
        self.key = key
        self.recipients: set[int | str] = set()
        self._mail_ids: list[int] = []

    def add(self, mail_id: int, vals: Mapping[str, Any]):
        """Add a mail that was made with these values."""
        self.recipients |= list_recipients(vals)
        self._mail_ids.append(mail_id)

    def take(self) -> list[int]:
        """Return the ids of the mails that were added since this was called last."""
        mail_ids, self._mail_ids = self._mail_ids, []
        return mail_ids


def get_act(cr, vals: Mapping[str, Any], inbound) -> Act:
    """Return the act that a mail belongs to.

    :param cr: of the transaction.
    :param vals: of the mail.
    :param inbound: the incoming message that causes it, or None.
    """
    kind = key = vals.get("model") or ""
    if vals.get("mail_message_id"):
        kind, key = "message", vals["mail_message_id"]
    elif inbound:
        kind, key = "inbound", inbound
    acts = _get_acts(cr)
    if kind not in acts or acts[kind].key != key:
        # The mails of one message are made one after the other.
        acts[kind] = Act(key)
    return acts[kind]


def _get_acts(cr):
    # The tests of a class share a cursor: what one of them makes is no other's act.
    test = modules.module.current_test
    known_test, acts = cr.cache.get(CACHE, (None, None))
    if acts is None or known_test is not test:
        acts = {}
        cr.cache[CACHE] = (test, acts)
    return acts


def list_recipients(vals: Mapping[str, Any]) -> set[int | str]:
    """Return who a new mail goes to: ids of partners, and addresses.

    The latter are not parsed, which takes long: a name may hold a comma, and no "@".
    """
    found = set()
    for command in vals.get("recipient_ids") or ():
        if isinstance(command, int):
            found.add(command)
        elif command[0] == Command.LINK:
            found.add(command[1])
        elif command[0] == Command.SET:
            found.update(command[2])
    for name in ("email_to", "email_cc"):
        parts = (vals.get(name) or "").lower().split(",")
        found.update(
            part.rpartition("<")[2].strip(" \t\r\n>") for part in parts if "@" in part
        )
    return found
