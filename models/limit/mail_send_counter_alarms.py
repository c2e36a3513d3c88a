# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What administrators are told of the limits."""

from functools import partial

from odoo import api, fields, models

from .mail_send_counter_installation import NO_LIMIT
from .send_class import PUBLIC, is_public_used_up, level_of

# Two workers would tell the same, or fail at each other's alarms. The lock comes before
# the transaction's snapshot; an advisory one would come after it. It keeps nobody from
# reading and writing; where a vacuum is in the way, the next run tells.
ONE_AT_A_TIME = "LOCK TABLE mail_send_tally IN SHARE UPDATE EXCLUSIVE MODE NOWAIT"


class MailSendCounter(models.Model):
    # A file for each concern.
    _inherit = "mail.send.counter"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _check_alarms(self):
        """Tell administrators at 80 and 100 percent of a limit, once a day each.

        An alarm is closed on the next day, or when there is room again.

        :raises psycopg2.errors.LockNotAvailable: another worker does so.
        """
        self.env.cr.execute(ONE_AT_A_TIME, log_exceptions=False)
        self._count_uncounted()
        limits = self.env["ir.mail_server"]._get_all_limits()
        usage = self._get_usage()
        true = {}
        for limit in sorted(limits, key=lambda limit: limit.server_id):
            true |= _find_alarms(limit, usage[limit.server_id])
        day = self._get_day(fields.Datetime.now())
        alarms = self.env["mail.deliverability.alarm"]
        for subject in alarms._list_untold(true, str(day)):
            alarms._raise_alarm(subject, partial(true[subject], day), str(day))
        kept = set(true)
        if not self.env["ir.mail_server"]._get_daily_limit():
            kept.add(NO_LIMIT)
        # Those whose cause is gone, with limits that were removed, servers that are
        # archived or deleted.
        alarms._resolve_others("daily_limit:", kept)


def _find_alarms(limit, usage):
    """Return what administrators are to be told of a limit.

    :return: by subject, what renders it, called with the day and an environment.
    """
    found = {}
    if reached := level_of(usage.inside, limit.ordinary):
        render = partial(_render_alarm, limit, usage.inside)
        found[_name_alarm(limit.server_id, reached)] = render
    if is_public_used_up(limit, usage):
        render = partial(_render_public_alarm, limit)
        found[_name_alarm(limit.server_id, PUBLIC)] = render
    return found


def _name_alarm(server_id, level):
    """Return the subject of an alarm; see ``_raise_alarm``.

    :param level: 80, 100 or "public".
    """
    return f"daily_limit:{server_id}:{level}"


def _render_alarm(limit, used, day, env):
    """Return summary and note of an alarm in the language of ``env``."""
    mails = env["mail.mail"]
    waiting = mails.search_count(
        mails._get_postponed_domain() | mails._get_due_domain()
    )
    who = [
        env._(
            "%(count)s recipients: %(model)s, %(user)s",
            count=c,
            model=m,
            user=u.name or env._("Unknown"),
        )
        for m, u, c in env["mail.send.tally"]._get_top(day)
    ]
    full = level_of(used, limit.ordinary) == 100
    name = env["ir.mail_server"]._get_limit_name(limit)
    words = {"name": name, "used": used, "total": limit.total}
    summary = (
        env._("Daily sending limit reached (%(name)s)", **words)
        if full
        else env._("80 %% of the daily sending limit is used (%(name)s)", **words)
    )
    return summary, env["ir.qweb"]._render(
        "mail_deliverability.daily_limit_alarm",
        {
            "full": full,
            "limit": limit,
            "name": name,
            "reset": env["ir.mail_server"]._format_utc(
                env["mail.send.counter"]._get_next_reset()
            ),
            "used": used,
            "waiting": waiting,
            "who": who,
        },
    )


def _render_public_alarm(limit, _day, env):
    """Return summary and note of the alarm that the public budget is used up."""
    name = env["ir.mail_server"]._get_limit_name(limit)
    reset = env["mail.send.counter"]._get_next_reset()
    return env._("The public part of today's limit is used up (%s)", name), env._(
        "Password resets from the login page, sign-ups and automatic answers to "
        "incoming emails may use %(public)s of the %(total)s recipients a day, so "
        "that nobody from outside can use up your limit. Until %(time)s no more of "
        "them are sent. What your colleagues send is not touched. Somebody may be "
        "trying passwords or sending spam: look at the log. The percentage is under "
        "Settings > General Settings > Emails > Daily sending limit.",
        public=limit.public,
        total=limit.total,
        time=env["ir.mail_server"]._format_utc(reset),
    )
