# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Names of hosts, and patterns of them, as people type them into a form."""

from odoo.exceptions import ValidationError

from ...mailauth.dns.host_pattern import parse_patterns
from ...mailauth.dns.names import normalize_name
from ...mailauth.errors import PermError


def fold(name):
    """Return a name as DNS has it, "" for what can't be one."""
    try:
        return normalize_name(name or "")
    except PermError:
        return ""


def is_host_name(text):
    """Whether DNS can be asked for a name, and it has only letters, digits, - . _"""
    name = fold(text)
    return bool(name) and all(c.isalnum() or c in "-._" for c in name)


def read_patterns(text):
    """Return the patterns; none where the text is damaged (written by SQL)."""
    try:
        return parse_patterns(text)
    except PermError:
        return ()


def check_patterns(record, text):
    """Refuse what is no list of patterns of host names.

    :param record: whose language the message has.
    :raises ValidationError: with the part that is wrong, and what right ones are.
    """
    try:
        parse_patterns(text)
    except PermError as error:
        raise ValidationError(
            record.env._(
                "%(part)s is no pattern of host names. Right ones are "
                "smtp.acme.example and *.acme.example; at most 50 of them.",
                part=error.detail,
            )
        ) from error
