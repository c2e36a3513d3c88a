# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Moments in texts."""

from odoo.tools import format_datetime


def format_moment(env, moment):
    """Return a moment as whoever reads the text writes it.

    :param env: in the reader's language and time zone. Where no zone is known, and for
        readers who are not known either (``with_context(tz="UTC")``), it is UTC, and
        the text says so.
    :param datetime moment: UTC.
    """
    zone = env.tz.zone
    text = format_datetime(env, moment, tz=zone, dt_format="short")
    return f"{text} UTC" if zone == "UTC" else text
