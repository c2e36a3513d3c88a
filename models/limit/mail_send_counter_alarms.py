# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What administrators are told of the limits."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from odoo import api, fields, models

from ..tools.moments import format_moment
from .mail_mail_waiting import FOR_LIMIT
from .mail_send_counter_installation import NO_LIMIT
from .queue_cron import LIMIT_ALARMS
from .send_class import DATABASE, PUBLIC, Limit, is_public_used_up, level_of
from .waiting_sql import select_writers
from .writers import name_writers

# Two workers would tell the same, or fail at each other's alarms. The lock comes before
# the transaction's snapshot; an advisory one would come after it. It keeps nobody from
# reading and writing; where a vacuum is in the way, the next run tells.
ONE_AT_A_TIME = "LOCK TABLE mail_send_tally IN SHARE UPDATE EXCLUSIVE MODE NOWAIT"


@dataclass(frozen=True)
class Situation:
    """What all alarms of one moment tell of.

    :param reset: when the count starts again, UTC.
    :param waiting: mails that wait for a limit.
    :param writers: ids of the partners who wrote these, the most frequent first.
    :param top: who sent most today: (model, id of the author, recipients).
    """

    reset: datetime
    waiting: int
    writers: tuple[int, ...]
    top: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class LimitAlarm:
    """What administrators are told of one limit.

    :param limit: the one.
    :param level: 80, 100 or "public", for what is used of its public part.
    :param used: recipients of today inside it.
    """

    limit: Limit
    level: int | str
    used: int

    @property
    def subject(self) -> str:
        """What ``_raise_alarm`` knows the alarm by."""
        return f"{LIMIT_ALARMS}{self.limit.server_id}:{self.level}"

    def get_state(self, situation) -> str:
        """Return what the text is made of."""
        if self.level == PUBLIC:
            return f"{self.limit.public}/{self.limit.total} {situation.reset}"
        return f"{self.limit.name} {self.used}/{self.limit.total} {situation}"


class MailSendCounter(models.Model):
    # A file for each concern.
    _inherit = "mail.send.counter"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _check_alarms(self):
        """Tell administrators at 80 and 100 percent of a limit, once a day each.

        An alarm that is open is brought up to date: what is used, how many emails wait
        and who wrote them. It is closed on the next day, or when there is room again.

        :raises psycopg2.errors.LockNotAvailable: another worker does so.
        """
        self.env.cr.execute(ONE_AT_A_TIME, log_exceptions=False)
        self._count_uncounted()
        alarms = self.env["mail.deliverability.alarm"]
        found = self._find_limit_alarms()
        day = str(self._get_day(fields.Datetime.now()))
        if found:
            situation = self._get_situation(day)
            states = {one.subject: one.get_state(situation) for one in found}
            for subject in alarms._list_untold(states, day):
                render = partial(_render, _pick(found, subject), situation)
                alarms._raise_alarm(subject, render, day, state=states[subject])
        kept = {one.subject for one in found}
        if not self.env["ir.mail_server"]._get_daily_limit():
            kept.add(NO_LIMIT)
        # Those whose cause is gone, with limits that were removed, servers that are
        # archived or deleted.
        alarms._resolve_others(LIMIT_ALARMS, kept)

    @api.model
    def _find_limit_alarms(self):
        """Return what administrators are to be told, see :class:`LimitAlarm`."""
        limits = self.env["ir.mail_server"]._get_all_limits()
        usage, found = self._get_usage(), []
        for limit in sorted(limits, key=lambda limit: limit.server_id):
            used = usage[limit.server_id]
            if level := level_of(used.inside, limit.ordinary):
                found.append(LimitAlarm(limit, level, used.inside))
            if is_public_used_up(limit, used):
                found.append(LimitAlarm(limit, PUBLIC, used.inside))
        return found

    @api.model
    def _get_situation(self, day):
        """Return what all alarms tell of, see :class:`Situation`.

        :param str day: that is counted now.
        """
        mails = self.env["mail.mail"].sudo()
        mails.flush_model(["state", "waiting_kind"])
        waiting = mails.search_count(mails._get_postponed_domain())
        writers = self.env.execute_query(select_writers(FOR_LIMIT)) if waiting else []
        return Situation(
            reset=self._get_next_reset(),
            waiting=waiting,
            writers=tuple(partner_id for partner_id, _mails in writers if partner_id),
            top=tuple(self.env["mail.send.tally"]._get_top(day)),
        )


def _pick(found, subject):
    return next(one for one in found if one.subject == subject)


def _render(alarm, situation, env):
    """Return summary and note of an alarm for the reader that ``env`` is of."""
    if alarm.level == PUBLIC:
        return _render_public(alarm.limit, situation, env)
    name = env["ir.mail_server"]._get_limit_name(alarm.limit)
    full = alarm.level == 100
    summary = (
        env._("Daily sending limit reached (%(name)s)", name=name)
        if full
        else env._("80 %% of the daily sending limit is used (%(name)s)", name=name)
    )
    return summary, env["ir.qweb"]._render(
        "mail_deliverability.daily_limit_alarm",
        {
            "full": full,
            "limit": alarm.limit,
            "limit_link": _link_to_limit(alarm.limit, env),
            "name": name,
            "reset": format_moment(env, situation.reset),
            "used": alarm.used,
            "waiting": situation.waiting,
            "waiting_link": env["mail.deliverability.alarm"]._link(
                "emails-waiting", env._("Look at the emails that wait")
            ),
            "who": [_name_sender(one, env) for one in situation.top],
            "writers": name_writers(env, situation.writers),
        },
    )


def _render_public(limit, situation, env):
    """Return summary and note of the alarm that the public budget is used up."""
    name = env["ir.mail_server"]._get_limit_name(limit)
    return env._("The public part of today's limit is used up (%s)", name), env[
        "ir.qweb"
    ]._render(
        "mail_deliverability.public_limit_alarm",
        {
            "limit": limit,
            "limit_link": _link_to_limit(limit, env),
            "reset": format_moment(env, situation.reset),
        },
    )


def _link_to_limit(limit, env):
    """Return the link to where a limit is set."""
    link = env["mail.deliverability.alarm"]._link
    if limit.server_id == DATABASE:
        return link("settings#daily_limit_setting", env._("Daily sending limit"))
    return link(f"ir.mail_server/{limit.server_id}", limit.name)


def _name_sender(top, env):
    """Say who has sent to how many.

    :param top: model, id of the author, recipients.
    """
    model, author_id, count = top
    author = env["res.partner"].sudo().browse(author_id).exists()
    words = {
        "count": count,
        "model": env["mail.send.tally"]._get_model_name(model),
        "user": author.name or env._("Unknown"),
    }
    if count == 1:
        return env._("1 recipient: %(model)s, %(user)s", **words)
    return env._("%(count)s recipients: %(model)s, %(user)s", **words)
