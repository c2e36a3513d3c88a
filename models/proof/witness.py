# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is seen of a message as it leaves: its very bytes, and what the server says."""

import smtplib
from contextlib import contextmanager

from ...mailauth.printable import printable
from ..sender.session_facts import get_facts

MAX_REPLY = 1000  # characters


class Witness:
    """A part of a :class:`..sender.batch.Batch`, for its one message.

    :ivar bytes raw: what was handed to SMTP, b"" where nothing was.
    :ivar str mail_from: the envelope sender.
    :ivar int code: of the server's last reply, 0 for none.
    :ivar str reply: the whole of it, on one line.
    :ivar str server: the host that the session was opened to, and its address.
    :ivar server_id: of ``ir.mail_server``, False for odoo.conf's.
    """

    def __init__(self):
        self.raw = b""
        self.mail_from = ""
        self.code = 0
        self.reply = ""
        self.server = ""
        self.server_id = False

    @property
    def is_accepted(self) -> bool:
        """Whether the server has taken the message."""
        return bool(self.raw) and self.code == 250  # RFC 5321 section 4.1.1.4

    @contextmanager
    def watch(self, session, mail_from):
        """See what goes through an SMTP session.

        smtplib throws the last reply away; only its ``data`` has it, as it has the
        bytes. So it is gone around for this one message.

        :param session: ``smtplib.SMTP``; of another addon's session without ``data``
            nothing is seen.
        """
        self.mail_from = mail_from
        self.server = _describe(session)
        self.server_id = get_facts(session).server_id
        data = getattr(session, "data", None)
        if data is None:
            yield
            return
        session.data = self._go_around(data)
        try:
            yield
        except smtplib.SMTPException as error:
            self._note_error(error)
            raise
        finally:
            session.data = data

    def _go_around(self, data):
        def watched(message):
            # Also where the answer gets lost: the server may have taken it.
            self.raw = message.encode("ascii") if isinstance(message, str) else message
            reply = data(message)
            self._note(*reply)
            return reply

        return watched

    def _note_error(self, error):
        """Keep the reply that an error of smtplib is made of."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            self._note(*next(iter(error.recipients.values())))
        elif isinstance(error, smtplib.SMTPResponseException):
            self._note(error.smtp_code, error.smtp_error)

    def _note(self, code, text):
        if isinstance(text, bytes):
            text = text.decode("ascii", "replace")
        self.code = code
        self.reply = printable(f"{code} {' '.join(text.split())}"[:MAX_REPLY])


def _describe(session):
    """Return the name and the address of the other end of a session."""
    name = str(getattr(session, "_host", "") or "")
    try:
        address, port = session.sock.getpeername()[:2]
    except (AttributeError, OSError):  # another addon's session, or it is closed
        return name
    return (
        f"{name} ({address}), port {port}"
        if name != address
        else f"{name}, port {port}"
    )
