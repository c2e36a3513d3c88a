"""Who makes a mail: what its class is decided by."""

from dataclasses import dataclass, field

from odoo import SUPERUSER_ID, tools
from odoo.http import request

from .carrier import Carried, carried
from .send_class import ACCOUNT, PUBLIC


@dataclass(frozen=True, eq=False)
class SendMark(Carried):
    """The class of the mails that are made in a call, for these recipients only.

    :param send_class: code, account, public or bulk.
    :param emails: normalized; a mail to anybody else is not meant. Empty: whoever the
        recipients are.
    :param urgent: whether the urgent reserve may be used.
    :param quiet: whether the caller goes on where such a mail has no room.
    """

    send_class: str
    emails: frozenset[str] = field(default_factory=frozenset)
    urgent: bool = False
    quiet: bool = False

    KEY = "mail_deliverability_mark"

    def get_values(self):
        """Return the values of a mail with this mark."""
        return {
            "send_class": self.send_class,
            "by_visitor": False,
            "uses_urgent": self.urgent or self.send_class == ACCOUNT,
        }


@dataclass(frozen=True, eq=False)
class InboundMessage(Carried):
    """The incoming message that is being processed: what it causes, a stranger causes.

    :param raw: the message as it came.
    """

    raw: bytes = field(repr=False)

    KEY = "mail_deliverability_inbound"


def mark_users(send_class, users, **options):
    """Return a mark for mails to these users.

    :param options: of :class:`SendMark`.
    """
    emails = (tools.email_normalize(user.email) for user in users.sudo())
    return SendMark(send_class, frozenset(filter(None, emails)), **options)


def is_visitor(env):
    """Tell whether nobody who is logged in has asked for what is going on.

    Forms of a website run as superuser, so that the request is asked as well; calls by
    API say who they are in their arguments, and have no user there.
    """
    if carried(env, InboundMessage) or env.user._is_public():
        return True
    uid = request and request.env and request.env.uid
    if not uid or request.session.uid:
        return False
    asker = env["res.users"].sudo().browse(uid)
    return uid == SUPERUSER_ID or asker._is_public()


def mark_reset(env, users):
    """Return the mark of mails that let these users choose a password."""
    return mark_users(PUBLIC if is_visitor(env) else ACCOUNT, users)
