# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a batch of mails may still send, and what an SMTP server really took."""

import logging
import smtplib
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from traceback import walk_tb

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sender.message_session import DeliveryRefusedError
from ..tools.after_delivery import never_raise
from .ledger import LedgerUnavailableError
from .limit_settings import select_settings
from .send_class import BULK, DATABASE, ORDINARY, Demand, ask_of, is_bounded

_logger = logging.getLogger(__name__)

NEWSLETTER = Demand(BULK)
_GO_ON = 354  # the answer to DATA, RFC 5321 section 4.2.3


class DailyLimitError(DeliveryRefusedError, UserError):
    """A mail that someone waits for does not fit into today's limit.

    Callers that survive a failed mail, such as the one that creates a user, catch the
    former; where nobody catches it, the web client shows the text of the latter.
    """

    # The web client knows by this that it is a message and not a crash.
    context = {"exception_class": "odoo.exceptions.UserError"}

    def __init__(self, message):
        UserError.__init__(self, message)


@contextmanager
def show_limit_error():
    """Let a caller read why there is no room: Odoo asks to check the configuration.

    :raises DailyLimitError: where Odoo makes another error of it.
    """
    try:
        yield
    except UserError as error:
        if isinstance(error.__cause__, DailyLimitError):
            raise error.__cause__ from None
        raise


class Budget:
    """What one batch of mails reserves, shared by the mails and the SMTP messages.

    :param ledger: an open :class:`.ledger.Ledger`.
    :param limits: what the mail being sent has to keep to.
    :param int spare: recipients to reserve ahead, see the ledger.
    :param held: called with limits and a number of recipients; returns a reservation
        that was made for the mail before, or None.
    :ivar crossed: whether something was reached meanwhile that administrators are
        told of.
    :ivar dict senders: of the mails that are being sent, by Message-ID.
    :ivar sent_by: recipients that were sent to, by sender.
    """

    def __init__(self, ledger, limits, spare=0, held=None):
        self.ledger = ledger
        self.limits = limits
        self.crossed = False
        self.senders = {}
        self.sent_by = Counter()
        self._ahead = spare
        self._held = held
        self._reservations = []
        self._spare = None

    def begin(self, demand):
        """Begin with a mail.

        :param Demand demand: what it asks for.
        """
        if demand != self.limits[0].demand:
            # What was reserved for one class is not for another.
            self._drop_spare()
            self.limits = ask_of(self.limits, demand)

    def reserve(self, want, least=1, must_go=False):
        """Reserve room for the mail.

        :param int want: recipients.
        :param int least: reserve nothing if this many don't fit.
        :param bool must_go: whether somebody waits for it: where nothing can be counted
            at the moment, it goes all the same, and is counted later.
        :rtype: Reservation
        :raises LedgerUnavailableError: nothing can be counted, and there is a limit:
            the mail stays in the queue as it is.
        """
        now = fields.Datetime.now()
        reservation = self._held(self.limits, want) if self._held else None
        if reservation is None:
            reservation = self._take_spare(now, want)
        if reservation is None:
            reservation = self._reserve(now, want, least, must_go)
        if reservation.granted:
            self._reservations.append(reservation)
        return reservation

    def _reserve(self, now, want, least, must_go):
        spare = self._get_spare()
        try:
            reservation = self.ledger.reserve(now, want, self.limits, least, spare)
        except LedgerUnavailableError:
            if not must_go and is_bounded(self.limits):
                raise
            return self.ledger.promise(now, want, self.limits)
        self.limits = reservation.limits
        self.crossed |= reservation.crossed()
        reservation, self._spare = _cut(reservation, want)
        return reservation

    def if_unchanged(self):
        """Return the condition that what is reserved ahead still holds (an SQL).

        None where nothing is reserved ahead: limits are read when it is reserved.
        """
        if self._spare is None or not any(limit.set_by for limit in self.limits):
            return None
        return SQL("%s = %s", select_settings(self.limits), self._spare.settings)

    def renew(self):
        """Forget what was reserved ahead, since the limits have changed."""
        self._drop_spare()

    def release_unused(self):
        """Give back all that the mail has reserved and not used."""
        self.shrink_to(0)

    def shrink_to(self, count):
        """Give back what the mail has reserved beyond ``count`` recipients."""
        self._settle(self._reserved - count, kept=0)

    def require(self, count):
        """Make sure that ``count`` recipients are reserved.

        :return: None, or the reservation that was refused.
        """
        missing = count - self._reserved
        if missing <= 0:
            return None
        reservation = self.reserve(missing, least=missing, must_go=True)
        return None if reservation.granted else reservation

    def settle(self, count, kept, unknown=0, message_id=None):
        """Tell what came of ``count`` recipients: the rest of them is given back."""
        counts_for_all = self.limits[0].server_id == DATABASE
        if counts_for_all and message_id in self.senders and kept + unknown:
            self.sent_by[self.senders[message_id]] += kept + unknown
        self._settle(count, kept, unknown)

    def close(self):
        """Give back all that is left."""
        self.release_unused()
        self._drop_spare()

    @property
    def _reserved(self):
        return sum(reservation.granted for reservation in self._reservations)

    def _get_spare(self):
        # The budgets of the other classes are small: ahead, one batch would take them
        # away from the others.
        return self._ahead if self.limits[0].demand in (ORDINARY, NEWSLETTER) else 0

    def _take_spare(self, now, want):
        """Return a reservation out of what was reserved ahead, or None."""
        spare = self._spare
        if spare is None:
            return None
        # Not on another day, and not where the clock was put back to one.
        today = spare.reset - timedelta(days=1) <= now < spare.reset
        if not today or spare.granted < want:
            self._drop_spare()
            return None
        reservation, self._spare = _cut(spare, want)
        return reservation

    def _drop_spare(self):
        spare, self._spare = self._spare, None
        if spare is not None:
            self.ledger.settle(spare, kept=0)

    def _settle(self, count, kept, unknown=0):
        # The latest come first: they are what a message asked for in addition.
        while count > 0 and self._reservations:
            part, rest = _cut(self._reservations.pop(), count)
            if rest:
                self._reservations.append(rest)
            part_kept = min(kept, part.granted)
            part_unknown = min(unknown, part.granted - part_kept)
            self.ledger.settle(part, part_kept, part_unknown)
            count -= part.granted
            kept, unknown = kept - part_kept, unknown - part_unknown


class Delivery:
    """One message on its way to an SMTP server; what came of it is settled at the end.

    :param Budget budget: what it was reserved from.
    :param int count: its recipients.
    :param message_id: its Message-ID, None where that is not known.
    """

    def __init__(self, budget, count, message_id):
        self._budget = budget
        self._count = count
        self._message_id = message_id
        self._refused = 0
        self._handled = None

    def __enter__(self):
        self._handled = sys.exc_info()[1]
        return self

    def note(self, refused):
        """Note whom the server refused, while it took others.

        :param refused: as smtplib's ``send_message`` returns it. Another addon's
            session may return anything: its message has left, and none is refused.
        """
        if isinstance(refused, dict):
            self._refused = min(len(refused), self._count)

    def __exit__(self, kind, error, traceback):
        accepted = unknown = 0
        if error is None:
            accepted = self._count - self._refused
        elif _is_outcome_unknown(error, self._handled):
            unknown = self._count
        with never_raise(_logger.exception, "What came of a message is not counted"):
            self._budget.settle(self._count, accepted, unknown, self._message_id)


def _is_outcome_unknown(error, handled):
    """Tell whether a message was handed over to SMTP, and no answer came.

    Where a session breaks, smtplib does not say how far it had come: the same is raised
    before the message and after it. What was running tells. Another addon's session may
    have made another error of it.

    :param handled: the error of something earlier that is being handled, or None.
    """
    seen = [None, handled]
    while error not in seen:
        if _was_sending(error):
            return True
        seen.append(error)
        error = error.__cause__ or error.__context__
    return False


def _was_sending(error):
    if isinstance(error, smtplib.SMTPResponseException):
        return False
    return any(
        frame.f_code is smtplib.SMTP.data.__code__
        and frame.f_locals.get("code") == _GO_ON
        for frame, _line in walk_tb(error.__traceback__)
    )


def _cut(reservation, count):
    """Return the part of a reservation for ``count`` recipients, and the rest."""
    if reservation.granted <= count:
        return reservation, None
    rest = replace(reservation, granted=reservation.granted - count)
    return replace(reservation, granted=count), rest
