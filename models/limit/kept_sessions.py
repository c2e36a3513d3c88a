# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SMTP sessions stay open between the batches of one run: of the queue, or a mailing.

Odoo ends a session with each group of mails. What it is given here comes back instead,
and leads to the same server until the run is over.
"""

import contextlib
import functools
import logging
import re
import select
import smtplib
import sys
import threading
import time
from collections import defaultdict
from traceback import walk_tb
from weakref import WeakKeyDictionary

from ..sender.message_session import close_session
from ..sender.session_facts import get_facts, set_facts
from .send_mark import get_call, note_call
from .tls_sessions import TlsSessions

_logger = logging.getLogger(__name__)

IDLE = 5  # seconds after which a server is asked whether it is still there
MOST_FREE = 10  # sessions that nobody uses; the oldest one ends where there are more
_CLOSES = 421  # RFC 5321 section 3.8
# How servers (Amazon SES, Exim) say that a session has had as many messages as they
# take. Who is asked to slow down is told otherwise, or by 4.7.
_ENOUGH = re.compile(
    rb"(?!4\.7\.).*\bmessages?\b.{0,20}\b(?:per|in this) (?:smtp )?"
    rb"(?:session|connection)\b",
    re.IGNORECASE | re.DOTALL,
)
_KINDS = (smtplib.SMTP, smtplib.SMTP_SSL)  # another addon's may be ended otherwise


class Kept:
    """What is known of a session.

    :param key: what it depends on; see ``_get_connection_key`` of ``ir.mail_server``.
    :ivar int sent: how many messages have left through it.
    :ivar bool is_new: whether none has since it was taken.
    :ivar bool is_reused: whether it was open before it was taken.
    :ivar float since: when it was given back.
    """

    def __init__(self, key):
        self.key = key
        self.sent = 0
        self.is_new = True
        self.is_reused = False
        self.since = 0.0


class KeptSessions:
    """What one run has of its servers; its threads share it.

    :param clock: seconds, monotonic.
    :ivar set refused: the ids of servers that wanted no further connection.
    :ivar int ahead: how many mails the group has that a session is opened for.
    """

    def __init__(self, clock=time.monotonic):
        self.refused = set()
        self.ahead = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._free = defaultdict(list)
        self._known = WeakKeyDictionary()
        self._tls = defaultdict(TlsSessions)
        self._is_over = False

    def take(self, key, most):
        """Return an open session, None where there is none that is good.

        :param key: see :class:`Kept`.
        :param int most: messages that one session is used for.
        """
        while True:
            with self._lock:
                free = self._free.get(key)
                if not free:
                    return None
                session = free.pop()
            kept = self._known[session]
            if kept.sent + self.ahead <= most and self._is_alive(session, kept.since):
                kept.is_new = kept.is_reused = True
                return session
            _end(session)

    def get_tls(self, key):
        """Return the :class:`.tls_sessions.TlsSessions` of a server."""
        with self._lock:
            return self._tls[key]

    def keep(self, key, session):
        """Let a session that was opened come back here when its user ends it."""
        self.get_tls(key).note(session)
        if type(session) in _KINDS and "quit" not in vars(session):
            self._known[session] = Kept(key)
            vars(session)["quit"] = functools.partial(self._give_back, session)

    def note_sent(self, session):
        """Note that a message has left through a session."""
        if kept := self._known.get(session):
            kept.sent += 1
            kept.is_new = False

    def may_renew(self, session, error):
        """Tell whether a session is over, and a mail may go through another one.

        That is where nothing of it was sent, and the session was good before.

        :param smtplib.SMTPException error: what came of the mail.
        """
        kept = self._known.get(session)
        if kept is None or self._is_over or not _is_at_mail(error):
            return False
        is_closed = isinstance(error, smtplib.SMTPServerDisconnected)
        words = b""
        if getattr(error, "smtp_code", None) == _CLOSES:
            words = error.smtp_error
        if kept.is_new:
            # Asked to slow down, nobody opens another one.
            is_idle = words and not words.startswith(b"4.7.")
            return kept.is_reused and bool(is_closed or is_idle)
        return bool(_ENOUGH.match(words))

    def replace(self, session, other):
        """Let a session lead where another one does, which nobody else has.

        Whoever has it need not know.
        """
        kept = self._known.pop(other, None)
        facts = get_facts(session)
        vars(session).clear()
        vars(session).update(vars(other))
        set_facts(session, facts)
        if kept:
            self._known[session] = kept
            vars(session)["quit"] = functools.partial(self._give_back, session)

    def close(self):
        """End all sessions, now and when they come back."""
        with self._lock:
            self._is_over = True
            free = [session for some in self._free.values() for session in some]
            self._free.clear()
        for session in free:
            _end(session)

    def _give_back(self, session):
        """Keep a session, instead of its ``quit``.

        What was broken off may have been in the middle of a message.
        """
        kept = self._known[session]
        if session.sock is None or sys.exc_info()[0] or self._is_over:
            return type(session).quit(session)
        self.get_tls(kept.key).note(session)
        kept.since = self._clock()
        with self._lock:
            self._free[kept.key].append(session)
            ended = self._pick_surplus()
        for one in ended:
            _end(one)
        return None

    def _pick_surplus(self):
        """Return the sessions that are too many; they are kept no more."""
        free = [session for some in self._free.values() for session in some]
        free.sort(key=lambda session: self._known[session].since)
        ended = free[: max(0, len(free) - MOST_FREE)]
        for session in ended:
            self._free[self._known[session].key].remove(session)
        return ended

    def _is_alive(self, session, since):
        """Tell whether the server still answers.

        What has come unasked, the end of the connection most often, is looked into.
        """
        try:
            if self._clock() - since < IDLE and not _has_come(session.sock):
                return True
            return session.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False


def _has_come(sock):
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _is_at_mail(error):
    """Tell whether an error came with MAIL, before anything else of a message."""
    if isinstance(error, smtplib.SMTPSenderRefused):
        return True
    mail = smtplib.SMTP.mail.__code__
    return any(frame.f_code is mail for frame, _line in walk_tb(error.__traceback__))


def _end(session):
    """End a session for good."""
    del session.quit  # its class's again
    close_session(session)


@contextlib.contextmanager
def keep_sessions(records):
    """Yield the records with what the sessions of their run share.

    A run within another one is a part of that.
    """
    if get_call(records.env).sessions is not None:
        yield records
        return
    sessions = KeptSessions()
    try:
        yield note_call(records, sessions=sessions)
    finally:
        sessions.close()
