# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is seen of a message as it leaves: its very bytes, and what the server says."""

import smtplib
from contextlib import contextmanager

from ...mailauth.printable import printable
from ..sender.message_session import MessageSession
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
        """Yield the session to send by: what goes through it is seen.

        :param session: ``smtplib.SMTP``; through another addon's session nothing is
            seen.
        """
        self.mail_from = mail_from
        self.server = _describe(session)
        self.server_id = get_facts(session).server_id
        is_plain = isinstance(session, (smtplib.SMTP, WatchedSession))
        try:
            yield WatchedSession(session, self) if is_plain else session
        except smtplib.SMTPException as error:
            self._note_error(error)
            raise

    def _note_error(self, error):
        """Keep the reply that an error of smtplib is made of."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            self.note(*next(iter(error.recipients.values())))
        elif isinstance(error, smtplib.SMTPResponseException):
            self.note(error.smtp_code, error.smtp_error)

    def note(self, code, text):
        """Keep a reply of the server."""
        if isinstance(text, bytes):
            text = text.decode("ascii", "replace")
        self.code = code
        self.reply = printable(f"{code} {' '.join(text.split())}"[:MAX_REPLY])


class WatchedSession(MessageSession):
    """An SMTP session, seen through while one message leaves.

    smtplib throws the last reply away; only its ``data`` has it, as it has the bytes.
    So smtplib's own methods run here, with this one's ``data``.

    :param session: ``smtplib.SMTP``.
    :param Witness witness: who is told.
    """

    def __init__(self, session, witness):
        super().__init__(session)
        vars(self)["_witness"] = witness

    def send_message(self, *args, **options):
        """As smtplib's."""
        return smtplib.SMTP.send_message(self, *args, **options)

    def sendmail(self, *args, **options):
        """As smtplib's."""
        return smtplib.SMTP.sendmail(self, *args, **options)

    def data(self, message):
        """As smtplib's, and tell the witness."""
        is_text = isinstance(message, str)
        # Also where the answer gets lost: the server may have taken it.
        self._witness.raw = message.encode("ascii") if is_text else message
        reply = self._session.data(message)
        self._witness.note(*reply)
        return reply


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
