# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which outgoing servers are left alone for a while, and until when."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...mailauth.printable import printable
from ..limit.queue_cron import wake_queue_for_alarms
from ..tools.after_delivery import never_raise
from ..tools.apart import apart, in_time, retry_apart
from .retry_schedule import find_pause

_logger = logging.getLogger(__name__)

CONF_SERVER = 0  # odoo.conf's, which has no record
# For how long others leave a server alone that one mail tries. A worker that is killed
# meanwhile leaves it so.
TRIAL = timedelta(minutes=3)
LIMIT_USED_UP = "limit"

FIND = "SELECT paused_until, text FROM mail_server_pause WHERE server_id = %s"
CLAIM = """
    UPDATE mail_server_pause SET paused_until = %s
     WHERE server_id = %s AND paused_until <= %s RETURNING id
"""
SEVERAL = "SELECT FROM ir_mail_server WHERE id = %s AND connections > 1"
KEEP = """
    INSERT INTO mail_server_pause AS pause
           (server_id, since, paused_until, attempt, cause, text)
    VALUES (%(server_id)s, %(now)s, %(until)s, %(attempt)s, %(cause)s, %(text)s)
    ON CONFLICT (server_id) DO UPDATE
       SET paused_until = EXCLUDED.paused_until, attempt = EXCLUDED.attempt,
           cause = EXCLUDED.cause, text = EXCLUDED.text
"""


@dataclass(frozen=True)
class Pause:
    """How long a server is left alone.

    :param until: UTC; in the past: it is to be tried.
    :param text: the words of the server.
    :param attempt: how many times in a row it has failed; 0: not known.
    """

    until: datetime
    text: str = ""
    attempt: int = 0


class MailServerPause(models.Model):
    """A row for each server that does not work.

    A table of its own: the row of the server may be locked by whoever sends. Written in
    transactions of their own, so that all workers know of it whatever becomes of the
    sender's. The id of the server is a number: odoo.conf's has no record.
    """

    _name = "mail.server.pause"
    _description = "Pause of an Outgoing Mail Server"
    _log_access = False
    _rec_name = "server_id"

    server_id = fields.Integer(
        string="Server ID",
        required=True,
        readonly=True,
        aggregator=None,
        help="0: the server in Odoo's configuration file.",
    )
    since = fields.Datetime(required=True, readonly=True)
    paused_until = fields.Datetime(required=True, readonly=True)
    attempt = fields.Integer(
        string="Times Failed", required=True, readonly=True, aggregator=None
    )
    cause = fields.Selection(
        [
            ("name", "Unknown Host"),
            ("connection", "No Connection"),
            ("tls", "No Encryption"),
            ("login", "Login Refused"),
            ("oauth", "Password Not Accepted Any More"),
            ("setup", "Configuration"),
            ("limit", "Limit of the Account"),
            ("account", "Account Blocked"),
            ("rate", "Too Many at Once"),
            ("blocked", "Blocked"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    text = fields.Text(readonly=True, help="The words of the server, or of the error.")

    _server_unique = models.Constraint(
        "UNIQUE(server_id)", "This server is paused already."
    )

    # ------------------------------------------------------------
    # Asked and written by whoever sends
    # ------------------------------------------------------------

    @api.model
    def _find(self, server_id):
        """Return the pause of a server, None where it has none, or nobody can tell.

        :rtype: Pause
        """
        rows = []
        what = f"Whether outgoing server {server_id} is paused is not known: it is used"
        with never_raise(_logger.warning, what), in_time(self.env, flush=False):
            self.env.cr.execute(SQL(FIND, server_id), log_exceptions=False)
            rows = self.env.cr.fetchall()
        return Pause(*rows[0]) if rows else None

    @api.model
    def _claim(self, server_id):
        """Return whether the server is to be tried now, and nobody else does.

        Where that can't be told, somebody else does.
        """
        now = fields.Datetime.now()
        claimed = False
        what = "Whether a server is to be tried again is not known"
        with never_raise(_logger.info, what), apart(self.env) as cr:
            cr.execute(CLAIM, [now + TRIAL, server_id, now], log_exceptions=False)
            claimed = bool(cr.fetchall())
        return claimed

    @api.model
    def _pause(self, server_id, trouble, is_trial=False):
        """Leave a server alone for a while.

        :param Trouble trouble: why.
        :param bool is_trial: whether it was tried after a pause.
        :rtype: Pause
        """
        now = fields.Datetime.now()
        pause = Pause(now + find_pause(1), trouble.text)
        what = "A server that does not work is not known to others"
        words = (server_id, trouble, is_trial, now)
        with never_raise(_logger.warning, what):
            # Several sessions may be told the same at once.
            pause = retry_apart(self.env, lambda env: self._keep_pause(env.cr, *words))
        self._forget_cached()
        wake_queue_for_alarms(self.env)
        return pause

    @api.model
    def _keep_pause(self, cr, server_id, trouble, is_trial, now):
        query = (
            "SELECT attempt, paused_until, text FROM mail_server_pause "
            "WHERE server_id = %s FOR UPDATE"
        )
        cr.execute(query, [server_id], log_exceptions=False)
        [(attempt, until, text)] = cr.fetchall() or [(0, None, "")]
        if until and until > now and not is_trial:
            # Somebody else has met the same meanwhile.
            return Pause(until, text, attempt)
        crowded = self._is_crowded(cr, server_id, trouble)
        values = {
            "server_id": server_id,
            "now": now,
            "until": self._find_end(trouble, 1 if crowded else attempt + 1, now),
            "attempt": attempt + 1,
            "cause": trouble.cause,
            "text": printable(trouble.text),
        }
        cr.execute(KEEP, values, log_exceptions=False)
        return Pause(values["until"], values["text"], values["attempt"])

    @api.model
    def _is_crowded(self, cr, server_id, trouble):
        """Tell whether a server may have had too many sessions of our own at once.

        These end soon, and nobody's mail waits for an hour because a mailing has them.

        :param cr: of the transaction that the pause is written in.
        """
        if not (trouble.cause == "rate" and trouble.is_lost):
            return False
        cr.execute(SEVERAL, [server_id], log_exceptions=False)
        return bool(cr.fetchall())

    @api.model
    def _find_end(self, trouble, attempt, now):
        end = now + find_pause(attempt)
        if trouble.cause == LIMIT_USED_UP and attempt == 1:
            # Providers count by days of their own: after it, each hour.
            return max(end, self.env["mail.send.counter"]._get_next_reset())
        return end

    @api.model
    def _end(self, server_id):
        """Note that a server works again, and let go of what waits for it."""
        what = "A server that works again is still paused for others"
        with never_raise(_logger.warning, what), apart(self.env) as cr:
            cr.execute(
                "DELETE FROM mail_server_pause WHERE server_id = %s",
                [server_id],
                log_exceptions=False,
            )
        self._forget_cached()
        # It lets the mails go, and closes the alarm.
        wake_queue_for_alarms(self.env)

    @api.model
    def _make_due(self, server_ids):
        """Let paused servers be tried now: somebody wants to know."""
        with (
            never_raise(_logger.warning, "A server stays paused"),
            apart(self.env) as cr,
        ):
            now = fields.Datetime.now()
            cr.execute(
                "UPDATE mail_server_pause SET paused_until = %s "
                "WHERE server_id = ANY(%s) AND paused_until > %s",
                [now, list(server_ids), now],
                log_exceptions=False,
            )
        self._forget_cached()

    @api.model
    def _forget_cached(self):
        """The rows are written by SQL, what shows them is computed."""
        self.env["mail.server.pause"].invalidate_model(flush=False)
        self.env["ir.mail_server"].invalidate_model(
            ["paused_until", "pause_reason", "pause_attempt"], flush=False
        )
