# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SMTP PIPELINING (RFC 2920): MAIL, RCPT and DATA leave together, then the message.

smtplib runs the whole transaction, reads each answer in its order and judges it; only
what it is about to send has been sent before. So errors and partial refusals are its
own, and so is what is known of a session that breaks.
"""

import contextlib
import logging
import re
import smtplib
import time
from collections import OrderedDict
from smtplib import SMTP  # Odoo's tests put others in its place

from urllib3.contrib.pyopenssl import WrappedSocket  # as Odoo does

_logger = logging.getLogger(__name__)

# What leaves together: more of them, or the answers to more, might fill what TCP keeps
# while nobody reads (RFC 2920 section 3.1, which calls 4 kilobytes a usual window).
GROUP = 100
GROUP_BYTES = 4096
FORGOTTEN_AFTER = 86_400  # seconds after which a server is trusted again
# The same where it was trusted before: most often the network has cut the session; but
# another server may stand behind the name by now.
RESTED_AFTER = 600
MOST = 1000  # servers that are remembered
_MAIL, _RCPT, _DATA = "mail", "rcpt", "data"
_GOES_ON = 354
_CONFUSED = "The server was confused by commands that came together (PIPELINING)"
# "Bad sequence" and what is not understood at all; -1 is smtplib's: no reply.
_ODD_CODES = frozenset({-1, 500, 502, 503})
# Refusals name the address, whose domain may be that of a builder of pipelines.
_ODD_WORDS = re.compile(
    rb"(?<![\w.@-])(?:pipelining|synchroni[sz]ation)(?![\w@-]|\.\w)", re.IGNORECASE
)
# What runs a transaction: where another addon has put something in its place, nothing
# is known of what it would send.
_RUN = (
    *("send_message", "sendmail", "mail", "rcpt", "data", "rset", "_rset"),
    *("docmd", "putcmd", "getreply", "send", "close"),
)


class OutOfStepError(smtplib.SMTPServerDisconnected):
    """A server answers otherwise than it would command by command."""


def may_pipeline(session):
    """Tell whether a session sends by smtplib's own methods where it is offered.

    What a server has offered before STARTTLS is not asked: smtplib has forgotten it.
    pyOpenSSL's sockets (certificates of our own) can't tell what has come unasked: one
    that was read from in vain is broken.
    """
    if not isinstance(session, SMTP) or isinstance(session.sock, WrappedSocket):
        return False
    is_plain = all(_is_of_smtplib(getattr(type(session), name)) for name in _RUN)
    is_plain = is_plain and vars(session).keys().isdisjoint(_RUN)
    return is_plain and session.does_esmtp and session.has_extn("pipelining")


def _is_of_smtplib(method):
    """Tell whether a method is not another addon's, in its class or in smtplib's."""
    return getattr(method, "__globals__", None) is vars(smtplib)


def send_together(session, recipients, send, can_wait, habits=None):
    """Send one message with its commands together, where the server can do it.

    :param smtplib.SMTP session: that the message leaves through.
    :param recipients: of the envelope, in the order in which smtplib names them.
    :param send: calls the session's ``sendmail``, or its ``send_message``.
    :param bool can_wait: whether the message is tried again where it does not leave;
        else it goes command by command, until others have shown that the server can.
    :param Habits habits: what is known of servers; by default that of the process.
    :return: what ``send`` returns.
    :raises smtplib.SMTPException: as ``send`` without PIPELINING; and
        SMTPServerDisconnected where the server has lost its way before the message
        was sent, and could not be asked once more.
    """
    habits = habits or HABITS
    host = getattr(session, "_host", "")
    if not may_pipeline(session) or not habits.allow(host, can_wait):
        return send()
    pipeline = Pipeline(session, recipients)
    try:
        with pipeline:
            refused = send()
    except smtplib.SMTPException as error:
        if not pipeline.is_odd:
            _learn_from(error, pipeline, host, habits)
            raise
        if not _reset(session):
            habits.note_wrong(host)
            raise OutOfStepError(_CONFUSED) from error
    else:
        habits.note_right(host)
        return refused
    try:
        refused = send()
    except smtplib.SMTPServerDisconnected:
        habits.note_wrong(host)
        raise
    habits.note_wrong(host)
    return refused


def _reset(session):
    """Begin anew; returns whether the server follows."""
    with contextlib.suppress(smtplib.SMTPException):
        # An answer from before would be taken for the one to RSET.
        if not has_unread(session) and session.rset()[0] == 250:
            return True
    session.close()
    return False


def has_unread(session):
    """Tell whether something has come that answers to nothing.

    Of pyOpenSSL's sockets that is not known.
    """
    if session.sock is None or session.file is None:
        return False
    if isinstance(session.sock, WrappedSocket):
        return False
    timeout = session.sock.gettimeout()
    session.sock.settimeout(0)
    try:
        return bool(session.file.peek())
    except OSError:  # within TLS: there is nothing; else the next command will see
        return False
    finally:
        session.sock.settimeout(timeout)


def _learn_from(error, pipeline, host, habits):
    if pipeline.has_closed:
        habits.note_wrong(host)
    elif isinstance(error, smtplib.SMTPServerDisconnected) and not pipeline.is_answered:
        habits.note_cut(host)


class Habits:
    """What is known of servers, by their hosts: in one process, for a day.

    :param clock: seconds, monotonic.
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._until = OrderedDict()  # 0: it is right

    def allow(self, host, can_wait=True):
        """Tell whether commands may leave together.

        :param can_wait: whether it may be tried out.
        """
        until = self._until.get(host)
        is_unknown = until is None or 0 < until <= self._clock()
        return until == 0 or (is_unknown and can_wait)

    def note_right(self, host):
        self._note(host, 0)

    def note_wrong(self, host):
        """Note that a server offers PIPELINING, and can't do it."""
        _logger.warning(
            "%s offers PIPELINING and is confused by it: mails leave through it "
            "command by command, which takes longer.",
            host,
        )
        self._note(host, self._clock() + FORGOTTEN_AFTER)

    def note_cut(self, host):
        """Note that a session has ended amid commands, perhaps because of them."""
        seconds = RESTED_AFTER if self._until.get(host) == 0 else FORGOTTEN_AFTER
        self._note(host, self._clock() + seconds)

    def forget(self):
        self._until.clear()

    def _note(self, host, until):
        self._until.pop(host, None)
        self._until[host] = until
        if len(self._until) > MOST:
            self._until.popitem(last=False)


HABITS = Habits()


class Pipeline:
    """A transaction of smtplib's, some steps ahead of it.

    While it is entered, two methods of the session are its own: a command that has
    left already does not leave again, and replies are counted.

    :param smtplib.SMTP session: see :func:`may_pipeline`.
    :param recipients: see :func:`send_together`.
    :ivar is_odd: whether there was a reply that this command never gets.
    :ivar is_answered: whether the server has answered to all commands.
    :ivar has_closed: whether only the end of the session could keep an empty message
        from being sent.
    """

    def __init__(self, session, recipients):
        self.is_odd = self.is_answered = self.has_closed = False
        self._session = session
        if isinstance(recipients, str):
            recipients = [recipients]
        self._rcpts = [(_RCPT, f"TO:{smtplib.quoteaddr(one)}") for one in recipients]
        self._commands = []
        self._sent = self._taken = 0  # of the commands
        self._awaited = ""
        self._may_reach = False  # whether somebody may be a recipient by now

    def __enter__(self):
        self._session.putcmd, self._session.getreply = self.putcmd, self.getreply
        return self

    def __exit__(self, *_exception):
        del self._session.putcmd, self._session.getreply
        if self._taken < self._sent:
            # Whatever has come in between: the next answers are none to the next mail.
            self._session.close()

    def putcmd(self, command, arguments=""):
        """As smtplib's, but a command that has left already."""
        if command == _MAIL:
            self._begin(arguments)
        if self._commands[self._taken : self._taken + 1] != [(command, arguments)]:
            self._catch_up()
            return SMTP.putcmd(self._session, command, arguments)
        if command == _DATA and self.is_odd:
            # Whom it has confused may be a recipient who gets nothing.
            self._catch_up()
            raise OutOfStepError(_CONFUSED)
        if self._taken == self._sent:
            self._send_group()
        self._taken += 1
        self._awaited = command
        return None

    def getreply(self):
        """As smtplib's, and look whether it can be one to its command."""
        reply = SMTP.getreply(self._session)
        command, self._awaited = self._awaited, ""
        if command:
            self._judge(command, *reply)
            self.is_answered = command == _DATA
        return reply

    def _begin(self, arguments):
        if has_unread(self._session):
            # Answers don't belong to their commands any more: smtplib alone judges.
            return
        commands = [(_MAIL, arguments), *self._rcpts, (_DATA, "")]
        try:
            text = "".join(f"{one} {words}" for one, words in commands)
            text.encode(self._session.command_encoding)
        except UnicodeError:  # smtplib says so when it comes to it
            return
        if "\r" not in text and "\n" not in text:
            self._commands, self._sent, self._taken = commands, 0, 0

    def _send_group(self):
        text = ""
        group = self._commands[self._sent : self._sent + GROUP]
        for count, (command, words) in enumerate(group):
            line = f"{command} {words}\r\n" if words else f"{command}\r\n"
            if count and len(text) + len(line) > GROUP_BYTES:
                break
            text += line
            self._sent += 1
        self._session.send(text)

    def _judge(self, command, code, text):
        kind = code // 100
        goes_on = command != _DATA and kind == 3
        is_taken = command == _DATA and kind == 2
        is_told = kind in (4, 5) and _ODD_WORDS.search(text)
        if code in _ODD_CODES or goes_on or is_taken or is_told:
            self.is_odd = True
        if command == _RCPT and _may_be_taken(code):
            self._may_reach = True

    def _catch_up(self):
        """Read what is still to be answered, and end a message that was begun.

        Nobody is left to get one. Where somebody might, what has no final dot is not
        sent if the session ends.
        """
        owed = self._commands[self._taken : self._sent]
        self._commands, self._sent, self._taken = [], 0, 0
        with contextlib.suppress(smtplib.SMTPException):  # it has ended
            for command, _arguments in owed:
                code, _text = SMTP.getreply(self._session)
                self._may_reach |= command == _RCPT and _may_be_taken(code)
                if code == _GOES_ON:
                    self._end_message(command)

    def _end_message(self, command):
        """Answer to 354 with a lone dot (RFC 2920 section 3.1).

        :raises OutOfStepError: the session had to end.
        """
        if command == _DATA and not self._may_reach:
            self._session.send(".\r\n")
            SMTP.getreply(self._session)
            return
        self.has_closed = True
        self._session.close()
        raise OutOfStepError(_CONFUSED)


def _may_be_taken(code):
    """Tell whether a server may mean that it has a recipient."""
    return code // 100 not in (4, 5)
