# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One mail on its way: what came of each of its SMTP messages."""

import smtplib
from email.message import EmailMessage

from ...mailauth.from_filter import fold_address
from ..sender.batch import Batch
from ..tools.carrier import carried
from .smtp_trouble import LATER, NEVER, SERVER, UNKNOWN

SENT = "sent"
UNTRIED = "untried"
DOUBTS = 3  # receivers in a row after which "later" is the server's trouble


class NotNowError(smtplib.SMTPServerDisconnected):
    """A mail has not left, or not all of it: what becomes of it is decided here.

    Of smtplib's errors Odoo lets this one pass without a word to whoever looks at the
    mail: notifications and the traces of mailings stay as they are.
    """


class UnbuiltMessage(EmailMessage):
    """What stands for a message of a mail that can't be built.

    :param Exception error: why.
    """

    def __init__(self, error):
        super().__init__()
        self.error = error


class Message:
    """One SMTP message of a mail.

    :param partner_id: of its recipient; False: the addresses in email_to and email_cc.
    :ivar outcome: UNTRIED, SENT, or the kind of its trouble.
    :ivar refused: what was said of recipients, :class:`.smtp_trouble.Refused` each.
    :ivar is_invalid: whether there was nobody to send it to.
    """

    def __init__(self, partner_id):
        self.partner_id = partner_id
        self.outcome = UNTRIED
        self.refused = ()
        self.text = ""
        self.is_invalid = False


class Attempt:
    """One mail that is being sent.

    :param bool raises: whether the caller wants an exception.
    :param bool may_wait: whether nobody waits for it.
    :ivar messages: those that Odoo makes of it.
    :ivar server_id: of the session; 0: odoo.conf's.
    :ivar trouble: the server's, after which nothing leaves through the session.
    :ivar doubt: what may be the server's trouble.
    :ivar is_unconnected: whether no message has come to a session yet.
    """

    def __init__(self, raises, may_wait):
        self.messages = []
        self.server_id = 0
        self.trouble = None
        self.doubt = None
        self.raises = raises
        self.is_unconnected = True
        self.may_wait = may_wait
        self._position = -1

    def expect(self, partner_ids):
        """Note which messages there are."""
        self.messages = [Message(partner_id) for partner_id in partner_ids]

    def begin_message(self):
        self._position += 1

    @property
    def current(self):
        """The message that is being sent; None where it is none of the mail's."""
        if 0 <= self._position < len(self.messages):
            return self.messages[self._position]
        return None

    @property
    def is_last(self):
        return self._position >= len(self.messages) - 1

    @property
    def is_to_settle(self):
        """Whether Odoo does not see what came of the mail."""
        return any(map(_is_to_settle, self.messages))

    @property
    def is_answered(self):
        """Whether the server takes mails, though perhaps not this one."""
        return not (self.is_unconnected or self.trouble or self.doubt)

    @property
    def is_accepted(self):
        """Whether a server has taken the current message, or a part of it."""
        return self.current is not None and self.current.outcome == SENT

    @property
    def is_mixed(self):
        """Whether other messages have something to settle, besides the current one."""
        others = (one for one in self.messages if one is not self.current)
        return not self.raises and any(map(_is_to_settle, others))

    def note_sent(self, refused):
        """Note that a message has left.

        :param refused: those whom the server refused, see :class:`Message`.
        """
        self.current.outcome, self.current.refused = SENT, refused

    def note_invalid(self, text):
        """Note that a message has no recipient to whom it could go."""
        if self.current:
            self.current.outcome, self.current.text = NEVER, text
            self.current.is_invalid = True

    def note_trouble(self, trouble):
        """Note why a message has not left.

        :return: whether Odoo is to see the error.
        :raises NotNowError: no more of the mail can leave through the session.
        """
        message = self.current
        message.outcome, message.refused = trouble.kind, trouble.refused
        message.text = trouble.text
        if self.raises:
            self.trouble = trouble if trouble.kind == SERVER else self.trouble
            return True
        if trouble.kind in (SERVER, UNKNOWN) or trouble.is_lost:
            if trouble.kind == SERVER or trouble.is_lost:
                self.trouble = trouble
            raise NotNowError(trouble.text)
        if trouble.is_doubtful:
            self.doubt = trouble
        alone = len(self.messages) == 1
        return alone and (trouble.kind == NEVER or not self.may_wait)

    def list_held(self):
        """Return those addresses that get too many mails, with what was said.

        :rtype: dict[str, str]
        """
        return {
            fold_address(one.address): one.text
            for message in self.messages
            for one in message.refused
            if one.kind == LATER and one.refusal.category == "rate"
        }

    def list_parts(self):
        """Return the messages by what became of them, the one who waits first.

        :rtype: dict[str, list[Message]]
        """
        # What comes first keeps the mail, and with it the place in the queue.
        parts = {}
        for outcome in (SERVER, LATER, UNKNOWN, NEVER, SENT):
            alike = [one for one in self.messages if _get_part(one) == outcome]
            if alike:
                parts[outcome] = alike
        return parts


def _is_to_settle(message):
    """Whether Odoo does not see what came of a message.

    It does where there was nobody to send it to.
    """
    if message.outcome == NEVER and message.is_invalid:
        return False
    return message.refused or message.outcome not in (SENT, UNTRIED)


class Stop:
    """A part of a batch: what is known of the server that its mails leave through.

    All sessions that send some of them beside each other have the same.

    :ivar is_paused: whether the server was paused.
    :ivar is_trial: whether it is this batch that tries it.
    :ivar server_id: of the server that takes no more of the batch.
    :ivar pause: until when what is left of the batch waits; None: it goes on.
    :ivar set doubts: the domains of recipients who were refused one after the other
        with words that may be about the server.
    :ivar dict held: what the server has said, by addresses that get too many mails.
    """

    SHARED = True

    def __init__(self):
        self.is_paused = False
        self.is_trial = False
        self.server_id = None
        self.pause = None
        self.doubts = set()
        self.held = {}


def _get_part(message):
    return SERVER if message.outcome == UNTRIED else message.outcome


def get_attempt(env):
    """Return the mail that is being sent, None for any other caller of SMTP."""
    batch = carried(env, Batch)
    return batch and batch.get_part(Attempt)
