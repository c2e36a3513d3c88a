# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What large receivers ask of a message besides authentication. No DNS in it."""

from ..raw import RawMessage
from ..result import MessageFinding
from .author import check_from, check_name
from .encoded import check_encoded
from .facts import ContentFacts
from .form import (
    check_ascii,
    check_characters,
    check_header,
    check_lines,
    check_repeated,
)
from .identity import check_date, check_message_id
from .judged import Judged
from .links import check_links
from .parts import check_files, check_mime, check_size, check_subject, check_text
from .unsubscribe import check_unsubscribe

__all__ = ("ContentFacts", "check_content")

# In the order in which somebody reads a message.
_CHECKS = (
    check_header,
    check_from,
    check_name,
    check_repeated,
    check_message_id,
    check_date,
    check_encoded,
    check_ascii,
    check_lines,
    check_characters,
    check_mime,
    check_unsubscribe,
    check_files,
    check_links,
    check_size,
    check_subject,
    check_text,
)


def check_content(message: RawMessage, facts: ContentFacts) -> list[MessageFinding]:
    """Return what receivers will not like about the form and content of a message.

    Each code stands there once at most; "fail" is what a receiver demands, "warning"
    what may do harm, "info" advice.

    :param message: what was received.
    :param facts: what is known of it besides.
    :return: empty for a message that is fine.
    """
    if "not_a_message" in message.problems or "outlook_msg" in message.problems:
        return []  # nobody has sent this
    judged = Judged(message, facts)
    return [finding for check in _CHECKS for finding in check(judged)]
