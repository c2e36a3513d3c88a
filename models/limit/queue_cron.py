# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The scheduled action of the mail queue, and how it is woken."""

import logging

from odoo import SUPERUSER_ID

from ..tools.after_delivery import never_raise
from ..tools.apart import apart

_logger = logging.getLogger(__name__)


def get_queue_cron(env):
    """Return the scheduled action, with sudo."""
    return env.ref("mail.ir_cron_mail_scheduler_action").sudo()


def wake_queue_for_alarms(env):
    """Run the mail queue soon, since it tells administrators of the limits.

    In a transaction of its own: Odoo sends a password reset in a savepoint that it
    undoes. Mails have left by then: where it fails, the next run of the queue tells.
    """
    what = "The mail queue is not woken to tell administrators of the limits"
    with never_raise(_logger.exception, what), apart(env) as cr:
        get_queue_cron(env(cr=cr, user=SUPERUSER_ID))._trigger()
