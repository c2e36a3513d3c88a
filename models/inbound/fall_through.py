# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What happens to errors while a message comes in."""

import logging

_logger = logging.getLogger(__name__)


class FallThrough:
    """Log whatever a taker raises, and go on.

    What that may be is not known here, and it is handled all the same: the savepoint is
    undone, and Odoo takes the message. An exception would lose it: fetchmail marks it
    as seen.

    :param str name: of the taker.
    :param InboundMessage inbound: the message.
    :param tuple again: classes of errors that are raised all the same, since whoever
        catches them reads the message once more.
    """

    def __init__(self, name, inbound, again=()):
        self._name = name
        self._inbound = inbound
        self._again = again

    def __enter__(self):
        return self

    def __exit__(self, _kind, error, _traceback):
        if not isinstance(error, Exception):  # none, or the end of the program
            return False
        if isinstance(error, self._again):
            return False
        self._inbound.forget()
        words = (self._inbound.message_id, self._name)
        _logger.warning("%r is not taken by %s", *words, exc_info=error)
        return True
