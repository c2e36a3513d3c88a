# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a relay calls a mail that it has taken: some write it into Message-ID.

Amazon SES, Postmark, Brevo and Outlook.com replace the identifier that Odoo has given.
Their reports know only theirs, which stands in the reply to the message (RFC 5321
section 4.2 leaves its text free).
"""

import re
from smtplib import SMTP

from ..proof.witness import WatchedSession

MAX_REPLY = 1000  # characters
MAX_NAME = 200
_UUID = r"[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}"
_RUN = ("send_message", "sendmail", "data")
# The shorter names of queues never become a Message-ID.
_NAMES = re.compile(
    rf"<(?P<id>[^\s<>@]{{1,120}}@[^\s<>@]{{1,120}})>"
    rf"|(?<![\w-])(?P<ses>[\da-f]{{16}}-[\da-f]{{8}}-[\da-f-]{{27}}-\d{{6}})(?![\w-])"
    rf"|(?<![\w-])(?P<uuid>{_UUID})(?![\w-])"
    rf"|queued as (?P<queued>[\w.-]{{20,120}})(?![\w.-])",
    re.IGNORECASE,
)


def find_name(reply, message_id):
    """Return what a relay will call a mail, "" where the mail keeps its own name.

    :param reply: the text of a reply to the message, bytes or text.
    :param message_id: that the mail has left with.
    """
    if isinstance(reply, bytes):
        reply = reply[:MAX_REPLY].decode("ascii", "replace")
    own = list_names(message_id)
    for match in _NAMES.finditer(reply[:MAX_REPLY]):
        name = next(filter(None, match.groups()))
        if name not in own:
            return name
    return ""


def list_names(message_id):
    """Return the names that a Message-ID may stand for: itself, and its first part.

    :param str message_id: with angle brackets, or "".
    """
    whole = message_id.strip().strip("<>")[:MAX_NAME]
    return list(dict.fromkeys(filter(None, (whole, whole.partition("@")[0]))))


class Listener:
    """What a server has said to the last message; told by :class:`WatchedSession`.

    :ivar raw: the message.
    :ivar reply: the text, b"" before there is one.
    :ivar has_left: whether the server has taken the message.
    """

    def __init__(self):
        self.raw = b""
        self.reply = b""
        self.has_left = False

    def note(self, code, text):
        """Keep a reply."""
        self.reply = text
        self.has_left = code == 250  # RFC 5321 section 4.1.1.4


def listen(session):
    """Return a session to send one message by, and who hears what is said to it.

    :param session: ``smtplib.SMTP``; through another addon's session nothing is heard.
    """
    listener = Listener()
    if _is_plain(session):
        session = WatchedSession(session, listener)
    return session, listener


def _is_plain(session):
    """Tell whether a session sends by smtplib's own methods, which are run instead."""
    kind = type(session)
    return (
        isinstance(session, SMTP)
        and all(getattr(kind, name) is getattr(SMTP, name) for name in _RUN)
        and vars(session).keys().isdisjoint(_RUN)
    )
