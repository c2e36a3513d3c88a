# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The door in: the only place with the bytes of an incoming message.

``message_route`` is too late: Odoo has dropped by then what it knows already, such as a
message of our own that comes back, and has decided what is a bounce.
"""

import logging

from odoo import api, models

from ..tools.carrier import carry
from . import takers
from .message import read_inbound

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    # A file for each concern.
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Let the takers have a message first; carry it along with what it causes."""
        inbound = read_inbound(message)
        thread = carry(self, inbound)
        if thread._is_taken(inbound):
            return False
        return super(MailThread, thread).message_process(
            model,
            message,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )

    @api.model
    def _is_taken(self, inbound):
        """Whether one of :data:`.takers.TAKERS` has taken a message."""
        if len(inbound.raw) > takers.MAX_TAKEN:
            return False
        return any(self._offer(inbound, name) for name in takers.TAKERS)

    @api.model
    def _offer(self, inbound, name):
        with _FallThrough(name, inbound), self.env.cr.savepoint():
            taken = bool(self.env[name]._take_inbound(inbound))
            # Where it has hidden an error of the database, this one is raised while
            # the savepoint can still be gone back to.
            self.env.cr.execute("SELECT")
            return taken
        return False


class _FallThrough:
    """Log whatever a taker raises, and go on.

    What that may be is not known here, and it is handled all the same: the savepoint is
    undone, and Odoo takes the message. An exception would lose it: fetchmail marks it
    as seen.

    :param str name: of the taker.
    :param InboundMessage inbound: the message.
    """

    def __init__(self, name, inbound):
        self._name = name
        self._inbound = inbound

    def __enter__(self):
        return self

    def __exit__(self, _kind, error, _traceback):
        if not isinstance(error, Exception):  # none, or the end of the program
            return False
        words = (self._inbound.message_id, self._name)
        _logger.warning("%r is not taken by %s", *words, exc_info=error)
        return True
