# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an error of SMTP means for the mail, and for those after it.

Where a session breaks, smtplib raises the same whatever it was doing: what was running
tells how far the message had come.
"""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from socket import gaierror
from traceback import walk_tb

from OpenSSL.SSL import Error as OpenSslError

from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...mailauth.refusal.explain import explain_refusal
from ...mailauth.refusal.result import Refusal

# Whatever a connection can fail by; UnicodeError: a name that can't be one.
CONNECTION_ERRORS = (
    OSError,  # smtplib's are, those of ssl, and what requests raises for a token
    OpenSslError,
    MailDeliveryException,
    UnicodeError,
    UserError,
)
# What is raised besides by settings that can't be read, such as a certificate.
SETUP_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# How far a message had come.
CONNECT, MAIL, RCPT, DATA, END = "connect", "mail", "rcpt", "data", "end"
_COMMANDS = (
    (smtplib.SMTP.data.__code__, DATA),
    (smtplib.SMTP.rcpt.__code__, RCPT),
    (smtplib.SMTP.mail.__code__, MAIL),
    (smtplib.SMTP.sendmail.__code__, MAIL),
    (smtplib.SMTP.send_message.__code__, MAIL),
)
_GOES_ON = 354  # the server waits for the message
_CLOSES = 421  # RFC 5321 section 3.8: the server ends the connection

# What becomes of a message.
SERVER = "server"  # none would leave now
LATER = "later"  # this one would not
NEVER = "never"
UNKNOWN = "unknown"  # it may have arrived
MAX_TEXT = 2000


@dataclass(frozen=True)
class Refused:
    """What a server has said of one recipient.

    :param address: as it stood in the envelope.
    :param text: its words, with the code.
    :param kind: LATER or NEVER, and SERVER where it is about all mails.
    """

    address: str
    text: str
    kind: str
    refusal: Refusal


@dataclass(frozen=True)
class Trouble:
    """Why a message did not leave.

    :param kind: SERVER, LATER, NEVER or UNKNOWN.
    :param cause: of a server's trouble, see ``mail.server.pause``.
    :param text: the words of the server, or of the error.
    :param refusal: what they mean.
    :param refused: :class:`Refused` each; () where it is about no recipient.
    :param is_lost: whether the session is of no more use.
    :param is_doubtful: whether it may be a server's trouble, if others have it too.
    """

    kind: str
    cause: str
    text: str
    refusal: Refusal
    refused: tuple[Refused, ...] = ()
    is_lost: bool = False
    is_doubtful: bool = False

    @property
    def is_of_session(self) -> bool:
        """Whether other sessions of the server may go on: it may take fewer at once."""
        return self.is_lost or self.cause in ("connection", "rate")

    def list_domains(self) -> set[str]:
        """Return the domains of those who were refused."""
        return {one.address.rpartition("@")[2].lower() for one in self.refused}


def find_connection_error(error: Exception) -> Exception | None:
    """Return by what a connection failed, None where it did not fail by that.

    :param error: as ``mail.mail.send`` raises it: Odoo's words, and the error itself.
    """
    last = error.args[-1] if error.args else None
    is_wrapped = isinstance(error, MailDeliveryException)
    return last if is_wrapped and isinstance(last, CONNECTION_ERRORS) else None


def read_connection_error(error: Exception, host: str) -> Trouble:
    """Return what it means that there is no session."""
    code, text = _get_words(error)
    refusal = explain_refusal(code, None, text, host)
    cause = _find_connection_cause(error, refusal)
    return Trouble(SERVER, cause, text, refusal, is_lost=True)


def read_delivery_error(
    error: Exception, host: str, recipients: Sequence[str]
) -> Trouble:
    """Return what it means that a message was not taken.

    :param recipients: of its envelope.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _read_recipients(error.recipients, host)
    code, text = _get_words(error)
    refusal = explain_refusal(code, None, text, host)
    stage = find_stage(error)
    if code:
        kind, is_doubtful = _find_kind(code, refusal, stage)
        refused = tuple(Refused(one, text, kind, refusal) for one in recipients)
        cause = find_cause(refusal)
        is_lost = code == _CLOSES
        return Trouble(kind, cause, text, refusal, refused, is_lost, is_doubtful)
    kind = NEVER
    if isinstance(error, (smtplib.SMTPServerDisconnected, OSError)) and stage:
        # A mail that brings a server to cut the connection must not stop all others.
        kind = {MAIL: SERVER, END: UNKNOWN}.get(stage, LATER)
        if isinstance(error, smtplib.SMTPNotSupportedError):
            kind = NEVER
    refused = tuple(Refused(one, text, kind, refusal) for one in recipients)
    is_lost = kind != NEVER
    return Trouble(kind, "connection", text, refusal, refused, is_lost)


def read_partly_refused(refused: dict, host: str) -> tuple[Refused, ...]:
    """Return what a server has said of those whom it refused, while it took others.

    :param refused: as smtplib's ``send_message`` returns it; another addon's session
        may return anything.
    """
    if not isinstance(refused, dict):
        return ()
    return _read_recipients(refused, host).refused if refused else ()


def find_stage(error: BaseException) -> str:
    """Return how far a message had come, "" where that can't be told."""
    if isinstance(error, smtplib.SMTPDataError):
        return DATA  # raised when the command is over
    seen = [None]
    while error not in seen:
        frames = [frame for frame, _line in walk_tb(error.__traceback__)]
        for code, stage in _COMMANDS:
            if frame := next((one for one in frames if one.f_code is code), None):
                return (
                    END if stage == DATA and _is_handed_over(frame, frames) else stage
                )
        seen.append(error)
        error = error.__cause__ or error.__context__
    return ""


def find_cause(refusal: Refusal) -> str:
    """Return what a server's trouble is, see ``mail.server.pause``."""
    if refusal.advice == "use_oauth":
        return "oauth"
    by_category = {
        "relay_denied": "login",
        "rate": "rate",
        "blocklist": "blocked",
        "reputation": "blocked",
    }
    if refusal.category == "account_limit":
        return "limit" if refusal.advice == "wait_for_reset" else "account"
    return by_category.get(refusal.category, "refused")


def _is_handed_over(frame, frames):
    """Tell whether the final dot was sent, and the answer to it was waited for.

    :param frame: of smtplib's ``data``.
    """
    inner = frames[frames.index(frame) + 1 :]
    waits = any(one.f_code is smtplib.SMTP.getreply.__code__ for one in inner)
    return waits and frame.f_locals.get("code") == _GOES_ON


def _find_kind(code, refusal, stage):
    """Return what becomes of a message, and whether it may be the server's trouble.

    :param code: of the reply.
    """
    if code == _CLOSES:
        return SERVER, False
    if refusal.stops_server and not _is_of_mailbox(refusal, stage):
        # "Try again later" may be a filter's word about the one recipient.
        is_doubtful = stage in (RCPT, DATA) and refusal.category == "their_trouble"
        return (LATER, True) if is_doubtful else (SERVER, False)
    return (LATER if refusal.temporary else NEVER), False


def _is_of_mailbox(refusal, stage):
    """Tell whether the code says that one mailbox alone is meant (RFC 3463 3.3)."""
    return stage == RCPT and refusal.enhanced_code[1:3] == ".2"


def _read_recipients(recipients, host):
    found = []
    for address, (code, words) in recipients.items():
        text = _format(code, words)
        refusal = explain_refusal(code, None, text, host)
        found.append((address, code, text, refusal, *_find_kind(code, refusal, RCPT)))
    refused = tuple(
        Refused(address, text, kind, refusal)
        for address, _code, text, refusal, kind, _is_doubtful in found
    )
    kinds = [one.kind for one in refused]
    # What is wrong with the server is wrong with all of them.
    kind = next((one for one in (SERVER, LATER) if one in kinds), NEVER)
    worst = refused[kinds.index(kind)]
    return Trouble(
        kind,
        find_cause(worst.refusal),
        worst.text,
        worst.refusal,
        refused,
        is_lost=any(code == _CLOSES for _address, code, *_rest in found),
        is_doubtful=kind == LATER and all(one[-1] for one in found),
    )


def _find_connection_cause(error, refusal):
    if isinstance(error, smtplib.SMTPResponseException):
        if isinstance(error, smtplib.SMTPAuthenticationError):
            # Whatever its words: no other mail could log in.
            return "oauth" if refusal.advice == "use_oauth" else "login"
        return find_cause(refusal)
    if isinstance(error, (gaierror, UnicodeError)):
        return "name"
    if isinstance(error, (ssl.SSLError, OpenSslError, smtplib.SMTPNotSupportedError)):
        return "tls"
    is_setup = isinstance(error, (UserError, *SETUP_ERRORS))
    return "setup" if is_setup else "connection"


def _get_words(error):
    """Return the code of a reply, None without one, and its words."""
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _format(error.smtp_code, error.smtp_error)
    words = error.args[0] if isinstance(error, UserError) else str(error)
    return None, f"{words or type(error).__name__}"[:MAX_TEXT]


def _format(code, words):
    if isinstance(words, bytes):
        words = words[:MAX_TEXT].decode("utf-8", "replace")
    return f"{code} {words}"[:MAX_TEXT]
