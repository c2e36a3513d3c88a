# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Scheduled actions that somebody waits for."""

from datetime import timedelta

from odoo import fields


def wake_cron(env, xml_id, delay=timedelta()):
    """Let a scheduled action run soon; one that somebody has deleted never does.

    :param str xml_id: of ``ir.cron``.
    :param timedelta delay: not before so much time has passed.
    """
    cron = env.ref(xml_id, raise_if_not_found=False)
    if cron:
        cron.sudo()._trigger(at=fields.Datetime.now() + delay)
