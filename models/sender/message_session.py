# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How a message of Odoo's ``send_email`` comes to ``_deliver``."""

import functools
import smtplib

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from .pipelining import send_together
from .session_facts import get_facts

# What MAIL FROM says of an envelope with other alphabets (RFC 6531 section 3.4).
INTERNATIONAL = ("SMTPUTF8", "BODY=8BITMIME")


class DeliveryRefusedError(MailDeliveryException):
    """Why a step of ``_deliver`` does not let a message leave.

    Odoo's ``send_email`` wraps what fails; these come out of it as they are.
    """


class MessageSession:
    """An SMTP session, as one message sees it.

    Odoo hands a message over in the middle of ``send_email``, and has no method there
    that an addon could override: only the session's ``send_message``. Besides, it puts
    the address that the session was opened for into From. Both are a message's own
    here; all else is read from and written to the session itself.

    :param session: ``smtplib.SMTP``, or what another addon has in its place.
    :param deliver: what is called instead of the session's ``send_message``.
    """

    _own = frozenset({"send_message", "smtp_from"})

    def __init__(self, session, deliver=None):
        vars(self)["_session"] = session
        if deliver is not None:
            self.send_message = deliver

    def __getattr__(self, name):
        return getattr(self._session, name)

    def __setattr__(self, name, value):
        if name in self._own:
            vars(self)[name] = value
        else:
            setattr(self._session, name, value)


def unwrap(session):
    """Return the SMTP session itself, of one as a message sees it."""
    while isinstance(session, MessageSession):
        session = session._session
    return session


def is_international(smtp_from, smtp_to_list):
    """Tell whether an envelope has addresses in other alphabets (RFC 6531)."""
    return not "".join([smtp_from, *smtp_to_list]).isascii()


def takes_bytes(session, international):
    """Tell whether a session can be given a message as bytes.

    Another addon's session may take messages only, and would change the bytes. Where
    the server can't have an international envelope, smtplib's ``send_message`` says so.
    """
    takes = hasattr(session, "sendmail")
    return takes and (not international or session.has_extn("smtputf8"))


def hand_over(session, message, smtp_from, smtp_to_list):
    """Give a message to SMTP, with its commands together where the server can do that.

    :param message: an ``email.message.Message``, or the bytes that shall leave.
    :return: the recipients that were refused, as smtplib has it.
    """
    if isinstance(message, bytes):
        international = is_international(smtp_from, smtp_to_list)
        options = INTERNATIONAL if international else ()
        words = (smtp_from, smtp_to_list, message, options)
        send = functools.partial(session.sendmail, *words)
    else:
        words = (message, smtp_from, smtp_to_list)
        send = functools.partial(session.send_message, *words)
    session = unwrap(session)
    return send_together(session, smtp_to_list, send, get_facts(session).can_wait)


def close_session(session):
    """End a session as RFC 5321 wants it, or at once where the server has gone.

    What has left through it has left: nothing is raised for that.
    """
    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        session.close()
