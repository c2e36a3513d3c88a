"""What a batch of mails may still send, and what an SMTP server really took."""

from contextlib import contextmanager
from dataclasses import replace
from smtplib import SMTP, SMTPResponseException

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException


class DailyLimitError(MailDeliveryException, UserError):
    """A mail that someone waits for does not fit into today's limit.

    Callers that survive a failed mail, such as the one that creates a user, catch the
    former; where nobody catches it, the web client shows the text of the latter.
    """

    # The web client knows by this that it is a message and not a crash.
    context = {"exception_class": "odoo.exceptions.UserError"}

    def __init__(self, message):
        UserError.__init__(self, message)


class Receipt:
    """What an SMTP server did with one message.

    :ivar refused: the recipients that it refused, while it took others.
    :ivar unknown: whether the message was handed over and no answer came.
    """

    def __init__(self):
        self.refused = ()
        self.unknown = False


@contextmanager
def watched(session):
    """Yield the :class:`Receipt` of the message that is sent in the block.

    ``send_email`` tells nobody who was refused, nor how far a broken session had come.
    """
    receipt = Receipt()
    if not isinstance(session, SMTP):
        yield receipt
        return
    plain_sendmail, plain_data = session.sendmail, session.data

    def sendmail(*args, **options):
        receipt.refused = plain_sendmail(*args, **options) or ()
        return receipt.refused

    def data(message):
        receipt.unknown = True
        try:
            answer = plain_data(message)
        except SMTPResponseException:
            receipt.unknown = False
            raise
        receipt.unknown = False
        return answer

    session.sendmail, session.data = sendmail, data
    try:
        yield receipt
    finally:
        del session.sendmail, session.data


class Budget:
    """What one batch of mails reserves, shared by the mails and the SMTP messages.

    :param ledger: an open :class:`.mail_send_counter.Ledger`.
    :ivar limits: what the mail being sent has to keep to.
    :ivar crossed: whether 80 or 100 percent of a limit were reached meanwhile.
    """

    def __init__(self, ledger, limits):
        self.ledger = ledger
        self.limits = limits
        self.crossed = False
        self.sent = 0
        self._grants = []

    @property
    def ceiling(self):
        """What the mail could be granted on a fresh day; None: not bounded."""
        ceilings = [one.ceiling for one in self.limits if one.ceiling is not None]
        return min(ceilings, default=None)

    def reserve(self, want, least=1):
        """Reserve room for the mail that comes next.

        :param int want: recipients.
        :param int least: reserve nothing if this many don't fit.
        :rtype: Grant
        """
        grant = self.ledger.reserve(fields.Datetime.now(), want, self.limits, least)
        if grant.granted:
            self._grants.append(grant)
            self.crossed |= grant.crossed()
        return grant

    def keep(self, count):
        """Give back all that is reserved and not needed: keep ``count``."""
        self._settle(self._reserved - count, kept=0)

    def demand(self, count):
        """Make sure that ``count`` recipients are reserved.

        :return: None, or the grant that was refused.
        """
        missing = count - self._reserved
        if missing <= 0:
            return None
        grant = self.reserve(missing, least=missing)
        return None if grant.granted else grant

    def settle(self, count, kept, unknown=0):
        """Tell what came of ``count`` recipients: the rest of them is given back."""
        self.sent += kept + unknown
        self._settle(count, kept, unknown)

    def take_sent(self):
        """Return how many were sent to since the last call."""
        sent, self.sent = self.sent, 0
        return sent

    @property
    def _reserved(self):
        return sum(grant.granted for grant in self._grants)

    def _settle(self, count, kept, unknown=0):
        # The latest grants come first: they are what a message asked for in addition.
        while count > 0 and self._grants:
            grant = self._grants.pop()
            part = min(count, grant.granted)
            if part < grant.granted:
                rest = replace(grant, granted=grant.granted - part)
                self._grants.append(rest)
            part_kept = min(kept, part)
            part_unknown = min(unknown, part - part_kept)
            self.ledger.settle(replace(grant, granted=part), part_kept, part_unknown)
            count, kept, unknown = (
                count - part,
                kept - part_kept,
                unknown - part_unknown,
            )
