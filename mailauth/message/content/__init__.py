# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What large receivers ask of a message besides authentication. No DNS in it."""

from ..raw import RawMessage
from ..result import MessageFinding
from .facts import ContentFacts

__all__ = ("ContentFacts", "check_content")


def check_content(message: RawMessage, facts: ContentFacts) -> list[MessageFinding]:
    """Return what receivers will not like about the form and content of a message.

    :param message: what was received.
    :param facts: what is known of it besides.
    :return: a finding for each rule that is broken; () for a message that is fine.
    """
    return []
