# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The scheduled action of the mail queue, and how it is woken."""

import logging

from odoo import SUPERUSER_ID

from ..tools.after_delivery import never_raise
from ..tools.apart import apart

_logger = logging.getLogger(__name__)

LIMIT_ALARMS = "daily_limit:"  # what the subjects of alarms of limits begin with
_WAITING_CHANGED = "mail_deliverability.waiting_changed"


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


def wake_queue_for_open_alarms(env):
    """Run the mail queue soon where an open alarm tells of what changes now.

    Once for each transaction, at its end. Where no alarm is open, that costs one query.
    """
    precommit = env.cr.precommit
    if not precommit.data.get(_WAITING_CHANGED):
        precommit.data[_WAITING_CHANGED] = True
        precommit.add(lambda: _wake_if_told(env))


def _wake_if_told(env):
    what = "The mail queue is not woken to bring alarms up to date"
    with never_raise(_logger.warning, what), env.cr.savepoint():
        mine = [("alarm_subject", "=like", f"{LIMIT_ALARMS}%")]
        if env["mail.activity"].sudo().search_count(mine, limit=1):
            get_queue_cron(env)._trigger()
