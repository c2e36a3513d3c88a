# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SMTP sessions stay open between the batches of one run: of the queue, or a mailing.

Odoo ends a session with each group of mails. What it is given here comes back instead,
and leads to the same server until the run is over.
"""

import contextlib
import re
import select
import smtplib
import sys
import threading
import time
from collections import defaultdict
from traceback import walk_tb

from ..sender.pipelining import has_unread
from ..sender.session_facts import get_facts, set_facts
from .send_mark import get_call, note_call
from .tls_sessions import TlsSessions

IDLE = 5  # seconds after which a server is asked whether it is still there
PATIENCE = 10  # seconds for an answer that no mail needs
MOST_FREE = 20  # sessions that nobody uses; the oldest one ends where there are more
_CLOSES = 421  # RFC 5321 section 3.8
# How servers (Amazon SES, Exim) say that a session has had as many messages as they
# take. Who is asked to slow down is told otherwise, or by 4.7.
_ENOUGH = re.compile(
    rb"(?!4\.7\.).*\bmessages?\b.{0,20}\b(?:per|in this) (?:smtp )?"
    rb"(?:session|connection)\b",
    re.IGNORECASE | re.DOTALL,
)
_BYE = (221, b"2.0.0 Bye")
_KINDS = (smtplib.SMTP, smtplib.SMTP_SSL)  # another addon's may be ended otherwise


class Kept:
    """What is known of a session, and what is called instead of its ``quit``.

    :param sessions: the :class:`KeptSessions` that it comes back to.
    :param smtplib.SMTP session: that was opened.
    :param key: what it depends on; see ``_get_connection_key`` of ``ir.mail_server``.
    :ivar int sent: how many messages have left through it.
    :ivar bool is_new: whether none has since it was taken.
    :ivar bool is_reused: whether it was open before it was taken.
    :ivar bool is_doubtful: whether its last message was begun, and not accepted.
    :ivar bool is_free: whether nobody uses it.
    :ivar float since: when it was given back.
    """

    def __init__(self, sessions, session, key):
        self.sessions, self.session, self.key = sessions, session, key
        self.sent = 0
        self.is_new = True
        self.is_reused = self.is_doubtful = self.is_free = False
        self.since = 0.0

    def __call__(self):
        return self.sessions.give_back(self)


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
        self._tls = defaultdict(TlsSessions)
        self._is_over = False

    def take(self, key, most):
        """Return an open session, None where there is none that is good.

        :param key: see :class:`Kept`.
        :param int most: messages that one session is used for.
        """
        while kept := self._pop_free(key):
            if kept.sent + self.ahead <= most and self._is_alive(kept):
                kept.is_new = kept.is_reused = True
                return kept.session
            _end(kept.session)
        return None

    def get_tls(self, key):
        """Return the :class:`.tls_sessions.TlsSessions` of a server."""
        with self._lock:
            return self._tls[key]

    def keep(self, key, session):
        """Let a session that was opened come back here when its user ends it."""
        self.get_tls(key).note(session)
        if type(session) in _KINDS and "quit" not in vars(session):
            session.quit = Kept(self, session, key)

    def note_begun(self, session):
        """Note that a message is about to be sent through a session."""
        if kept := _find_kept(session):
            kept.is_doubtful = True

    def note_sent(self, session):
        """Note that a message has left through a session."""
        if kept := _find_kept(session):
            kept.sent += 1
            kept.is_new = kept.is_doubtful = False

    def may_renew(self, session, error):
        """Tell whether a session is over, and a mail may go through another one.

        That is where nothing of it was sent, and the session was good before.

        :param smtplib.SMTPException error: what came of the mail.
        """
        kept = _find_kept(session)
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
        facts = get_facts(session)
        session.close()
        session.__dict__ = vars(other)
        set_facts(session, facts)
        if kept := _find_kept(session):
            kept.session = session

    def close(self):
        """End all sessions, now and when they come back."""
        with self._lock:
            self._is_over = True
            free = [kept for some in self._free.values() for kept in some]
            self._free.clear()
        for kept in free:
            _end(kept.session)

    def give_back(self, kept):
        """Keep a session whose user has ended it; returns what its ``quit`` does.

        What was broken off may be in the middle of a message, or not logged in. Who
        ends a session twice is told so, as by smtplib.
        """
        session = kept.session
        if kept.is_free:
            raise smtplib.SMTPServerDisconnected("the session has been ended")
        is_broken = session.sock is None or kept.is_doubtful or sys.exc_info()[0]
        if is_broken or not self._add_free(kept):
            return type(session).quit(session)
        return _BYE

    def _add_free(self, kept):
        """Keep a session until somebody takes it; False: the run is over."""
        self.get_tls(kept.key).note(kept.session)
        with self._lock:
            if self._is_over:
                return False
            kept.is_free, kept.since = True, self._clock()
            self._free[kept.key].append(kept)
            surplus = self._pick_surplus()
        for one in surplus:
            _end(one.session)
        return True

    def _pop_free(self, key):
        with self._lock:
            free = self._free.get(key)
            if not free:
                return None
            kept = free.pop()
            kept.is_free = False
            return kept

    def _pick_surplus(self):
        """Return what is known of the sessions that are too many, and kept no more."""
        free = [kept for some in self._free.values() for kept in some]
        free.sort(key=lambda kept: kept.since)
        surplus = free[: max(0, len(free) - MOST_FREE)]
        for kept in surplus:
            self._free[kept.key].remove(kept)
        return surplus

    def _is_alive(self, kept):
        """Tell whether the server still answers, and to what it is asked.

        What has come unasked is why it ends the session, or would be taken for the
        answer to the next command.
        """
        session = kept.session
        try:
            if has_unread(session):
                return False
            if self._clock() - kept.since < IDLE and not _has_come(session.sock):
                return True
            session.putcmd("noop")
            is_answered = _has_come(session.sock, PATIENCE)
            return is_answered and session.getreply()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False


def _find_kept(session):
    """Return what is known of a session, None of one that is not kept."""
    kept = getattr(session, "quit", None)
    return kept if isinstance(kept, Kept) else None


def _has_come(sock, seconds=0):
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _is_at_mail(error):
    """Tell whether an error came with MAIL, before anything else of a message."""
    if isinstance(error, smtplib.SMTPSenderRefused):
        return True
    mail = smtplib.SMTP.mail.__code__
    return any(frame.f_code is mail for frame, _line in walk_tb(error.__traceback__))


def _end(session):
    """End a session for good, without waiting long for a server that has gone."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        session.putcmd("quit")
        if _has_come(session.sock, PATIENCE):
            session.getreply()
    session.close()


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
