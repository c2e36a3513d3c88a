# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who makes a mail: what its class is decided by."""

from dataclasses import dataclass, field, replace
from typing import Any

from odoo import SUPERUSER_ID, tools
from odoo.http import request

from ..inbound.author import is_by_colleague
from ..inbound.message import InboundMessage
from ..tools.carrier import Carried, carried, carry
from .send_class import ACCOUNT, BULK, PUBLIC


@dataclass(frozen=True, eq=False)
class SendMark(Carried):
    """What is known of a call that makes mails: who makes them, and for how many.

    :param send_class: of the mails to ``emails``: code, account, public or bulk; "":
        the call does not decide it.
    :param emails: normalized; a mail to anybody else is not meant. For bulk, whoever
        the recipients are.
    :param urgent: whether the urgent reserve may be used.
    :param quiet: whether the caller goes on where such a mail has no room.
    :param visitor: whether it is caused from outside.
    :param act_size: how many recipients the act will have, which is known before its
        first mails leave; 0: nobody has said so.
    :param makes_mailing: whether mass_mailing makes the mails: it has just looked at
        who must get none.
    :param seeks_mailings: whether the scheduled action of mass_mailing looks for
        mailings to send.
    :param sessions: what the SMTP sessions of the run share, see
        :class:`.kept_sessions.KeptSessions`; None: nothing.
    """

    send_class: str = ""
    emails: frozenset[str] = field(default_factory=frozenset)
    urgent: bool = False
    quiet: bool = False
    visitor: bool = False
    act_size: int = 0
    makes_mailing: bool = False
    seeks_mailings: bool = False
    sessions: Any = None

    KEY = "mail_deliverability_mark"

    def get_values(self):
        """Return the values of a mail with this mark."""
        return {
            "send_class": self.send_class,
            "by_visitor": self.visitor,
            "uses_urgent": self.urgent or self.send_class == ACCOUNT,
            "is_released": False,
        }

    @property
    def tells_caller(self):
        """Whether the caller gets an exception where a mail has no room.

        Odoo undoes what such a mail has written: postponed, it would be lost.
        """
        return self.send_class not in ("", BULK) and not self.quiet


def get_call(env):
    """Return what is known of the call that makes mails.

    :rtype: SendMark
    """
    return carried(env, SendMark) or SendMark()


def get_mark(env):
    """Return the mark of a call that decides the class of its mails, or None."""
    mark = get_call(env)
    return mark if mark.send_class else None


def note_call(records, **known):
    """Return the records with more that is known of the call that makes mails.

    :param known: as of :class:`SendMark`.
    """
    return carry(records, replace(get_call(records.env), **known))


def mark_users(send_class, users, **options):
    """Return a mark for mails to these users.

    :param options: of :class:`SendMark`.
    """
    emails = [user.email or "" for user in users.sudo()]
    normalized = tools.mail.email_normalize_all(",".join(emails))
    return SendMark(send_class, frozenset(normalized), **options)


def is_visitor(env):
    """Tell whether no colleague has asked for what is going on.

    Customers are from outside as well: where anybody may sign up, strangers are
    customers. Forms of a website run as superuser, so that the request is asked, too;
    calls by API say who they are in their arguments, and have no user there.
    """
    inbound = carried(env, InboundMessage)
    if inbound:
        return not is_by_colleague(env, inbound)
    if not env.user._is_internal():
        return True
    uid = request and request.env and request.env.uid
    if not uid:
        return False
    if uid == SUPERUSER_ID:
        return not request.session.uid
    return not env["res.users"].sudo().browse(uid)._is_internal()


def mark_reset(env, users):
    """Return the mark of mails that let these users choose a password."""
    return mark_users(PUBLIC if is_visitor(env) else ACCOUNT, users)
