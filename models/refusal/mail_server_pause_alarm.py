# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is told of outgoing servers that do not work: one alarm for each."""

import logging
from datetime import timedelta
from functools import partial

from odoo import api, models

from ..tools.after_delivery import never_raise
from ..tools.apart import in_time
from ..tools.moments import format_moment
from .mail_server_pause import CONF_SERVER, LIMIT_USED_UP
from .pause_texts import advise, explain_cause

_logger = logging.getLogger(__name__)

PAUSE_ALARMS = "server_pause:"  # what the subjects of these alarms begin with


class MailServerPause(models.Model):
    # A file for each concern.
    _inherit = "mail.server.pause"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _check_alarms(self):
        """Tell which servers don't work; close what was told of those that do.

        Administrators are told, and of a personal server whoever it belongs to.
        """
        alarms = self.env["mail.deliverability.alarm"]
        pauses = self.sudo().search([("paused_until", "!=", False)])
        gone = pauses.filtered(lambda one: one.server_id and not one._get_server())
        gone.unlink()
        pauses -= gone
        for pause in pauses:
            alarms._raise_alarm(
                pause._get_subject(),
                partial(_render, pause),
                occasion=str(pause.since),
                users=pause._get_server().owner_user_id or None,
                state=f"{pause.cause} {pause.text}",
            )
        kept = [pause._get_subject() for pause in pauses]
        alarms._resolve_others(PAUSE_ALARMS, kept)

    def _get_subject(self):
        return f"{PAUSE_ALARMS}{self.server_id}"

    def _get_server(self):
        """Return the server's record, none for odoo.conf's."""
        return self.env["ir.mail_server"].browse(self.server_id or ()).exists()

    def _propose_limit(self):
        """Return the daily limit that fits an account which has used its own up.

        What its provider is known to allow, else what it has allowed today; 0: nothing
        is known.
        """
        server = self._get_server()
        if self.cause != LIMIT_USED_UP or not server:
            return 0
        return server.provider_daily_limit or server.sent_today


class MailSendCounter(models.Model):
    # Both are told by one worker at a time, before anything leaves.
    _inherit = "mail.send.counter"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _check_alarms(self):
        result = super()._check_alarms()
        what = "Administrators are not told of servers that don't work"
        with never_raise(_logger.warning, what), in_time(self.env):
            self.env["mail.server.pause"]._check_alarms()
        return result


def _render(pause, env):
    """Return summary and note of an alarm for the reader that ``env`` is of.

    Whose personal server it is may not open the server, nor the emails that wait.
    """
    pause = pause.with_env(env)
    longest = env["mail.mail"]._get_longest_wait()
    server, link = pause._get_server(), env["mail.deliverability.alarm"]._link
    owner = server.owner_user_id.filtered(
        lambda user: not user.has_group("base.group_system")
    )
    name = server.name or env._("in Odoo's configuration file")
    summary = env._("Outgoing server %s does not take emails", name)
    return summary, env["ir.qweb"]._render(
        "mail_deliverability.server_pause_alarm",
        {
            "advice": _advise_owner(env) if owner else advise(env, pause.cause),
            "hours": longest // timedelta(hours=1),
            "has_record": pause.server_id != CONF_SERVER,
            "reason": explain_cause(env, pause.cause),
            "since": format_moment(env, pause.since),
            "text": pause.text,
            "proposed": not owner and pause._propose_limit(),
            "server_link": link(f"my-preferences/{owner.id}", env._("Your preferences"))
            if owner
            else link(f"ir.mail_server/{pause.server_id}", env._("Open the server")),
            "waiting_link": not owner
            and link("emails-waiting", env._("Look at the emails that wait")),
        },
    )


def _advise_owner(env):
    """Return what somebody can do of whom a personal server is, as a sentence."""
    return env._(
        "If it is not back soon, connect your account again, or choose the default "
        "server: under Outgoing Mail Server in your preferences."
    )
